"""POST /api/v1/decisions/: a shop of another house tells of a visit and is told an offer."""

import json

import coupon_makers
import make
import pytest
from api_door import problem
from django.test import Client
from django.utils import timezone

from service_provider.api import decisions
from service_provider.models import Coupon, Decision, Event, Shopper, Visit
from service_provider.queries.access import COMMAND
from service_provider.services import intake_door, keys, offers
from service_provider.services.open_visits import Overtaken

URL = "/api/v1/decisions/"
VIEW = {"event_id": "e1", "kind": "product_view", "product_id": "P1"}


@pytest.fixture
def key(db):
    return keys.make("web shop", ("decide",), by=COMMAND, now=timezone.now())


@pytest.fixture
def shoes(db):
    return make.product()


@pytest.fixture
def tell(key):
    numbers = iter(range(1000))

    def post(*events, _once=None, _key=key.secret, _body=None, **fields):
        body = {"visitor": "v1", "events": list(events)} | fields
        headers = {"Authorization": f"Bearer {_key}", "Idempotency-Key": _once or f"once-{next(numbers)}"}
        sent = json.dumps(body) if _body is None else _body
        return Client().post(URL, sent, content_type="application/json", headers=headers)

    return post


def hesitation(tag=""):
    views = [VIEW | {"event_id": f"{tag}e{number}"} for number in range(4)]
    return [*views, VIEW | {"event_id": f"{tag}e4", "kind": "add_to_cart", "quantity": 1}]


@pytest.fixture
def running(shoes, monkeypatch):
    """A campaign that offers to everybody."""
    monkeypatch.setattr(offers, "DEADLINE_S", 60.0)
    coupon_makers.nobody_held_out()
    now_ms = int(timezone.now().timestamp() * 1000)
    return coupon_makers.campaign(starts_ms=now_ms - 1, ends_ms=now_ms + 10**9, budget_minor=10_000)


def test_who_hesitates_is_offered_a_coupon(tell, running):
    told = tell(*hesitation()).json()
    coupon = Coupon.objects.get()
    assert told["accepted"] == 5
    assert (told["offer"]["coupon_id"], told["offer"]["code"].replace("-", "")) == (coupon.pk, coupon.code)
    assert told["offer"]["what"].startswith("10 % off Shoes")
    assert Decision.objects.get().arm == 1


def test_the_same_batch_again_gets_the_same_offer_and_is_counted_once(tell, running):
    first, second = tell(*hesitation()).json(), tell(*hesitation()).json()
    assert (second["accepted"], second["offer"]) == (0, first["offer"])
    assert (Event.objects.count(), Coupon.objects.count()) == (5, 1)


def test_the_same_idempotency_key_gives_the_very_answer_again(tell, running):
    first, second = tell(*hesitation(), _once="a"), tell(*hesitation(), _once="a")
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    problem(tell(_once="a"), 422)


def test_without_a_campaign_there_is_no_offer_and_no_error(tell, shoes):
    assert tell(*hesitation()).json() == {"accepted": 5, "offer": None}


def test_a_visitor_is_the_keys_own(tell, shoes):
    """Neither another key's visitor of that name nor a shopper of ours is told of, or touched."""
    Shopper.objects.create(key="v1", created_at=make.NOON)
    other = keys.make("other shop", ("decide",), by=COMMAND, now=timezone.now())
    assert tell(VIEW).json()["accepted"] == tell(VIEW, _key=other.secret).json()["accepted"] == 1
    assert Visit.objects.values("shopper").distinct().count() == 2
    assert not Visit.objects.filter(shopper__key="v1").exists()


def test_two_visitors_may_name_their_events_alike(tell, shoes):
    assert tell(VIEW).json()["accepted"] == tell(VIEW, visitor="v2").json()["accepted"] == 1


def test_prices_and_categories_are_the_catalogues(tell, shoes):
    tell(VIEW | {"price": "1.00", "category": "Toys"})
    event = Event.objects.get()
    assert (event.category, event.price_minor) == (shoes.category, shoes.price_minor)


def test_unknown_kinds_and_purchases_are_left_out(tell, shoes):
    odd = [VIEW | {"event_id": kind, "kind": kind} for kind in ("dance", "purchase", "checkout")]
    assert tell(*odd, VIEW).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("visitor", ""), ("visitor", "x" * 129), ("visitor", "a\u0000"), ("visitor", None), ("visitor", 7),
        ("events", None), ("events", {}), ("events", [7]), ("events", [VIEW] * 101),
        ("events", [VIEW | {"event_id": ""}]), ("events", [VIEW | {"event_id": "a b"}]),
        ("events", [VIEW | {"event_id": "x" * 65}]), ("events", [{"event_id": "e1"}]),
        ("events", [VIEW | {"occurred_at": "now"}]), ("events", [VIEW | {"occurred_at": 2**60}]),
        ("events", [VIEW | {"quantity": 0}]), ("events", [VIEW | {"quantity": 100}]),
        ("events", [VIEW | {"product_id": "x" * 65}]), ("events", [VIEW | {"words": "x" * 81}]),
        ("sent_at", 1.5), ("colour", "red"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(tell, field, value):
    told = problem(tell(**{"events": [], field: value}), 422)
    assert told["errors"][0]["name"].split(".")[0] == field
    assert not Event.objects.exists()


def test_a_large_batch_is_413(tell):
    problem(tell(_body=" " * decisions.MOST_BYTES + "{}"), 413)
    assert tell(_body=" " * 60_000 + '{"visitor": "v1", "events": []}').json() == {
        "accepted": 0,
        "offer": None,
    }


def test_another_scope_is_refused(tell, shoes):
    other = keys.make("reader", ("predict",), by=COMMAND, now=timezone.now())
    assert "decide" in problem(tell(VIEW, _key=other.secret), 403)["detail"]
    problem(tell(VIEW, _key="mall_wrong"), 401)
    assert not Event.objects.exists()


def test_one_visitor_may_not_flood(tell, shoes, settings):
    settings.CAPTURE_PER_VISITOR = 1
    assert tell(VIEW).status_code == 200
    flooded = tell(VIEW | {"event_id": "e2"}, VIEW | {"event_id": "e3"})
    problem(flooded, 429)
    assert flooded["Retry-After"]


def test_it_decides_at_once_though_the_shops_events_go_through_a_stream(tell, running, settings):
    """A stream that is away: whoever went through it would be refused."""
    settings.EVENT_SINK = "redis://127.0.0.1:1/0"
    told = tell(*hesitation()).json()
    assert told["accepted"] == 5
    assert told["offer"]["coupon_id"] == Coupon.objects.get().pk
    assert Event.objects.count() == 5


def test_what_cannot_be_kept_now_may_be_told_again(tell, shoes, monkeypatch):
    def refuse(sending):
        raise Overtaken

    monkeypatch.setattr(intake_door, "store", refuse)
    answer = tell(VIEW, _once="a")
    problem(answer, 503)
    assert answer["Retry-After"]
    monkeypatch.undo()
    assert tell(VIEW, _once="a").json()["accepted"] == 1
