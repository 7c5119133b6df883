"""Events of the REES46 shops (one CSV a month) in our event layout, row by row."""

import re
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.contracts import Progress
from service_provider.adapters.faults import BadFile, Fault, FaultList, shown
from service_provider.adapters.public_layouts import source, target

COLUMNS = (
    "event_time", "event_type", "product_id", "category_id", "category_code", "price", "user_id",
    "user_session",
)  # fmt: skip
KINDS = {
    "view": "product_view",
    "cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "purchase": "purchase",
}
CATEGORIES = ("code", "top", "id")
MOMENT = "a moment with its zone, as 2019-10-01 00:00:00 UTC"
STEP = 20_000
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)? UTC", re.ASCII)
_PRICE = re.compile(r"([0-9]{1,15}(\.[0-9]{1,15})?)?", re.ASCII)


@dataclass(slots=True)
class Converted:
    """`kinds`: events written, by kind; `unknown`: rows left out, by their event_type, the first twenty of them."""

    rows: int = 0
    events: int = 0
    skipped: int = 0
    without_category: int = 0
    without_visit: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def convert(path: Path, out: Path, *, category: str = "code") -> Generator[Progress, None, Converted]:
    """Writes the file's events to `out` and returns what was counted. BadFile, target.Refused, OSError.

    `category` is "code" (the whole category_code), "top" (its first part) or "id" (category_id).
    """
    done, faults = Converted(), FaultList()
    with source.opened(path, COLUMNS) as table, target.opened(out, target.EVENT_COLUMNS) as write:
        for number, cells in table.rows:
            done.rows += 1
            event = _event(table.name, number, cells, faults, category)
            if event is None:
                _leave_out(done, cells[1])
            elif not faults.kept:  # of a bad file nothing is kept, but its other faults are looked for
                write(event)
                _count(done, event)
            if done.rows % STEP == 0:
                yield Progress("Converting the events", *table.position())
        faults.stop_if_any()
        if not done.events:
            expected = f"at least one event of the types {', '.join(KINDS)}"
            raise BadFile.because(table.name, f"{done.rows:,} rows and no event", expected)
    return done


def _event(
    name: str, number: int, cells: list[str], faults: FaultList, category: str
) -> tuple[Any, ...] | None:
    """The cells of our row, None where the event's type is none of ours."""
    at, event_type, product, category_id, code, price, shopper, visit = cells
    kind = KINDS.get(event_type)
    if kind is None:
        return None
    moment = _milliseconds(at)
    if moment is None:
        faults.add(Fault(name, number, "event_time", shown(at), MOMENT))
    if not shopper:
        faults.add(Fault(name, number, "user_id", "nothing", "the shopper's number"))
    if not _PRICE.fullmatch(price):
        faults.add(Fault(name, number, "price", shown(price), "an amount of 0 or more, such as 35.79"))
    if category == "id":
        code = category_id
    elif category == "top":
        code = code.partition(".")[0]
    return shopper, moment, kind, product, code, price, "", visit


@lru_cache(maxsize=4096)
def _milliseconds(text: str) -> int | None:
    """Milliseconds since 1970; files are in the order of time, so that most moments came just before."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    try:
        return round(datetime.fromisoformat(f"{found[1]}+00:00").timestamp()) * 1000
    except ValueError:
        return None


def _count(done: Converted, event: tuple[Any, ...]) -> None:
    done.events += 1
    done.kinds[event[2]] = done.kinds.get(event[2], 0) + 1
    done.without_category += not event[4]
    done.without_visit += not event[7]


def _leave_out(done: Converted, event_type: str) -> None:
    done.skipped += 1
    name = event_type[:60]
    if name in done.unknown or len(done.unknown) < 20:
        done.unknown[name] = done.unknown.get(name, 0) + 1
