"""manage.py create_provider: from the terminal, the environment or standard input; bad input is exit 2."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from make import PASSWORD

from service_provider.management.commands import create_provider
from service_provider.models import AuditEntry, User

NAMED = ("--username", "petra", "--email", "Petra@Example.test")


def _run(*args: str) -> str:
    out = io.StringIO()
    call_command("create_provider", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def given(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A password given by the environment."""

    def give(password: str) -> None:
        monkeypatch.setenv("MALL_PROVIDER_PASSWORD", password)

    give(PASSWORD)
    return give


@pytest.mark.usefixtures("given")
def test_the_provider_is_made_and_written_down() -> None:
    said = json.loads(_run(*NAMED, "--json").splitlines()[-1])
    petra = User.objects.get(username="petra")
    assert said == {"id": petra.pk, "username": "petra", "email": "petra@example.test", "role": "provider"}
    assert petra.check_password(PASSWORD)
    assert (petra.role, petra.is_superuser) == ("provider", False)
    assert list(AuditEntry.objects.values_list("actor_label", "verb", "target_id")) == [
        ("command", "create_provider", "petra")
    ]


def test_the_password_comes_from_standard_input(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nand more\n"))
    assert "petra can log in" in _run(*NAMED, "--password-stdin")
    assert User.objects.get(username="petra").check_password(PASSWORD)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("second", "made"), [(PASSWORD, True), ("something else", False)])
def test_the_terminal_asks_twice(db: None, monkeypatch: pytest.MonkeyPatch, second: str, made: bool) -> None:
    typed = iter([PASSWORD, second])
    answers = iter(["petra", "petra@example.test"])
    monkeypatch.delenv("MALL_PROVIDER_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(create_provider, "getpass", lambda prompt: next(typed))
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    if made:
        _run()
    else:
        with pytest.raises(CommandError, match="differ"):
            _run()
    assert User.objects.filter(username="petra").exists() is made


@pytest.mark.parametrize(
    ("args", "password", "says"),
    [
        (("--username", "petra", "--email", "no address"), PASSWORD, "valid email"),
        (("--username", "a b", "--email", "p@example.test"), PASSWORD, "valid username"),
        (NAMED, "short", "too short"),
        (NAMED, "password1234", "too common"),
        (NAMED, "", "too short"),
        (("--username", "ANNA", "--email", "p@example.test"), PASSWORD, "taken"),
        (("--username", "petra", "--email", "Anna@example.test"), PASSWORD, "already has an account"),
        (("--email", "p@example.test"), PASSWORD, "--username"),
    ],
)
def test_bad_input_is_exit_2_and_makes_nobody(
    anna: Any, given: Any, args: Any, password: str, says: str
) -> None:
    given(password)
    with pytest.raises(CommandError, match=says) as refused:
        _run(*args)
    assert refused.value.returncode == 2
    assert User.objects.count() == 1


def test_without_terminal_and_password_it_says_what_to_give(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MALL_PROVIDER_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="--password-stdin") as refused:
        _run(*NAMED)
    assert refused.value.returncode == 2
