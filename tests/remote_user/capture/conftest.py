"""Somebody who may be watched."""

import pytest
from browser_events import FIREFOX, OURS
from django.test import Client


@pytest.fixture
def visitor() -> Client:
    """A browser that said yes to being watched."""
    client = Client(headers={"User-Agent": FIREFOX, "Origin": OURS}, enforce_csrf_checks=True)
    client.cookies["consent"] = "yes"
    return client
