from dataclasses import replace
from typing import Any

import make
import pytest

from service_provider.models import AuditEntry, Mall
from service_provider.queries.access import Actor
from service_provider.queries.mall import MallSettings, get_settings
from service_provider.services import mall

PETRA = Actor(label="petra", role="provider")


def update(wanted: MallSettings) -> tuple[str, ...]:
    return mall.update(wanted, by=PETRA, now=make.NOON)


def test_settings_are_kept_and_audited_with_what_stood_before(db: None) -> None:
    assert update(replace(MallSettings(), name="Zorlu", min_group_size=5)) == ("name", "min_group_size")
    assert get_settings().name == "Zorlu"
    assert Mall.objects.get().changed_at == make.NOON
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_label) == ("change_settings", "petra")
    assert entry.detail == {
        "name": {"before": "Our Mall", "after": "Zorlu"},
        "min_group_size": {"before": 30, "after": 5},
    }


def test_the_same_settings_again_leave_no_trace(db: None) -> None:
    assert update(MallSettings()) == ()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(("currency", "is_allowed"), [("USD", True), ("JPY", False), ("KWD", False)])
def test_the_decimals_of_the_currency_are_fixed_once_prices_are_stored(
    db: None, currency: str, is_allowed: bool
) -> None:
    make.prediction(make.model_version(1, live=True))
    wanted = replace(MallSettings(), currency=currency)
    if is_allowed:
        assert update(wanted) == ("currency",)
        return
    with pytest.raises(mall.CurrencyFixed, match="EUR, which has 2 decimals"):
        update(wanted)
    assert get_settings().currency == "EUR"
    assert not AuditEntry.objects.exists()


def test_the_price_of_a_product_counts(db: None) -> None:
    make.product()
    with pytest.raises(mall.CurrencyFixed):
        update(replace(MallSettings(), currency="JPY"))


def test_any_currency_may_be_chosen_before_there_are_prices(db: None) -> None:
    assert update(replace(MallSettings(), currency="JPY")) == ("currency",)


def test_a_price_that_was_typed_in_counts(db: None, petra: Any) -> None:
    make.data_set().entries.create(**make.FIELDS, tid="L1", label=1, created_at=make.NOON)
    with pytest.raises(mall.CurrencyFixed):
        update(replace(MallSettings(), currency="JPY"))


@pytest.mark.parametrize(
    ("currency", "written"),
    [
        ("EUR", "€1,234.50"),
        ("TRY", "TRY\N{NO-BREAK SPACE}1,234.50"),
        ("JPY", "JP¥123,450"),
        ("CHF", "CHF\N{NO-BREAK SPACE}1,234.50"),
    ],
)
def test_a_currency_written_as_letters_stands_apart_from_its_number(currency: str, written: str) -> None:
    assert MallSettings(currency=currency).money(123450) == written
    assert MallSettings(currency=currency).money(-123450) == f"-{written}"
