"""The provider makes and revokes tills; the link is shown once."""

import re
from datetime import timedelta

import make
import pytest
from django.urls import reverse
from django.utils import timezone

from service_provider.models import ApiKey, AuditEntry, Till
from service_provider.queries.access import COMMAND
from service_provider.services import tills

LIST, ADD = "/provider/tills/", "/provider/tills/add/"
NEW = {"name": "shoes", "mall": "Kanyon"}


@pytest.fixture
def office(petra, door):
    make.product()
    return door(petra)


def revoke_url(till_id):
    return reverse("provider:till-revoke", args=[till_id])


def test_the_link_is_shown_exactly_once_and_only_its_hash_is_kept(office):
    answer = office.post(ADD, NEW)
    token = re.search(r"/till/pair/([\w-]{43})/", answer.content.decode())[1]
    row = Till.objects.get()
    assert (row.mall, row.by_label) == ("Kanyon", "petra")
    assert token not in str(Till.objects.values().get())
    assert "<svg" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    for url in (LIST, ADD, revoke_url(row.pk)):
        assert token not in office.get(url).content.decode()


@pytest.mark.parametrize("change", [{"name": ""}, {"name": "x" * 61}, {"mall": ""}, {"mall": "Elsewhere"}])
def test_a_wrong_form_makes_no_till(office, change):
    assert office.post(ADD, NEW | change).status_code == 200
    assert not Till.objects.exists()


def test_a_name_is_in_use_once(office):
    office.post(ADD, NEW)
    assert "in use already" in office.post(ADD, NEW).content.decode()
    tills.revoke(Till.objects.get().pk, by=COMMAND, now=timezone.now(), reason="lost")
    office.post(ADD, NEW)
    assert Till.objects.count() == 2


def test_the_list_says_how_each_till_stands(office):
    now = timezone.now()
    tills.make("waits", "Kanyon", by=COMMAND, now=now)
    tills.make("late", "Kanyon", by=COMMAND, now=now - timedelta(hours=1))
    tills.pair(tills.make("works", "Kanyon", by=COMMAND, now=now).token, now=now)
    tills.revoke(tills.make("gone", "Kanyon", by=COMMAND, now=now).id, by=COMMAND, now=now, reason="lost")
    page = office.get(LIST)
    assert [(row.name, state) for row, state in page.context["rows"]] == [
        ("works", "paired"), ("late", "missed"), ("waits", "waiting"), ("gone", "revoked"),
    ]  # fmt: skip
    for said in ("in use", "ended unused", "waits for its phone", "revoked"):
        assert said in page.content.decode()


def test_revoking_asks_for_a_reason_and_keeps_the_line(office):
    till_id = tills.make("shoes", "Kanyon", by=COMMAND, now=timezone.now()).id
    assert office.post(revoke_url(till_id), {"reason": ""}).status_code == 200
    assert Till.objects.get().revoked_at is None
    assert office.post(revoke_url(till_id), {"reason": "lost"}).status_code == 302
    assert Till.objects.get().revoked_at is not None
    assert office.get(revoke_url(till_id)).status_code == 404
    with pytest.raises(tills.TillRefused):
        tills.revoke(till_id, by=COMMAND, now=timezone.now(), reason="again")


def test_every_change_is_audited(office):
    office.post(ADD, NEW)
    token = tills.make("toys", "Kanyon", by=COMMAND, now=timezone.now()).token
    tills.pair(token, now=timezone.now())
    tills.revoke(Till.objects.get(name="toys").pk, by=COMMAND, now=timezone.now(), reason="lost")
    told = list(AuditEntry.objects.order_by("pk").values_list("verb", "actor_label", "reason"))
    assert told == [
        ("make_till", "petra", ""),
        ("make_till", "command", ""),
        ("pair_till", "till toys", ""),
        ("revoke_till", "command", "lost"),
    ]
    assert token not in str(AuditEntry.objects.values())


def test_an_empty_list_offers_the_first_till(office):
    assert "Make the first till" in office.get(LIST).content.decode()


def test_being_seen_is_written_at_most_once_a_minute(db):
    made = tills.make("shoes", "Kanyon", by=COMMAND, now=make.NOON)
    for seconds, written in ((0, 0), (59, 0), (60, 60)):
        tills.see(made.id, now=make.NOON + timedelta(seconds=seconds))
        assert Till.objects.get().seen_at == make.NOON + timedelta(seconds=written)


def test_a_key_of_a_till_needs_its_mall(office):
    url, new = "/provider/keys/add/", {"name": "till 1", "scopes": ["till"]}
    assert "Choose the mall" in office.post(url, new).content.decode()
    assert office.post(url, new | {"mall": "Elsewhere"}).status_code == 200
    assert not ApiKey.objects.exists()
    assert "mall_" in office.post(url, new | {"mall": "Kanyon"}).content.decode()
    assert ApiKey.objects.get().mall == "Kanyon"
    assert "in Kanyon" in office.get("/provider/keys/").content.decode()
