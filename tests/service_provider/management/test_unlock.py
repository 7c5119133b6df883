"""manage.py unlock: an account that was locked out may try again, from everywhere or from one address."""

import io
import json
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from make import PASSWORD

from service_provider.models import AuditEntry

HERE, THERE = "198.51.100.1", "198.51.100.2"


def _try(login: str, password: str, address: str) -> Any:
    form = {"login": login, "password": password}
    return Client(REMOTE_ADDR=address).post(reverse("provider:login"), form)


def _lock(login: str, address: str) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        _try(login, "wrong", address)
    assert not _may_enter(login, address)


def _may_enter(login: str, address: str) -> bool:
    return _try(login, PASSWORD, address).status_code == 302


def _run(*args: str) -> str:
    out = io.StringIO()
    call_command("unlock", *args, stdout=out)
    return out.getvalue()


def test_the_lock_out_counts_account_and_address_together(petra: Any, alan: Any) -> None:
    _lock("petra", HERE)
    assert _may_enter("petra", THERE)
    assert _may_enter("alan", HERE)
    assert not _may_enter("petra@example.test", HERE)


@pytest.mark.parametrize("login", ["petra", "PETRA", "petra@example.test"])
def test_unlock_lifts_all_lock_outs_of_the_account(petra: Any, alan: Any, login: str) -> None:
    for address in (HERE, THERE):
        _lock("petra", address)
    _lock("alan", HERE)
    assert _run(login).startswith("2 lock-outs lifted, 12 failed log ins")
    assert _may_enter("petra", HERE)
    assert not _may_enter("alan", HERE)
    entry = AuditEntry.objects.get()
    assert (entry.actor_label, entry.verb, entry.target_id) == ("command", "unlock", "petra")
    assert entry.detail == {"lockouts": 2, "failures": 12}


def test_unlock_from_one_address(petra: Any) -> None:
    for address in (HERE, THERE):
        _lock("petra", address)
    assert json.loads(_run("petra", "--address", HERE, "--json")) == {"lockouts": 1, "failures": 6}
    assert _may_enter("petra", HERE)
    assert not _may_enter("petra", THERE)


def test_a_few_failures_are_no_lock_out(petra: Any) -> None:
    _try("petra", "wrong", HERE)
    assert _run("petra").startswith("0 lock-outs lifted, 1 failed log in forgotten")


def test_a_shopper_is_named_by_her_key_only(anna: Any) -> None:
    _run("anna")
    assert AuditEntry.objects.get().target_id == "key-anna"


@pytest.mark.parametrize("args", [("nobody",), ("petra", "--address", "here")])
def test_bad_input_is_exit_2(petra: Any, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as refused:
        _run(*args)
    assert refused.value.returncode == 2
    assert not AuditEntry.objects.exists()
