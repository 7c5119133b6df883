"""One coupon wanted by two at once, each on a connection of its own: one has it, and the books balance."""

from collections.abc import Callable
from typing import Any

import coupon_makers as made
import make
import pytest
from at_once import race
from shoe_basket import give, weigh
from shop_events import NOW

from service_provider.models import Campaign, Coupon, Order, Product, Redemption
from service_provider.queries import ledger_check
from service_provider.queries.access import actor_of
from service_provider.services import baskets, coupons, orders
from service_provider.services.coupons import At, Refused
from service_provider.services.orders import CouponNotUsed, Placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _shoes(transactional_db: None) -> Product:
    return make.product(stock=50, price_minor=8990)


def checkout(user: Any, number: int) -> Callable[[], Any]:
    """The basket as it is now with all that comes off, ready to be bought by a form of its own."""
    seen, who = weigh(user), actor_of(user)
    assert seen.coupon_ids
    return lambda: orders.place(
        token=f"{number:032x}", payment_method="Cash", agreed_minor=seen.total_minor,
        coupon_ids=seen.coupon_ids, by=who, now=make.NOON,
    )  # fmt: skip


def fill(user: Any) -> None:
    baskets.add(user.shopper.key, "P1", quantity=1, now=make.NOON)


def used_once(campaign: Campaign) -> None:
    assert Redemption.objects.filter(live_coupon__isnull=False).count() == 1
    assert set(Coupon.objects.values_list("state", flat=True)) == {"redeemed"}
    assert ledger_check.check(campaign.pk).faults == ()


def test_two_checkouts_of_one_basket_use_its_coupon_once() -> None:
    anna, campaign = make.user("anna"), made.campaign()
    fill(anna)
    give(anna, campaign)

    ended = race(*(checkout(anna, number) for number in range(4)))

    assert sorted(type(one).__name__ for one in ended) == ["EmptyBasket"] * 3 + ["Placed"], ended
    assert Order.objects.get().discount_minor == 500
    used_once(campaign)


def test_a_checkout_and_a_till_use_a_coupon_once() -> None:
    anna, campaign = make.user("anna"), made.campaign()
    fill(anna)
    code = give(anna, campaign).code

    def till() -> Any:
        return coupons.redeem(code, made.SHOES, at=At("a till"), now_ms=NOW)

    ended = race(checkout(anna, 1), till, till)

    won = [one for one in ended if isinstance(one, Placed | coupons.Redeemed)]
    lost = [one for one in ended if isinstance(one, Refused | CouponNotUsed)]
    assert (len(won), len(lost)) == (1, 2), ended
    assert Order.objects.count() == isinstance(won[0], Placed), "who lost the coupon has bought nothing"
    assert Product.objects.get().stock == 50 - isinstance(won[0], Placed)
    used_once(campaign)


def test_checkouts_of_many_at_one_campaign_do_not_wait_for_each_other() -> None:
    people, campaign = [make.user(f"shopper-{n}") for n in range(4)], made.campaign(budget_minor=2_000)
    for user in people:
        fill(user)
        give(user, campaign)

    ended = race(*(checkout(user, number) for number, user in enumerate(people)))

    assert all(isinstance(one, Placed) for one in ended), ended
    campaign.refresh_from_db()
    assert (campaign.spent_minor, campaign.reserved_minor) == (2_000, 0)
    assert ledger_check.check(campaign.pk).faults == ()


def test_cancelling_and_redeeming_again_meet_without_harm() -> None:
    anna, campaign = make.user("anna"), made.campaign()
    fill(anna)
    code, who = give(anna, campaign).code, actor_of(anna)
    key = checkout(anna, 1)().key

    ended = race(
        lambda: orders.cancel(key, by=who, now=make.NOON),
        lambda: orders.cancel(key, by=who, now=make.NOON),
        lambda: coupons.redeem(code, made.SHOES, at=At("a till"), now_ms=NOW),
    )

    assert not [one for one in ended if isinstance(one, Exception) and not _is_refusal(one)], ended
    assert ledger_check.check(campaign.pk).faults == ()
    assert Redemption.objects.filter(live_coupon__isnull=False).count() <= 1


def _is_refusal(one: Any) -> bool:
    return isinstance(one, Refused | orders.OrderRefused)
