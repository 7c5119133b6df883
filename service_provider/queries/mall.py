"""The mall's own settings, and how money and time are shown in it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, get_currency_precision

from service_provider.models import Mall


@dataclass(frozen=True, slots=True)
class MallSettings:
    name: str = "Our Mall"
    currency: str = "EUR"
    zone: str = "Europe/Berlin"
    low_ratio_threshold: float = 0.3
    min_group_size: int = 30
    model_stale_days: int = 30

    @property
    def minor_digits(self) -> int:
        return get_currency_precision(self.currency)

    def money(self, minor: int) -> str:
        """An amount of the smallest unit, written out: 150040 is "EUR 1,500.40" in the mall's currency."""
        return format_currency(Decimal(minor).scaleb(-self.minor_digits), self.currency, locale="en_GB")

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))


def get_settings() -> MallSettings:
    """What the provider has set, or the defaults. One query."""
    fields = MallSettings.__dataclass_fields__
    row = Mall.objects.filter(pk=1).values(*fields).first()
    return MallSettings(**row) if row else MallSettings()
