"""The fixed cast: anna and bea shop, petra provides, alan analyses."""

from typing import Any

import make
import pytest
from django.test import Client

from service_provider.queries.kept import Kept


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """Every test begins like a process that has answered nobody yet."""
    Kept.forget_all()


@pytest.fixture
def anna(db: None) -> Any:
    return make.user("anna")


@pytest.fixture
def bea(db: None) -> Any:
    return make.user("bea")


@pytest.fixture
def petra(db: None) -> Any:
    return make.user("petra", role="provider")


@pytest.fixture
def alan(db: None) -> Any:
    return make.user("alan", role="analyst")


@pytest.fixture
def door() -> Any:
    """`door(user)` is a browser in which that user is logged in; `door(None)` one in which nobody is."""

    def open_for(user: Any) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return open_for
