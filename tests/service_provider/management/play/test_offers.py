"""What simulated shoppers do with coupons, at a running site where a campaign offers to everybody who hesitates."""

from random import Random
from typing import Any

import coupon_makers as made
import make
import pytest
from django.utils import timezone
from shop_events import DAY

from engine.simulate.mall.catalogue import catalogue
from service_provider.management.play import offers as play
from service_provider.management.play.accounts import Account, Accounts
from service_provider.management.play.walks import Step, Walk
from service_provider.models import Campaign, Coupon, Event, Order, OrderLine
from service_provider.queries import ledger_check
from service_provider.queries.access import actor_of
from service_provider.queries.orders import milliseconds
from service_provider.services import offers
from service_provider.services.people import profile

pytestmark = pytest.mark.django_db(transaction=True)
GOODS = catalogue().products[1]


@pytest.fixture
def campaign(mall: Any, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """Of today; here the slowest machine has time enough to decide."""
    monkeypatch.setattr(offers, "DEADLINE_S", 60.0)
    made.nobody_held_out()
    now_ms = milliseconds(timezone.now())
    return made.campaign(starts_ms=now_ms - DAY, ends_ms=now_ms + 10 * DAY, budget_minor=5_000)


def hesitates(*, is_robot: bool = False, number: int = 1) -> Walk:
    """Four looks at one thing, then into the basket; she does not mean to pay."""
    kinds = ["product_view"] * 4 + ["add_to_cart"]
    steps = tuple(
        Step(n * 10_000, kind, GOODS.product_id, GOODS.category, 1 if kind == "add_to_cart" else None)
        for n, kind in enumerate(kinds)
    )
    return Walk(number, number, is_robot, False, steps)


def go(send: Any, monkeypatch: pytest.MonkeyPatch, manner: str, **more: Any) -> dict[str, Any]:
    monkeypatch.setattr(play, "choose", lambda rng: manner)
    tally, _ = send([hesitates()], **more)
    done: dict[str, Any] = tally.to_json()
    assert done["refused"] == 0
    return {name: done[name] for name in ("offered", "ignored", "seen", "dismissed", "redeemed")}


NOTHING = {"offered": 0, "ignored": 0, "seen": 0, "dismissed": 0, "redeemed": 0}


@pytest.mark.parametrize(
    ("manner", "counted", "state", "is_away"),
    [
        (play.IGNORED, "ignored", "issued", False),
        (play.SEEN, "seen", "seen", False),
        (play.DISMISSED, "dismissed", "seen", True),
    ],
)
def test_the_mall_knows_what_she_did_with_it(
    send: Any, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, manner: str, counted: str, state: str,
    is_away: bool,
) -> None:  # fmt: skip
    assert go(send, monkeypatch, manner) == NOTHING | {"offered": 1, counted: 1}
    coupon = Coupon.objects.get()
    assert (coupon.state, coupon.dismissed_ms is not None) == (state, is_away)
    assert not Order.objects.exists()


def test_who_wants_it_buys_something_of_its_category_and_redeems_it(
    send: Any, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, anna: Any
) -> None:
    profile.answer_consent(actor_of(anna), {"analytics": True, "offers": False}, now=make.NOON)
    lent = Accounts([Account("anna", make.PASSWORD)])

    done = go(send, monkeypatch, play.WANTED, accounts=lent)

    assert done == NOTHING | {"offered": 1, "seen": 1, "redeemed": 1}
    coupon, order = Coupon.objects.get(), Order.objects.get()
    assert (coupon.state, coupon.shopper, order.shopper) == ("redeemed", anna.shopper, anna.shopper)
    assert 0 < order.discount_minor == coupon.spent_minor
    assert set(OrderLine.objects.filter(order=order).values_list("category", flat=True)) == {GOODS.category}
    assert Event.objects.exclude(event_id__startswith="order:").count() == 6, "what she took up was told too"
    assert ledger_check.check(campaign.pk).faults == ()


def test_without_a_campaign_nothing_is_offered(send: Any, mall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert go(send, monkeypatch, play.WANTED) == NOTHING


def test_an_offer_that_comes_again_is_met_once() -> None:
    told: list[bytes] = []

    class Browser:
        def send(self, path: str, body: bytes, headers: Any) -> Any:
            told.append(body)
            return type("Answer", (), {"status": 204})

    class Tally:
        def add(self, name: str, number: int = 1) -> None:
            counted.append(name)

    counted: list[str] = []
    hers = play.Offers(Browser(), Tally(), Random(1))  # type: ignore[arg-type]
    for _ in range(3):
        hers.meet({"coupon_id": 7, "what": "10 % off Shoes, at most €5.00"})
    hers.meet(None)
    assert counted.count("offered") == 1
    assert len(told) <= 1


def test_all_manners_happen_and_their_shares_add_up() -> None:
    assert sum(play.MANNERS.values()) == pytest.approx(1)
    assert {play.choose(Random(seed)) for seed in range(100)} == set(play.MANNERS)


def test_what_it_is_for_is_read_from_its_own_words() -> None:
    known = catalogue().categories[0]
    for what in (
        f"10 % off {known}, at most €5.00",
        f"€5.00 off {known}, from a basket of €20.00",
        f"€1 off {known}",
    ):
        assert play.category_of(what) == known
    assert play.category_of("10 % off Moon dust, at most €5.00") == ""
