"""The mall's own settings, and how money and time are shown in it."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from babel.numbers import format_currency, get_currency_name, get_currency_precision

from service_provider.adapters.ledger.prepared import Question
from service_provider.models import Mall


@dataclass(frozen=True, slots=True)
class MallSettings:
    name: str = "Our Mall"
    currency: str = "EUR"
    zone: str = "Europe/Berlin"
    low_ratio_threshold: float = 0.3
    min_group_size: int = 30
    model_stale_days: int = 30
    keep_events_days: int = 400
    holdout_bp: int = 500  # so many of 10,000 shoppers never get a coupon

    @property
    def minor_digits(self) -> int:
        return get_currency_precision(self.currency)

    def money(self, minor: float, *, finer: int = 0) -> str:
        """An amount of the smallest unit, written out: 150040 is "EUR 1,500.40" in the mall's currency.

        `finer` asks for so many more decimals than the currency has: a mean may be a part of a cent.
        """
        amount = Decimal(minor).scaleb(-self.minor_digits)
        if not finer:
            return _apart(format_currency(amount, self.currency, locale="en_GB"))
        pattern = f"¤#,##0.{'0' * (self.minor_digits + finer)}"
        return _apart(format_currency(amount, self.currency, pattern, locale="en_GB", currency_digits=False))

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))


def _apart(amount: str) -> str:
    """A currency that is written as letters stands apart from its number, as browsers write it too."""
    return re.sub(r"(?<=[A-Z])(?=\d)", "\N{NO-BREAK SPACE}", amount)


def get_settings() -> MallSettings:
    """What the provider has set, or the defaults. One query."""
    return next((MallSettings(*row) for row in _SETTINGS.ask()), MallSettings())


_SETTINGS = Question(lambda: Mall.objects.filter(pk=1).values_list(*MallSettings.__dataclass_fields__))


def list_currencies() -> tuple[tuple[str, str], ...]:
    """The currencies in use somewhere today: code and name, by name."""
    histories = get_global("territory_currencies").values()
    in_use = {
        code for history in histories for code, _, until, is_tender in history if is_tender and not until
    }
    named = ((code, get_currency_name(code, locale="en_GB")) for code in in_use)
    return tuple(sorted(named, key=lambda pair: pair[1]))


def list_zones() -> tuple[str, ...]:
    """The zones that are called after a place, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return (*sorted(places), "UTC")
