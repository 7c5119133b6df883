"""The provider makes a till; its phone redeems a coupon, refuses it the second time, and takes the redemption back."""

from typing import Any

import coupon_makers
import make
from django.utils import timezone
from shop_events import DAY

from service_provider.models import Coupon, Shopper


def a_coupon() -> str:
    ends = int(timezone.now().timestamp() * 1000) + DAY
    anna = Shopper.objects.create(key="anna", created_at=make.NOON)
    return coupon_makers.issued(coupon_makers.campaign(), anna, expires_ms=ends).code


def test_a_cashier_redeems_a_coupon(visitor: Any) -> None:
    make.product()
    make.user("petra", role="provider")
    code = a_coupon()

    visitor.go("/provider/login/")
    visitor.fill(login="petra", password=make.PASSWORD)
    visitor.press("Log in")
    visitor.go("/provider/tills/")
    visitor.look("no till yet")
    visitor.follow("Make the first till")
    visitor.fill(name="shoes, ground floor", mall="Kanyon")
    visitor.look("a new till")
    visitor.press("Make the till")
    visitor.look("the link")
    link = visitor.page.get_by_label("Link for the phone in Kanyon").input_value()

    visitor.page.goto(link)
    visitor.look("pair this phone")
    visitor.press("Pair this phone")
    visitor.look("an empty sale")
    visitor.fill(**{"code": code, "lines-0-category": "Shoes", "lines-0-amount": "40.00"})
    visitor.press("See what comes off")
    visitor.look("what comes off")
    assert visitor.reads("Nothing is used yet")
    visitor.press("Redeem it")
    visitor.look("redeemed")
    assert Coupon.objects.get().state == "redeemed"

    visitor.follow("Next coupon")
    visitor.fill(**{"code": code, "lines-0-category": "Shoes", "lines-0-amount": "40.00"})
    visitor.press("See what comes off")
    visitor.look("the second time")
    assert visitor.reads("This coupon has been used already.")
    assert visitor.reads("The coupon was redeemed before.")

    visitor.page.locator(".redeemed a").first.click()
    visitor.follow("Take it back")
    visitor.fill(why="Goods returned")
    visitor.look("take it back")
    visitor.press("Take it back")
    visitor.look("taken back")
    assert Coupon.objects.get().state == "seen"
    visitor.go("/provider/tills/")
    visitor.look("tills")
    visitor.follow("Revoke shoes, ground floor")
    visitor.look("revoke")
    visitor.fill(reason="The counter is closed.")
    visitor.press("Revoke the till")
    visitor.go("/till/")
    assert visitor.reads("This phone is no till")
    visitor.look("a revoked phone")
