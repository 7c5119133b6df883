"""Whatever is done to coupons in whatever order: the books balance, nothing is used twice, no budget is passed."""

from dataclasses import dataclass, field
from typing import Any

import coupon_makers as made
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_events import DAY, NOW

from engine.policy.discounts import PricedLine
from service_provider.models import Campaign, Coupon, Redemption
from service_provider.queries import ledger_check
from service_provider.services import coupons
from service_provider.services.coupons import At, Issued, NotIssued, Refused

pytestmark = pytest.mark.django_db
calm = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HOUR = 3_600_000
places = st.integers(0, 5)
tills = st.sampled_from(["till 1", "till 2"])
baskets = st.integers(0, 9_000)
steps = st.one_of(
    st.tuples(st.just("issue"), st.integers(0, 3), st.integers(1, 40)),
    st.tuples(st.just("hold"), places, tills, baskets),
    st.tuples(st.just("redeem"), places, tills, baskets),
    st.tuples(st.just("reverse"), places, st.booleans()),
    st.tuples(st.just("revoke"), places),
    st.tuples(st.just("expire")),
    st.tuples(st.just("wait"), st.sampled_from([60_000, 5 * 60_000, 5 * HOUR, DAY])),
)
limits = st.fixed_dictionaries(
    {
        "budget_minor": st.sampled_from([499, 1_250, 2_000]),
        "overbooking_pct": st.sampled_from([100, 100, 150, 500]),
        "day_budget_minor": st.sampled_from([None, 1_000]),
        "limit_total": st.sampled_from([None, 3]),
        "limit_per_shopper": st.sampled_from([1, 2, 9]),
    }
)
FROM = {  # the states from which each verb may take a coupon
    "redeem": {"issued", "seen"},
    "reverse": {"redeemed"},
    "revoke": {"issued", "seen"},
    "expire": {"issued", "seen"},
}


@dataclass
class Walk:
    """A campaign to which things are done, one after the other."""

    campaign: Campaign
    now_ms: int = NOW
    issued: list[Issued] = field(default_factory=list)

    def do(self, verb: str, *given: Any) -> None:
        before = self.states()
        try:
            with transaction.atomic():
                getattr(self, verb)(*given)
        except (NotIssued, Refused):
            assert self.states() == before, "who is refused changes nothing"
        for pk, state in self.states().items():
            assert state == before.get(pk, state) or before[pk] in FROM[verb], (verb, before[pk], state)
        self.look()

    def states(self) -> dict[int, str]:
        return dict(Coupon.objects.values_list("pk", "state"))

    def look(self) -> None:
        books = ledger_check.check(self.campaign.pk)
        assert books.faults == ()
        assert Redemption.objects.filter(reversed_ms=None).count() == books.redeemed
        if self.campaign.overbooking_pct == 100:
            assert books.reserved_minor + books.spent_minor <= books.budget_minor

    def issue(self, shopper: int, hours: int) -> None:
        wanted = made.wanted(
            self.campaign, made.shopper(f"S{shopper}"), expires_ms=self.now_ms + hours * HOUR, most_live=9
        )
        self.issued.append(coupons.issue(wanted, by_label="a test", now_ms=self.now_ms))

    def hold(self, place: int, till: str, basket: int) -> None:
        if issued := self.at(place):
            coupons.hold(issued.code, _lines(basket), at=At(till, token=till), now_ms=self.now_ms)

    def redeem(self, place: int, till: str, basket: int) -> None:
        if issued := self.at(place):
            row, why = Coupon.objects.get(pk=issued.coupon_id), ""
            try:
                coupons.redeem(issued.code, _lines(basket), at=At(till, token=till), now_ms=self.now_ms)
            except Refused as refusal:
                why = refusal.reason
            live = row.state in FROM["redeem"] and self.now_ms < row.expires_ms
            free = row.held_until_ms <= self.now_ms or row.held_by == till
            assert not (live and free) or why in ("", "no_match"), "never for want of money"

    def reverse(self, place: int, restores: bool) -> None:
        if issued := self.at(place):
            for row in Redemption.objects.filter(coupon_id=issued.coupon_id).order_by("-pk")[:1]:
                coupons.reverse(row.pk, why="", restores=restores, by_label="a test", now_ms=self.now_ms)

    def revoke(self, place: int) -> None:
        if issued := self.at(place):
            coupons.revoke(issued.coupon_id, by_label="a test", now_ms=self.now_ms)

    def expire(self) -> None:
        while coupons.expire(by_label="a test", now_ms=self.now_ms):
            pass
        over = Coupon.objects.filter(expires_ms__lte=self.now_ms, held_until_ms__lte=self.now_ms)
        assert not over.filter(state__in=("issued", "seen")).exists()

    def wait(self, how_long: int) -> None:
        self.now_ms += how_long

    def at(self, place: int) -> Issued | None:
        return self.issued[place % len(self.issued)] if self.issued else None


def _lines(basket: int) -> tuple[PricedLine, ...]:
    return (PricedLine("P1", "Shoes", basket, 1),)


@given(limits, st.lists(steps, min_size=3, max_size=25))
@calm
def test_the_books_balance_after_every_step(limits: dict[str, Any], steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        walk = Walk(made.campaign(**limits))
        for verb, *given_ in [("issue", 0, 20), ("issue", 1, 30), *steps]:
            walk.do(verb, *given_)
        transaction.set_rollback(True)
