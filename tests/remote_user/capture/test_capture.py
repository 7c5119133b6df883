"""What browsers send to /capture/, good and bad: who may, how much, and what is believed of it."""

from datetime import timedelta
from typing import Any

import coupon_makers as made
import make
import pytest
from browser_events import FIREFOX, event, post, refused, send
from django.test import Client
from django.utils import timezone
from shop_events import DAY

from engine import visit
from service_provider.models import Consent, Event, Visit

pytestmark = pytest.mark.django_db


def test_events_are_stored_and_counted(visitor: Client) -> None:
    answer = send(visitor, event("a"), event("b"))

    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "offer": None})
    assert Visit.objects.get().event_count == 2
    assert not Visit.objects.get().is_bot


def test_a_batch_sent_twice_is_counted_once(visitor: Client) -> None:
    send(visitor, event("a"), event("b"))
    answer = send(visitor, event("a"), event("b"))

    assert answer.json() == {"accepted": 0, "offer": None}
    assert Event.objects.count() == 2


def test_a_page_of_a_hundred_is_taken_and_one_more_is_not(visitor: Client) -> None:
    refused(send(visitor, *(event(f"e-{n}") for n in range(101))), 400, "at most 100 events; these are 101")
    assert send(visitor, *(event(f"e-{n}") for n in range(100))).json()["accepted"] == 100


def test_65_kilobytes_are_too_much(visitor: Client) -> None:
    refused(send(visitor, event(note="x" * 65 * 1024)), 413, "at most 65536 bytes")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (" ", "no JSON"),
        ('{"events": [', "no JSON"),
        (b"\xff\xfe", "no JSON"),
        ("[" * 5_000, "no JSON"),
        ("[]", 'a list "events" was expected'),
        ('{"events": {}}', 'a list "events" was expected'),
        ('{"events": [1]}', "Event 1 is no object"),
        ('{"events": [{"kind": "page_view"}]}', "Event 1: event_id must have 1 to 64 letters"),
        ('{"events": [{"event_id": "", "kind": "page_view"}]}', "Event 1: event_id"),
        ('{"events": [{"event_id": "order:1:1", "kind": "page_view"}]}', "Event 1: event_id"),
        ('{"events": [{"event_id": "' + "x" * 65 + '", "kind": "page_view"}]}', "Event 1: event_id"),
        ('{"events": [{"event_id": "a", "kind": 7}]}', "Event 1: kind must be a word"),
        ('{"events": [{"event_id": "a"}]}', "Event 1: kind must be a word"),
        ('{"events": [{"event_id": "a", "kind": "idle", "occurred_at": "now"}]}', "occurred_at must be a whole"),
        ('{"events": [{"event_id": "a", "kind": "idle", "occurred_at": 1.5}]}', "occurred_at must be a whole"),
        ('{"events": [{"event_id": "a", "kind": "idle", "product_id": 5}]}', "product_id must be a text"),
        ('{"events": [{"event_id": "a", "kind": "search", "words": "%s"}]}' % ("x" * 81), "at most 80 characters"),
        ('{"events": [{"event_id": "a", "kind": "search", "words": ["hat"]}]}', "words must be a text"),
        ('{"events": [{"event_id": "a", "kind": "add_to_cart", "quantity": 0}]}', "from 1 to 99"),
        ('{"events": [{"event_id": "a", "kind": "add_to_cart", "quantity": true}]}', "from 1 to 99"),
        ('{"events": [], "sent_at": 1.5}', "sent_at must be a whole number"),
    ],
)  # fmt: skip
def test_what_is_no_batch_is_refused_in_words(visitor: Client, body: str | bytes, words: str) -> None:
    refused(post(visitor, body), 400, words)


def test_one_bad_event_keeps_its_whole_batch_out(visitor: Client) -> None:
    refused(send(visitor, event("a"), {"event_id": "b"}), 400, "Event 2")


def test_an_unknown_kind_is_skipped(visitor: Client) -> None:
    assert send(visitor, event("a", "dance"), event("b")).json()["accepted"] == 1


def test_a_forged_purchase_is_ignored(visitor: Client) -> None:
    make.product("P1")
    answer = send(visitor, event("a", "purchase", product_id="P1", price=1), event("b", "checkout"))

    assert answer.json()["accepted"] == 0
    assert not Visit.objects.filter(is_buying=True).exists()


def test_a_forged_price_is_not_believed(visitor: Client) -> None:
    make.product("P1", price_minor=8990)
    send(
        visitor, event(kind="add_to_cart", product_id="P1", price=1, price_minor=1, quantity=1, title="Free")
    )

    assert Event.objects.get().price_minor == 8990
    assert visit.from_bytes(bytes(Visit.objects.get().state)).basket[0].price_minor == 8990


@pytest.mark.parametrize("at", [0, 4_102_444_800_000])
def test_moments_in_1970_and_2100_are_dated_by_the_receipt(visitor: Client, at: int) -> None:
    assert send(visitor, event(occurred_at=at)).json()["accepted"] == 1
    stored = Event.objects.get()
    assert stored.occurred_ms == stored.received_ms


def test_a_product_that_does_not_exist_leaves_no_product(visitor: Client) -> None:
    assert send(visitor, event(kind="product_view", product_id="nowhere")).json()["accepted"] == 1
    assert Event.objects.get().product_id == ""


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://testserver", "http://testserver:81", "null"]
)
def test_a_foreign_origin_is_refused(visitor: Client, origin: str) -> None:
    refused(send(visitor, event(), Origin=origin), 403, "Only pages of this site")


def test_without_an_origin_a_browser_must_say_that_it_is_ours(visitor: Client) -> None:
    visitor.headers = {"User-Agent": FIREFOX}
    visitor.defaults.pop("HTTP_ORIGIN")
    refused(send(visitor, event(), **{"Sec-Fetch-Site": "cross-site"}), 403, "Only pages of this site")
    assert send(visitor, event()).status_code == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_what_a_form_of_another_site_could_send_is_refused(visitor: Client, content_type: str) -> None:
    refused(send(visitor, event(), content_type=content_type), 415, "application/json")


def test_events_are_posted(visitor: Client) -> None:
    answer = visitor.get("/capture/")
    refused(answer, 405, "by POST")
    assert answer["Allow"] == "POST"


# ---- consent ----------------------------------------------------------------------------------------


def nothing_is_kept(answer: Any) -> None:
    assert (answer.status_code, answer.json()) == (200, {"accepted": 0, "offer": None})
    assert not Event.objects.exists()
    assert not Visit.objects.exists()


@pytest.mark.parametrize("cookie", [None, "no", ""])
def test_a_visitor_who_did_not_say_yes_is_not_watched(visitor: Client, cookie: str | None) -> None:
    del visitor.cookies["consent"]
    if cookie is not None:
        visitor.cookies["consent"] = cookie
    answer = send(visitor, event())

    nothing_is_kept(answer)
    assert "visitor" not in answer.cookies


def test_a_browser_that_asks_for_privacy_is_not_watched(visitor: Client) -> None:
    nothing_is_kept(send(visitor, event(), **{"Sec-GPC": "1"}))


@pytest.mark.parametrize(("answers", "kept"), [([], 0), ([False], 0), ([True], 1), ([True, False], 0)])
def test_a_shoppers_newest_answer_counts(visitor: Client, anna: Any, answers: list[bool], kept: int) -> None:
    visitor.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")
    for granted in answers:
        Consent.objects.create(user=anna, purpose="analytics", granted=granted, at=make.NOON)

    assert send(visitor, event()).json()["accepted"] == kept
    assert Event.objects.filter(visit__shopper=anna.shopper).count() == kept


def test_staff_are_not_watched(visitor: Client, petra: Any) -> None:
    visitor.force_login(petra, backend="allauth.account.auth_backends.AuthenticationBackend")
    nothing_is_kept(send(visitor, event()))


# ---- offers and robots ------------------------------------------------------------------------------


def test_a_hesitating_visitor_is_offered_a_coupon_and_finds_it_again(visitor: Client) -> None:
    make.product("P1", category="Shoes")
    made.nobody_held_out()
    now = timezone.now()
    today, now_ms = now.date(), int(now.timestamp() * 1000)
    made.campaign(
        starts_on=today, ends_on=today + timedelta(9), starts_ms=now_ms - DAY, ends_ms=now_ms + 9 * DAY
    )
    views = [event(f"v-{n}", "product_view", product_id="P1") for n in range(4)]
    offer = send(visitor, *views, event("a", "add_to_cart", product_id="P1", quantity=1)).json()["offer"]

    assert set(offer) == {"coupon_id", "code", "what", "why", "until", "until_text"}
    assert (offer["what"], offer["why"]) == (
        "10 % off Shoes, at most €5.00", "because you looked at Shoes 4 times",
    )  # fmt: skip
    assert visitor.get("/capture/offer").json() == {"offer": offer}


def test_who_has_none_is_told_none(visitor: Client) -> None:
    answer = visitor.get("/capture/offer")

    assert answer.json() == {"offer": None}
    assert "no-store" in answer["Cache-Control"]


def test_a_robot_that_says_so_is_marked(visitor: Client) -> None:
    send(visitor, event(), **{"User-Agent": "Googlebot/2.1"})

    assert Visit.objects.get().is_bot


def test_who_opens_the_hidden_page_is_marked_now_and_later(visitor: Client) -> None:
    send(visitor, event("a"))
    assert visitor.get("/shop/offers-for-robots/").status_code == 200
    assert Visit.objects.get().is_bot

    Visit.objects.update(is_bot=False)
    send(visitor, event("b"))
    assert Visit.objects.get().is_bot


def test_robots_are_told_to_stay_away_from_the_hidden_page() -> None:
    text = Client().get("/robots.txt").content.decode()

    assert "Disallow: /shop/offers-for-robots/" in text.splitlines()


# ---- the short way ----------------------------------------------------------------------------------


def test_who_has_no_session_is_answered_without_a_page_s_machinery(visitor: Client) -> None:
    answer = send(visitor, event())

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(answer.content))
    assert "visitor" in answer.cookies


def test_who_has_a_session_is_known_by_it(visitor: Client, anna: Any) -> None:
    visitor.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")
    Consent.objects.create(user=anna, purpose="analytics", granted=True, at=make.NOON)
    send(visitor, event())

    assert Event.objects.get().visit.shopper == anna.shopper


def test_a_host_that_is_not_ours_is_refused_on_the_short_way_too(visitor: Client) -> None:
    answer = visitor.post(
        "/capture/", "{}", content_type="application/json", headers={"Host": "evil.example"}
    )

    assert answer.status_code == 400
