"""Every setting that the environment may give, in one table: name, kind, default, meaning.

The README's settings table is checked against `SETTINGS` by a test.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    kind: str  # a method of environ.Env: str, bool, int, list
    default: Any
    meaning: str


# ruff: noqa: E501 - a row of a table stays one line
# fmt: off
SETTINGS = (
    Setting("MALL_DEMO", "bool", False, "Demo mode: cookies over plain HTTP, the page /demo/mail/, a secret key made on the spot."),
    Setting("SECRET_KEY", "str", "", "Signs cookies and links. The web server outside the demo insists on it; at least 50 random characters."),
    Setting("DATABASE_URL", "str", "", "Where the ledger lives, for instance mysql://user:password@127.0.0.1:3306/mall. Empty: SQLite in MALL_VAR."),
    Setting("MALL_VAR", "str", "var", "Folder of everything that is written at run time: SQLite file, models, uploads, exports."),
    Setting("ALLOWED_HOSTS", "list", ["127.0.0.1", "localhost"], "Host names the site answers to, separated by commas."),
    Setting("CSRF_TRUSTED_ORIGINS", "list", [], "Origins whose forms are trusted, with scheme, when a proxy ends TLS."),
    Setting("TRUSTED_PROXIES", "int", 0, "How many proxies stand before the site; their X-Forwarded-For and X-Forwarded-Proto are believed."),
    Setting("SECURE_HSTS_SECONDS", "int", 31536000, "How long browsers remember to use HTTPS only (outside the demo)."),
    Setting("EMAIL_URL", "str", "consolemail://", "Where mail goes, for instance smtp+tls://user:password@mail.example:587."),
    Setting("DEFAULT_FROM_EMAIL", "str", "mall@localhost", "The sender of the mall's mails."),
    Setting("CAPTURE_PER_VISITOR", "int", 600, "How many events one visitor's browser may send in a minute."),
    Setting("CAPTURE_PER_ADDRESS", "int", 60000, "How many batches of events one address may send in a minute to one web process; a mall's Wi-Fi is one address for everybody in it."),
    Setting("EVENT_SINK", "str", "database", "Where events of visits go: database, or a Redis such as redis://127.0.0.1:6379/0, from which manage.py consume_events stores them."),
    Setting("EVENT_STREAM_LIMIT", "int", 100000, "How many batches of events may wait in Redis; what comes then is refused, and browsers send it again later."),
    Setting("RISK_STALE_HOURS", "int", 36, "After how many hours without a new training the model of churn is not believed any more: risks are then unknown."),
    Setting("LOG_LEVEL", "str", "INFO", "DEBUG, INFO, WARNING or ERROR."),
)
# fmt: on


def is_terminal_command() -> bool:
    """Whether this process is `manage.py COMMAND` and serves no pages."""
    return Path(sys.argv[0]).name == "manage.py" and "runserver" not in sys.argv


def read() -> dict[str, Any]:
    """The values in force: the process environment first, then the file .env, then the default."""
    env = environ.Env()
    environ.Env.read_env(ROOT / ".env")
    return {s.name: getattr(env, s.kind)(s.name, default=s.default) for s in SETTINGS}
