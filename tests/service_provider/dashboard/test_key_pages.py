"""The provider makes and revokes keys; nobody else does."""

import re

import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from service_provider.models import ApiKey
from service_provider.queries.access import COMMAND
from service_provider.services import keys

LIST, ADD = "/provider/keys/", "/provider/keys/add/"
NEW = {"name": "till 1", "scopes": ["predict"]}


def revoke_url(key_id):
    return reverse("provider:key-revoke", args=[key_id])


def test_the_secret_is_shown_exactly_once(petra, door):
    client = door(petra)
    response = client.post(ADD, NEW)
    secret = re.search(r"mall_[\w-]{43}", response.content.decode())[0]
    assert ApiKey.objects.get().sha256 == keys.sha256_of(secret)
    assert "no-store" in response["Cache-Control"]
    for url in (LIST, ADD, revoke_url(ApiKey.objects.get().pk)):
        assert secret not in client.get(url).content.decode()


def test_the_same_form_sent_again_makes_no_second_key(petra, door):
    client = door(petra)
    client.post(ADD, NEW)
    response = client.post(ADD, NEW)
    assert "in use already" in response.content.decode()
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"name": "x" * 81}]
)
def test_a_wrong_form_makes_no_key(petra, door, change):
    assert door(petra).post(ADD, NEW | change).status_code == 200
    assert not ApiKey.objects.exists()


def test_revoking_asks_for_a_reason_and_keeps_the_line(petra, door):
    client = door(petra)
    made = keys.make("till 1", ("predict",), by=COMMAND, now=make.NOON)
    assert client.post(revoke_url(made.id), {"reason": ""}).status_code == 200
    assert ApiKey.objects.get().revoked_at is None
    assert client.post(revoke_url(made.id), {"reason": "lost"}).status_code == 302
    assert ApiKey.objects.get().revoked_at is not None
    assert "revoked" in client.get(LIST).content.decode()
    assert client.get(revoke_url(made.id)).status_code == 404


@pytest.mark.parametrize("url", [LIST, ADD, "/provider/keys/1/revoke/"])
def test_only_the_provider_comes_in(anna, alan, door, url):
    for nobody_allowed in (anna, alan):
        assert door(nobody_allowed).get(url).status_code == 403
        assert door(nobody_allowed).post(url, NEW).status_code in (403, 405)
    assert door(None).post(url, NEW).status_code in (302, 405)
    assert not ApiKey.objects.exists()


def test_a_long_list_asks_no_more_queries(petra, door):
    client = door(petra)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(LIST).status_code == 200
        return len(seen)

    for n in range(10):
        keys.make(f"till {n}", ("predict",), by=COMMAND, now=make.NOON)
    few = queries()
    for n in range(10, 60):
        keys.make(f"till {n}", ("predict",), by=COMMAND, now=make.NOON)
    assert queries() == few


def test_live_keys_come_first(petra, door):
    made = [keys.make(f"till {n}", ("predict",), by=COMMAND, now=make.NOON).id for n in range(3)]
    keys.revoke(made[2], by=COMMAND, now=make.NOON, reason="lost")
    rows = door(petra).get(LIST).context["page"].rows
    assert [row.id for row in rows] == [made[1], made[0], made[2]]
    assert [row.is_live for row in rows] == [True, True, False]


def test_an_empty_list_offers_the_first_key(petra, door):
    assert "Make the first key" in door(petra).get(LIST).content.decode()
