"""Coupons whose time is over end by themselves, and their campaigns get the money back within minutes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import coupon_makers as made
import make
import pytest
from shop_events import DAY, NOW

from engine.contracts import Progress
from service_provider.jobs import kinds
from service_provider.jobs.coupons import expiry
from service_provider.jobs.worker import Worker
from service_provider.models import Campaign, Coupon, Job, LedgerRow
from service_provider.services import coupons
from service_provider.services.budgets import LedgerBroken
from service_provider.services.coupons import ending

pytestmark = pytest.mark.django_db
LATER = make.NOON + timedelta(days=1)


@pytest.fixture
def campaign(monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """Five coupons end in a day, one in two; two are ended at once."""
    monkeypatch.setattr(ending, "AT_ONCE", 2)
    campaign = made.campaign(budget_minor=9_000, limit_per_shopper=9)
    for number in range(6):
        until = NOW + (2 * DAY if number == 5 else DAY)
        made.issued(campaign, made.shopper(f"S{number}"), expires_ms=until)
    return campaign


def money(campaign: Campaign) -> tuple[int, int]:
    campaign.refresh_from_db()
    return campaign.reserved_minor, campaign.released_minor


def test_a_sweep_ends_what_is_over_and_gives_it_back(campaign: Campaign) -> None:
    assert expiry.sweep(LATER - timedelta(milliseconds=1)) == 0
    assert expiry.sweep(LATER) == 5
    assert (money(campaign), Coupon.objects.filter(state="expired").count()) == ((500, 2_500), 5)
    assert expiry.sweep(LATER) == 0
    assert LedgerRow.objects.filter(kind="release", by_label="expiry").count() == 5


def test_one_sweep_does_not_keep_the_worker_for_long(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "MOST_ROUNDS", 2)
    assert [expiry.sweep(LATER) for _ in range(3)] == [4, 1, 0]


def test_a_coupon_that_a_till_holds_is_left_to_it(campaign: Campaign) -> None:
    coupon = Coupon.objects.order_by("pk").first()
    last_minute = NOW + DAY - 1
    coupons.hold(coupon.code, made.SHOES, at=coupons.At("a till", token="t"), now_ms=last_minute)
    assert expiry.sweep(LATER) == 4
    assert expiry.sweep(LATER + timedelta(minutes=5)) == 1


def test_the_job_ends_all_of_them(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "sweep", lambda now: 0)  # the worker's own look comes first
    make.job("expire_coupons", due_at=LATER)
    assert Worker("first", now=lambda: LATER, clock=lambda: 0.0).run_due() == 1
    assert Job.objects.get().result == {"coupons": 5}
    assert money(campaign) == (500, 2_500)


def test_the_worker_looks_every_minute_also_during_a_long_job(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[float] = []
    seconds = [0.0]
    monkeypatch.setattr(expiry, "sweep", lambda now: looked.append(seconds[0]) or 0)

    def long_job(job: Any, *, checkpoint: Any, now: Any, clock: Any) -> Iterator[Progress]:
        for done in range(13):
            yield Progress("Working", done, 13)
            seconds[0] += 10.0
        return dict

    monkeypatch.setitem(kinds.KINDS, "slow", long_job)
    make.job("slow")
    Worker("first", now=lambda: make.NOON, clock=lambda: seconds[0]).run_due()
    assert looked == [0.0, 60.0, 120.0]


def test_a_broken_ledger_is_logged_and_does_not_end_the_worker(
    campaign: Campaign, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**given: Any) -> int:
        raise LedgerBroken("Campaign 1 does not hold what coupon 1 moves.")

    monkeypatch.setattr(coupons, "expire", broken)
    assert expiry.sweep(LATER) == 0
    assert "coupons could not be ended" in caplog.text
