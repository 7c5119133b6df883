"""The Complete Journey (a grocer's households): purchases as events, campaigns, redemptions and coupons as tables."""

import re
from collections.abc import Generator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine.contracts import Progress
from service_provider.adapters.faults import Fault, FaultList, shown
from service_provider.adapters.mall_files.staging import staged
from service_provider.adapters.public_layouts import pieces, source, target

TRANSACTIONS = (
    "household_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp",
)  # fmt: skip
CAMPAIGN_COLUMNS = ("campaign_id", "shopper_id", "type", "start_date", "end_date")
REDEMPTION_COLUMNS = ("shopper_id", "coupon_id", "campaign_id", "redemption_date")
COUPON_COLUMNS = ("coupon_id", "product_id", "campaign_id")
CATEGORIES = ("product_category", "department")
FILES = ("events.csv", "campaigns.csv", "redemptions.csv", "coupons.csv")
STEP = 20_000
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})", re.ASCII)
Steps = Generator[Progress, None, None]


@dataclass(slots=True)
class Converted:
    """What was read and what became of it; `pieces.price_of` says what pieces and measure are."""

    rows: int = 0
    events: int = 0
    campaigns: int = 0
    redemptions: int = 0
    coupons: int = 0
    coupons_repeated: int = 0
    without_category: int = 0
    without_pieces: int = 0
    value_without_pieces: float = 0
    by_measure: int = 0
    rounded: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"value_without_pieces": round(self.value_without_pieces, 2)}


def convert(
    folder: Path, out: Path, *, zone: str = "UTC", category: str = "product_category"
) -> Generator[Progress, None, Converted]:
    """Writes FILES into the new folder `out`, all or none. BadFile, staging.Refused, OSError.

    The data say no zone: their times are taken as times in `zone`.
    """
    done, faults = Converted(), FaultList()
    with staged(out) as making:
        yield from _events(folder, making / FILES[0], done, faults, zone=ZoneInfo(zone), category=category)
        yield from _campaigns(folder, making / FILES[1], done, faults)
        yield from _redemptions(folder, making / FILES[2], done, faults)
        yield from _coupons(folder, making / FILES[3], done)
        faults.stop_if_any()
    return done


# ---- purchases --------------------------------------------------------------------------------------


def _events(
    folder: Path, out: Path, done: Converted, faults: FaultList, *, zone: ZoneInfo, category: str
) -> Steps:
    categories = _categories(folder, category)
    path = source.find(folder, "transactions", "transactions_sample")
    with source.opened(path, TRANSACTIONS) as table, target.opened(out, target.EVENT_COLUMNS) as write:
        for number, (household, basket, product, quantity, value, at) in table.rows:
            done.rows += 1
            sold, moment = pieces.price_of(quantity, value), _milliseconds(at, zone)
            if sold is None or moment is None or not household:
                _blame(faults, table.name, number, household, quantity, value, at)
            elif sold.quantity:
                name = categories.get(product, "")
                write((household, moment, "purchase", product, name, sold.price, sold.quantity, basket))
                _count(done, sold, name)
            else:
                done.without_pieces += 1
                done.value_without_pieces += float(sold.value)
            if done.rows % STEP == 0:
                yield Progress("Converting the purchases", *table.position())


def _categories(folder: Path, column: str) -> dict[str, str]:
    with source.opened(source.find(folder, "products"), ("product_id", column)) as table:
        return {product: name for _, (product, name) in table.rows}


def _blame(
    faults: FaultList, name: str, number: int, household: str, quantity: str, value: str, at: str
) -> None:
    """Says which cells of a row keep it from being an event."""
    if not household:
        faults.add(Fault(name, number, "household_id", "nothing", "the household's number"))
    if pieces.price_of(quantity, value) is None:
        found = f"{shown(quantity)} and {shown(value)}"
        faults.add(Fault(name, number, "quantity, sales_value", found, "two numbers of 0 or more"))
    if _milliseconds(at, UTC) is None:
        expected = "a moment as 2017-01-28 19:06:53"
        faults.add(Fault(name, number, "transaction_timestamp", shown(at), expected))


def _milliseconds(text: str, zone: tzinfo) -> int | None:
    """A clock's time in `zone`; of an hour that comes twice the first, of one that is left out the hour after."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    try:
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=zone)
    except ValueError:
        return None
    return round(local.timestamp()) * 1000


def _count(done: Converted, sold: pieces.Sold, category: str) -> None:
    done.events += 1
    done.without_category += not category
    done.by_measure += sold.by_measure
    done.rounded += sold.rounded


# ---- campaigns --------------------------------------------------------------------------------------


def _campaigns(folder: Path, out: Path, done: Converted, faults: FaultList) -> Steps:
    """One row for each household that a campaign reached."""
    columns = ("campaign_id", "campaign_type", "start_date", "end_date")
    campaigns = {}
    with source.opened(source.find(folder, "campaign_descriptions"), columns) as table:
        for number, cells in table.rows:
            campaigns[cells[0]] = cells[1:]
            _check_day(table.name, number, "start_date", cells[2], faults)
            _check_day(table.name, number, "end_date", cells[3], faults)
    path = source.find(folder, "campaigns")
    with (
        source.opened(path, ("campaign_id", "household_id")) as table,
        target.opened(out, CAMPAIGN_COLUMNS) as write,
    ):
        for number, (campaign, household) in table.rows:
            if campaign not in campaigns:
                expected = "a campaign of campaign_descriptions"
                faults.add(Fault(table.name, number, "campaign_id", shown(campaign), expected))
                continue
            write((campaign, household, *campaigns[campaign]))
            done.campaigns += 1
    yield Progress("Converting the campaigns", 1, 1)


def _redemptions(folder: Path, out: Path, done: Converted, faults: FaultList) -> Steps:
    columns = ("household_id", "coupon_upc", "campaign_id", "redemption_date")
    path = source.find(folder, "coupon_redemptions", "redemptions")
    with source.opened(path, columns) as table, target.opened(out, REDEMPTION_COLUMNS) as write:
        for number, cells in table.rows:
            _check_day(table.name, number, "redemption_date", cells[3], faults)
            write(cells)
            done.redemptions += 1
    yield Progress("Converting the redemptions", 1, 1)


def _coupons(folder: Path, out: Path, done: Converted) -> Steps:
    """Which products a coupon is for; the file says some of it twice."""
    columns = ("coupon_upc", "product_id", "campaign_id")
    seen: set[tuple[str, ...]] = set()
    with (
        source.opened(source.find(folder, "coupons"), columns) as table,
        target.opened(out, COUPON_COLUMNS) as write,
    ):
        for _, cells in table.rows:
            row = tuple(cells)
            if row in seen:
                done.coupons_repeated += 1
                continue
            seen.add(row)
            write(row)
            done.coupons += 1
    yield Progress("Converting the coupons", 1, 1)


def _check_day(name: str, number: int, column: str, text: str, faults: FaultList) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        faults.add(Fault(name, number, column, shown(text), "a date as 2017-03-03"))
