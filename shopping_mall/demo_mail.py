"""The demo's post office: mails go to the console and to the page /demo/mail/. Only settings with DEMO use it."""

import email
import email.policy
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

KEPT = 50


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    date: str
    text: str


def _folder() -> Path:
    folder: Path = settings.VAR_DIR / "mail"
    folder.mkdir(exist_ok=True)
    return folder


class Backend(ConsoleBackend):
    """Prints each mail and keeps the last fifty as files."""

    def write_message(self, message: EmailMessage) -> None:
        super().write_message(message)
        name = timezone.now().strftime("%Y%m%d-%H%M%S-%f.eml")
        (_folder() / name).write_bytes(message.message().as_bytes())
        for old in sorted(_folder().glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)


def _read(path: Path) -> Mail:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    return Mail(message["To"], message["Subject"], message["Date"], body.get_content() if body else "")


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    mails = [_read(path) for path in sorted(_folder().glob("*.eml"), reverse=True)]
    return render(request, "demo_mail.html", {"mails": mails})
