"""A visitor hesitates, is offered a coupon, reads why, logs in and puts it to use; another puts hers away."""

import time
from collections.abc import Callable
from typing import Any

import coupon_makers as made
import make
import pytest
from django.utils import timezone
from shop_events import DAY

from service_provider.models import Campaign, Consent, Coupon, Order
from service_provider.queries.orders import milliseconds
from service_provider.services import offers, robots

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A campaign of today that offers to everybody who comes to a decision point, and shoes to look at.

    A decision may take its time here: how fast the machine is must not tell whether she gets a coupon. And a browser
    without a window calls itself a robot, which gets none.
    """
    monkeypatch.setattr(robots, "is_robot", lambda agent: False)
    monkeypatch.setattr(offers, "DEADLINE_S", 60.0)
    made.nobody_held_out()
    for number in range(1, 5):
        make.product(f"P{number}", title=f"Trail shoe {number}", price_minor=8990)
    now_ms = milliseconds(timezone.now())
    return made.campaign(ends_ms=now_ms + 30 * DAY, valid_days=3)


def until(is_so: Callable[[], bool], visitor: Any) -> None:
    """Lets the browser work until it is so, or a quarter of a minute has passed."""
    end = time.monotonic() + 15
    while not is_so() and time.monotonic() < end:
        visitor.page.wait_for_timeout(50)
    assert is_so()


def card(visitor: Any) -> Any:
    return visitor.page.get_by_role("region", name="A coupon for you")


def hesitate(visitor: Any) -> None:
    """Says yes and looks at one pair of shoes after the other, until a coupon is offered."""
    visitor.go("/")
    visitor.page.get_by_role("button", name="Yes", exact=True).click()
    visitor.page.get_by_role("heading", name="May we remember").wait_for(state="detached")
    for number in (1, 2, 3, 4, 1, 2, 3, 4):
        visitor.go(f"/shop/p/P{number}/")
        visitor.page.wait_for_timeout(1500)  # she looks at it
        if card(visitor).count():
            return
    card(visitor).wait_for()


def test_a_hesitating_visitor_gets_a_coupon_sees_why_and_uses_it(
    visitor: Any, running: Campaign, anna: Any
) -> None:
    hesitate(visitor)
    assert "10 % off Shoes, at most €5.00" in card(visitor).inner_text()
    assert "You got it because you looked at Shoes" in card(visitor).inner_text()
    visitor.look("offer")
    until(lambda: Coupon.objects.get().state == "seen", visitor)
    visitor.go("/shop/p/P3/")
    reminder = visitor.page.get_by_role("complementary", name="Your coupon")
    assert "10 % off Shoes, at most €5.00" in reminder.inner_text()
    assert card(visitor).count() == 0
    visitor.look("the next page")
    visitor.go("/shop/c/shoes/")
    visitor.look("a category with a coupon")
    reminder.get_by_role("link").click()
    visitor.page.wait_for_url("**/wallet/**")
    assert visitor.reads("Log in and confirm your e-mail to use them")
    visitor.look("wallet of a visitor")
    visitor.go("/shop/p/P1/")
    visitor.press("Add to basket")
    visitor.page.wait_for_url("**/basket/")
    assert visitor.reads("Log in and confirm your e-mail to use it: it takes €5.00 off this basket.")
    visitor.look("basket of a visitor")
    visitor.follow("Check out")
    visitor.fill(login="anna", password=make.PASSWORD)
    visitor.press("Log in")
    visitor.page.wait_for_url("**/checkout/")
    assert visitor.reads("€84.90")
    visitor.look("checkout with a coupon")
    visitor.go("/basket/")
    visitor.look("basket with a coupon")
    visitor.page.get_by_role("button", name="Leave it out").click()
    assert visitor.reads("You left it out; it stays in your wallet.")
    visitor.page.get_by_role("button", name="Use it").click()
    visitor.follow("Check out")
    visitor.page.get_by_label("Debit Card").check()
    visitor.press("Place the order")
    assert visitor.reads("Your order is placed")
    assert visitor.reads("€84.90")
    visitor.look("order with a coupon")
    order, coupon = Order.objects.get(), Coupon.objects.get()
    assert (order.shopper_id, order.discount_minor, order.total_minor) == (anna.shopper_id, 500, 8490)
    assert (coupon.shopper_id, coupon.state) == (anna.shopper_id, "redeemed")
    visitor.go("/wallet/")
    assert visitor.reads("Saved €5.00")
    visitor.page.get_by_text("What do you think of it?").click()
    visitor.fill(rating="5", comment="Came just in time.")
    visitor.press("Send a word on 10 % off Shoes, at most €5.00")
    assert visitor.reads("You said: Just right")
    visitor.look("wallet, used")


def test_an_offer_is_put_away_by_the_keyboard_and_stays_away(visitor: Any, running: Campaign) -> None:
    hesitate(visitor)
    card(visitor).get_by_role("button", name="Not now").focus()
    visitor.page.keyboard.press("Escape")
    card(visitor).wait_for(state="detached")
    assert visitor.page.evaluate("document.activeElement.id") == "main"
    until(lambda: Coupon.objects.get().dismissed_ms is not None, visitor)
    with visitor.page.expect_response("**/capture/offer") as asked:
        visitor.go("/shop/p/P2/")
    assert asked.value.json() == {"offer": None}
    visitor.look("after it was put away")
    assert card(visitor).count() == 0
    visitor.go("/wallet/")
    assert visitor.reads("10 % off Shoes, at most €5.00")


def test_a_reminder_is_put_away_where_it_stands(visitor: Any, running: Campaign) -> None:
    hesitate(visitor)
    until(lambda: Coupon.objects.get().state == "seen", visitor)
    visitor.go("/shop/p/P2/")
    visitor.page.get_by_role("button", name="Not now").click()
    assert visitor.reads("It is not shown again; it stays under Coupons.")
    assert visitor.page.url.endswith("/shop/p/P2/")
    assert visitor.page.get_by_role("complementary", name="Your coupon").count() == 0
    visitor.look("put away")


def test_an_offer_that_she_left_at_once_comes_with_the_next_page(
    visitor: Any, running: Campaign, anna: Any
) -> None:
    made.issued(running, anna.shopper, expires_ms=milliseconds(timezone.now()) + DAY)

    Consent.objects.create(user=anna, purpose="analytics", granted=True, at=make.NOON)
    visitor.go("/account/login/?next=/shop/p/P1/")
    visitor.fill(login="anna", password=make.PASSWORD)
    visitor.press("Log in")
    for number in (1, 2):
        visitor.go(f"/shop/p/P{number}/")
        card(visitor).wait_for()
    visitor.go("/")
    assert visitor.reads("Your coupons")
    until(lambda: Coupon.objects.get().state == "seen", visitor)
    assert card(visitor).count() == 0
    visitor.look("home with a coupon")
