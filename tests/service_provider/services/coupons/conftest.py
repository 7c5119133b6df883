"""A campaign with money for two coupons, one of them given out; and the books, looked at afterwards."""

from typing import Any

import coupon_makers as made
import pytest

from service_provider.models import Campaign
from service_provider.queries import ledger_check
from service_provider.services.coupons import Issued


@pytest.fixture
def campaign(db: None) -> Campaign:
    return made.campaign(budget_minor=1_000)


@pytest.fixture
def coupon(campaign: Campaign) -> Issued:
    return made.issued(campaign, made.shopper())


@pytest.fixture
def the_books_balance() -> Any:
    yield
    assert [ledger_check.check(pk).faults for pk in Campaign.objects.values_list("pk", flat=True)] == [
        () for _ in Campaign.objects.all()
    ]
