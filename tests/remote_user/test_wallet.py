"""The wallet: what she can use, what she used, what is over; a word on each, and who may see whose."""

from typing import Any

import coupon_makers as made
import make
import pytest
from django.test import Client
from shop_events import DAY

from engine.policy.discounts import PricedLine
from remote_user import visitor
from service_provider.models import Coupon, Order
from service_provider.queries.orders import milliseconds
from service_provider.services import coupons
from service_provider.services.coupons import At

pytestmark = pytest.mark.django_db
URL = "/wallet/"


@pytest.fixture
def now_ms() -> int:
    from django.utils import timezone

    return milliseconds(timezone.now())


@pytest.fixture
def mine(anna: Any, now_ms: int) -> Coupon:
    """A live coupon of anna's."""
    given = made.issued(
        made.campaign(), anna.shopper, expires_ms=now_ms + 2 * DAY, why="because you looked at Shoes"
    )
    return Coupon.objects.get(pk=given.coupon_id)


def page(client: Client) -> str:
    return client.get(URL).content.decode()


def test_an_empty_wallet_says_how_coupons_come(anna: Any, door: Any) -> None:
    for client in (door(anna), Client()):
        assert "No coupons yet" in page(client)


def test_a_live_coupon_stands_with_code_picture_conditions_and_reason(
    anna: Any, mine: Coupon, door: Any
) -> None:
    shown = page(door(anna))
    for said in (
        "10 % off Shoes, at most €5.00",
        f"{mine.code[:5]}-{mine.code[5:10]}-{mine.code[10:]}",
        "because you looked at Shoes",
        '<svg role="img"',
        f"QR of the code {mine.code}",
        "Until ",
    ):
        assert said in shown, said
    assert "style=" not in shown


def test_a_coupon_that_ends_today_is_announced(anna: Any, now_ms: int, door: Any) -> None:
    made.issued(made.campaign(), anna.shopper, expires_ms=now_ms + 1500)
    assert "One of them ends today." in page(door(anna))


def test_another_shopper_sees_and_touches_nothing_of_it(bea: Any, mine: Coupon, door: Any) -> None:
    client = door(bea)
    assert mine.code[:5] not in page(client)
    refused = client.post(f"{URL}{mine.pk}/rate/", {"rating": "1"})
    client.post(f"{URL}{mine.pk}/dismiss/")
    mine.refresh_from_db()
    assert (refused.status_code, mine.rating, mine.dismissed_ms) == (404, None, None)


def test_a_visitor_has_a_wallet_and_is_told_what_it_needs(now_ms: int) -> None:
    client = Client()
    sealed = Client().get("/").wsgi_request
    visitor.renew(sealed)
    from django.http import HttpResponse

    answer = HttpResponse()
    visitor.seal(sealed, answer)
    client.cookies["visitor"] = answer.cookies["visitor"].value
    made.issued(made.campaign(), made.shopper(visitor.cookie_key(sealed) or ""), expires_ms=now_ms + DAY)
    shown = page(client)
    assert "10 % off Shoes" in shown
    assert "Log in and confirm your e-mail to use them" in shown


def test_a_used_coupon_says_what_it_saved_and_with_which_order(anna: Any, mine: Coupon, door: Any) -> None:
    order: Order = make.order(anna.shopper)
    at = At("shop", shopper_id=anna.shopper_id, order_id=order.pk)
    line = PricedLine("P1", "Shoes", 4_000, 1)
    coupons.redeem(mine.code, [line], at=at, now_ms=mine.issued_ms)
    shown = page(door(anna))
    assert "Saved €4.00" in shown
    assert f"/orders/{order.key}/" in shown
    assert "<svg role" not in shown


@pytest.mark.parametrize("swept", [True, False])
def test_a_coupon_whose_time_is_over_is_past(anna: Any, door: Any, swept: bool) -> None:
    made.issued(made.campaign(), anna.shopper)
    if swept:
        Coupon.objects.update(state="expired")
    shown = page(door(anna))
    assert "Its time is over." in shown
    assert "<svg role" not in shown


def test_a_word_on_a_coupon_is_kept_and_may_be_changed(anna: Any, mine: Coupon, door: Any) -> None:
    client = door(anna)
    for rating, comment in (("2", "Meh."), ("5", "Came just in time.")):
        client.post(f"{URL}{mine.pk}/rate/", {"rating": rating, "comment": comment})
    mine.refresh_from_db()
    assert (mine.rating, mine.comment) == (5, "Came just in time.")
    assert "You said: Just right" in page(client)


@pytest.mark.parametrize("rating", ["", "0", "6", "many"])
def test_a_word_without_a_rating_of_the_five_is_refused(
    anna: Any, mine: Coupon, door: Any, rating: str
) -> None:
    answer = door(anna).post(f"{URL}{mine.pk}/rate/", {"rating": rating, "comment": "So?"})
    mine.refresh_from_db()
    assert (answer.status_code, mine.rating) == (200, None)
    assert 'class="errorlist"' in answer.content.decode()
    assert "So?" in answer.content.decode()


def test_what_is_put_away_stays_in_the_wallet(anna: Any, mine: Coupon, door: Any) -> None:
    client = door(anna)
    client.post(f"{URL}{mine.pk}/dismiss/")
    mine.refresh_from_db()
    assert mine.dismissed_ms is not None
    shown = page(client)
    assert "10 % off Shoes" in shown
    assert "Do not show it in the shop" not in shown


def test_her_data_hold_her_coupons(anna: Any, mine: Coupon, door: Any) -> None:
    [coupon] = door(anna).get("/profile/my-data/").json()["coupons"]
    assert (coupon["code"], coupon["state"], coupon["why"]) == (
        mine.code, "issued", "because you looked at Shoes",
    )  # fmt: skip


def test_a_full_wallet_stays_a_small_page(anna: Any, door: Any, now_ms: int) -> None:
    campaign = made.campaign(budget_minor=10**9, limit_per_shopper=200)
    for number in range(60):
        until = now_ms + DAY if number < 30 else made.NOW + 1
        made.issued(campaign, anna.shopper, expires_ms=until, most_live=99)
    Coupon.objects.update(comment="w" * 500, rating=3)
    assert len(door(anna).get(URL).content) < 100_000
