"""The money of campaigns: each movement, and that one which does not find its money undoes everything."""

from datetime import date

import coupon_makers as made
import pytest
from django.db import transaction
from shop_events import NOW

from service_provider.models import Campaign, CampaignDay, Coupon, LedgerRow
from service_provider.queries import campaign_terms
from service_provider.services import budgets
from service_provider.services.budgets import BudgetRefused, LedgerBroken, Purse

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse() -> Purse:
    """Of a campaign with one live coupon: 500 are reserved."""
    coupon_id = made.issued(made.campaign(), made.shopper()).coupon_id
    return Purse(Coupon.objects.get().campaign_id, coupon_id, made.TODAY, "a test")


def sums() -> tuple[int, ...]:
    """Committed, reserved, spent, released."""
    row = Campaign.objects.get()
    assert row.committed_minor == row.reserved_minor + row.spent_minor + row.released_minor
    return row.committed_minor, row.reserved_minor, row.spent_minor, row.released_minor


@pytest.mark.parametrize(
    ("cost", "after", "kinds"),
    [
        (500, (500, 0, 500, 0), ["commit", "spend"]),
        (499, (500, 0, 499, 1), ["commit", "spend", "release"]),
        (0, (500, 0, 0, 500), ["commit", "spend", "release"]),
    ],
)
def test_spending(purse: Purse, cost: int, after: tuple[int, ...], kinds: list[str]) -> None:
    budgets.spend(purse, reserved_minor=500, cost_minor=cost, now_ms=NOW)

    assert sums() == after
    assert list(LedgerRow.objects.order_by("pk").values_list("kind", flat=True)) == kinds


def test_releasing_and_reversing(purse: Purse) -> None:
    budgets.spend(purse, reserved_minor=500, cost_minor=300, now_ms=NOW)
    budgets.reverse(purse, cost_minor=300, now_ms=NOW)

    assert sums() == (500, 0, 0, 500)
    assert CampaignDay.objects.values_list("reserved_minor", "spent_minor").get() == (0, 0)


@pytest.mark.parametrize(
    "move",
    [
        lambda purse: budgets.spend(purse, reserved_minor=501, cost_minor=1, now_ms=NOW),
        lambda purse: budgets.release(purse, reserved_minor=501, now_ms=NOW),
        lambda purse: budgets.reverse(purse, cost_minor=1, now_ms=NOW),
        lambda purse: budgets.reverse(purse, cost_minor=0, now_ms=NOW),
    ],
    ids=["spend", "release", "reverse", "reverse nothing"],
)
def test_money_that_is_not_there_is_a_defect_and_moves_nothing(purse: Purse, move: object) -> None:
    before = sums(), LedgerRow.objects.count()

    with pytest.raises(LedgerBroken), transaction.atomic():
        move(purse)  # type: ignore[operator]

    assert (sums(), LedgerRow.objects.count()) == before


def test_a_day_that_does_not_hold_what_is_moved_is_a_defect(purse: Purse) -> None:
    CampaignDay.objects.update(reserved_minor=499)

    with pytest.raises(LedgerBroken, match="The day"), transaction.atomic():
        budgets.release(purse, reserved_minor=500, now_ms=NOW)

    assert sums() == (500, 500, 0, 0)


def test_a_refused_day_leaves_the_campaign_as_it_was() -> None:
    campaign = made.campaign(day_budget_minor=499)

    with pytest.raises(BudgetRefused) as caught, transaction.atomic():
        budgets.set_aside(campaign.pk, cap_minor=500, day=made.TODAY, now_ms=NOW)

    assert (caught.value.reason, sums()) == ("day_budget", (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 28), "Europe/Berlin", 24),
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 6, 1), "UTC", 24),
        (date(2026, 4, 4), "America/Santiago", 25),  # midnight comes back
        (date(2026, 9, 5), "America/Santiago", 24),
        (date(2026, 9, 6), "America/Santiago", 23),  # it begins at one o'clock
        (date(2026, 4, 4), "Australia/Lord_Howe", 24),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2026, 6, 1), "Asia/Kathmandu", 24),
    ],
    ids=lambda value: str(value).replace("/", " "),
)
def test_a_day_ends_with_its_last_second_also_when_clocks_change(day: date, zone: str, hours: float) -> None:
    end = campaign_terms.end_of(day, zone)

    assert campaign_terms.today(zone, now_ms=end - 1) == day
    assert campaign_terms.today(zone, now_ms=end) == date.fromordinal(day.toordinal() + 1)
    assert end - campaign_terms.end_of(date.fromordinal(day.toordinal() - 1), zone) == hours * 3_600_000
