"""Whose events they are, and how many may come: by the signed cookie, the account, the address."""

from typing import Any

import make
import pytest
from browser_events import FIREFOX, OURS, event, refused, send
from django.core.signing import get_cookie_signer
from django.test import Client, RequestFactory

from remote_user.capture import gate
from service_provider.models import Consent, Event, Shopper, Visit

pytestmark = pytest.mark.django_db


def test_a_visitor_stays_the_same_by_her_cookie(visitor: Client) -> None:
    send(visitor, event("a"))
    send(visitor, event("b"))

    assert Shopper.objects.count() == Visit.objects.count() == 1


def test_a_cookie_that_was_tampered_with_is_nobodys(visitor: Client) -> None:
    send(visitor, event("a"))
    key, _, rest = visitor.cookies["visitor"].value.partition(":")
    other = Client(headers={"User-Agent": FIREFOX, "Origin": OURS})
    other.cookies["consent"], other.cookies["visitor"] = "yes", f"{key}:{rest[:-1]}x"
    assert send(other, event("b")).status_code == 200

    assert Visit.objects.count() == Shopper.objects.count() == 2
    assert Event.objects.get(event_id="b").visit.shopper.key != key


def test_another_visitors_cookie_gives_a_shopper_nothing_of_hers(
    visitor: Client, anna: Any, door: Any
) -> None:
    """Who is logged in writes into her own visit, whatever cookie her browser brings along."""
    send(visitor, event("a"))
    Consent.objects.create(user=anna, purpose="analytics", granted=True, at=make.NOON)
    thief = door(anna)
    thief.cookies["visitor"] = visitor.cookies["visitor"].value
    answer = send(thief, event("b"), event("a"), Origin=OURS, **{"User-Agent": FIREFOX})

    assert answer.json()["accepted"] == 1  # the other's event is known and stays hers
    assert Event.objects.get(event_id="b").visit.shopper == anna.shopper
    assert Event.objects.get(event_id="a").visit.shopper != anna.shopper
    assert sorted(Visit.objects.values_list("event_count", flat=True)) == [1, 1]


def test_a_cookie_of_another_purpose_is_nobodys(visitor: Client) -> None:
    send(visitor, event("a"))
    key = visitor.cookies["visitor"].value.partition(":")[0]
    other = Client(headers={"User-Agent": FIREFOX, "Origin": OURS})
    other.cookies["consent"] = "yes"
    other.cookies["visitor"] = get_cookie_signer(salt="something else").sign(key)
    send(other, event("b"))

    assert Visit.objects.count() == Shopper.objects.count() == 2


def test_a_flood_from_one_visitor_is_refused_and_others_go_on(visitor: Client, settings: Any) -> None:
    settings.CAPTURE_PER_VISITOR = 3
    assert send(visitor, event("a"), event("b")).status_code == 200
    flood = send(visitor, event("c"), event("d"))
    other = Client(headers={"User-Agent": FIREFOX, "Origin": OURS})
    other.cookies["consent"] = "yes"

    assert (flood.status_code, flood["Retry-After"]) == (429, "60")
    assert "more than 3 events in a minute" in flood.json()["detail"]
    assert send(other, event("e")).json()["accepted"] == 1
    assert Event.objects.count() == 3


def test_an_address_has_a_limit_of_its_own() -> None:
    turnstile, request = gate.Turnstile(), RequestFactory().post("/capture/")
    other = RequestFactory(REMOTE_ADDR="10.1.1.1").post("/capture/")

    assert [turnstile.admits(request, now_ms=5, most=2) for _ in range(3)] == [True, True, False]
    assert turnstile.admits(other, now_ms=5, most=2)
    assert turnstile.admits(request, now_ms=60_005, most=2)


def test_two_thousand_shoppers_share_an_address(settings: Any) -> None:
    """A mall's Wi-Fi: each sends a batch every other second at most."""
    turnstile, request = gate.Turnstile(), RequestFactory().post("/capture/")
    most = settings.CAPTURE_PER_ADDRESS

    assert all(turnstile.admits(request, now_ms=5, most=most) for _ in range(2_000 * 30))


def test_shoppers_behind_one_address_are_no_flood(visitor: Client, settings: Any) -> None:
    """The limit of a visitor is hers alone, be they ever so many behind the same address."""
    settings.CAPTURE_PER_VISITOR = 3
    for number in range(40):
        one = Client(headers={"User-Agent": FIREFOX, "Origin": OURS})
        one.cookies["consent"] = "yes"
        assert send(one, *(event(f"{number}-{n}") for n in range(3))).json()["accepted"] == 3

    assert Visit.objects.count() == 40


def test_too_many_batches_of_one_address_are_refused(visitor: Client, settings: Any) -> None:
    settings.CAPTURE_PER_ADDRESS = 0
    refused(send(visitor, event()), 429, "from this address")
