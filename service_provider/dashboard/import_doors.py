"""The doors for files: what each of them takes, a small example of it, and what became of an import in words."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service_provider.dashboard import tables, wording
from service_provider.queries.jobs import JobRow
from service_provider.services import imports

UNTOUCHED = "Nothing was changed."
# What other work leaves behind that did not come to its end.
STAYS = {
    "retention": "What was added up and removed until then stays so; the next removal goes on with the rest.",
    "expire_coupons": "What has ended stays so; the worker ends the rest within minutes.",
    "clear_sessions": "What was swept out is gone; the next time takes the rest.",
}
COUNTS = {
    "retention": {
        "visits": ("old visit", "old visits"),
        "events": ("event added up and removed", "events added up and removed"),
        "robots": ("event of a robot removed", "events of robots removed"),
        "keep_events_days": ("day for which events are kept", "days for which events are kept"),
    },
    "expire_coupons": {"coupons": ("coupon that ended", "coupons that ended")},
    "clear_sessions": {"sessions": ("session that had ended", "sessions that had ended")},
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a layout. `example`: its cells, one a row; prices as whole numbers of the smallest unit."""

    name: str
    meaning: str
    example: tuple[str | int, ...]
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Door:
    """`name` stands in addresses, `kind` is that of the job; `counts` tell an import's result."""

    name: str
    kind: str
    title: str
    takes: str
    accept: str
    why: str
    rules: str
    fields: tuple[Field, ...]
    counts: Mapping[str, tuple[str, str]]  # key of the result -> words for one, words for several
    if_stopped: str = UNTOUCHED

    @property
    def layout(self) -> tables.Table:
        rows = [[f.name, f.meaning if f.is_needed else f"optional: {f.meaning}"] for f in self.fields]
        return tables.table(f"Columns of a file of {self.name}", ("Column", "What it holds"), rows)

    def example(self, *, digits: int) -> str:
        """A file that this door takes, its prices in a currency of so many decimals."""
        out = io.StringIO()
        lines = csv.writer(out)
        lines.writerow(f.name for f in self.fields)
        lines.writerows(
            [_written(cell, digits) for cell in row]
            for row in zip(*(f.example for f in self.fields), strict=True)
        )
        return out.getvalue()


def _written(cell: str | int, digits: int) -> str:
    """A price of so many hundredths, in the decimals of the currency."""
    return cell if isinstance(cell, str) else f"{(Decimal(cell) / 100):.{digits}f}"


TRANSACTIONS = Door(
    name="transactions",
    kind=imports.TRANSACTIONS,
    title="Transactions",
    takes="CSV (.gz, .xz) or XLSX",
    accept=".csv,.gz,.xz,.xlsx",
    why="Sales that happened. A prediction with the same Tid learns from them what came true.",
    rules="A Tid that is known already is left as it is.",
    fields=(
        Field("Tid", "number of the line; each once", ("T1001", "T1002", "T1003")),
        Field("coupon_no", "number of the coupon, where one was used", ("C77", "", ""), is_needed=False),
        Field("customer_id", "who bought, without a name", ("K1", "K2", "K1")),
        Field("gender", "Female, Male or Other", ("Female", "Male", "Female")),
        Field("age", "a whole number", ("34", "52", "34")),
        Field("category", "what was bought", ("Shoes", "Toys", "Clothing")),
        Field("quantity", "how many pieces", ("1", "2", "3")),
        Field("price", "the line's total, with a point", (8990, 5000, 4497)),
        Field("payment_method", "for instance Cash", ("Cash", "Credit Card", "Cash")),
        Field("invoice_date", "day first (31-12-2026) or 2026-12-31", ("18-05-2026", "18-05-2026", "19-05-2026")),
        Field("shopping_mall", "where it was bought", ("Kanyon", "Zorlu Center", "Kanyon")),
        Field("Label", "what came true: 0 Low, 1 High", ("1", "0", "1"), is_needed=False),
    ),
    counts={
        "added": ("new", "new"),
        "known": ("known already", "known already"),
        "outcomes": ("prediction learned what came true", "predictions learned what came true"),
        "conflicts": ("with another label; the first stays", "with another label; the first stays"),
        "skipped": ("bad row left out", "bad rows left out"),
    },
)  # fmt: skip

EVENTS = Door(
    name="events",
    kind=imports.EVENTS,
    title="Events",
    takes="CSV (.gz, .xz) or Parquet",
    accept=".csv,.gz,.xz,.parquet",
    why="What shoppers looked at, put into the cart and bought. Visits, risks and policies are learnt from it.",
    rules=(
        "Kinds that the mall does not know are counted and left out; an empty cell means unknown. "
        "The same file again adds nothing."
    ),
    fields=(
        Field("shopper_id", "who it was, without a name", ("S1",) * 4),
        Field(
            "occurred_at",
            "when, with its zone (2026-05-20T09:15:00Z), or milliseconds since 1970",
            ("2026-05-20T09:15:00Z", "2026-05-20T09:15:40Z", "2026-05-20T09:17:05Z", "2026-05-20T09:21:30Z"),
        ),
        Field(
            "kind",
            "page_view, category_view, product_view, search, add_to_cart, remove_from_cart, cart_view, checkout, "
            "purchase, idle or exit_intent",
            ("category_view", "product_view", "add_to_cart", "purchase"),
        ),
        Field("product_id", "which product", ("", "P1", "P1", "P1")),
        Field("category", "which category", ("Shoes",) * 4),
        Field("price", "of one piece, with a point", ("", 8990, 8990, 8990)),
        Field("quantity", "how many pieces", ("", "", "1", "1")),
        Field(
            "visit_id",
            "which visit; without it a visit ends after 30 minutes of silence",
            ("V1",) * 4,
            is_needed=False,
        ),
    ),
    counts={
        "added": ("new event", "new events"),
        "known": ("known already", "known already"),
        "shoppers": ("new shopper", "new shoppers"),
        "visits": ("new visit", "new visits"),
        "orders": ("new order", "new orders"),
        "unpriced": ("purchase without a price, so without an order", "purchases without a price, so without orders"),
        "removed": (
            "left out: its visit was added up and removed before",
            "left out: their visits were added up and removed before",
        ),
        "old": (
            "older than the mall keeps events: the next daily removal takes it",
            "older than the mall keeps events (see its settings): the next daily removal takes them",
        ),
        "skipped": ("bad row left out", "bad rows left out"),
        "unknown_kinds": ("", "of unknown kinds, left out"),
        "unknown_columns": ("", "columns that are not used"),
    },
    if_stopped="What was stored before that stays. Import the same file again: it goes on where this one ended.",
)  # fmt: skip

CATALOGUE = Door(
    name="catalogue",
    kind=imports.CATALOGUE,
    title="Catalogue",
    takes="CSV (.gz, .xz)",
    accept=".csv,.gz,.xz",
    why="What the mall sells and what is left of each price: what a coupon may cost is reckoned from it.",
    rules="A product that is known already takes what the file says; one that the file does not name stays as it is.",
    fields=(
        Field("product_id", "number of the product; each once", ("P1", "P2", "P3")),
        Field("title", "what shoppers read", ("Trail shoe", "Wooden train", "Rain coat")),
        Field("category", "where it belongs", ("Shoes", "Toys", "Clothing")),
        Field("mall", "where it is sold; empty where everywhere", ("Kanyon", "Zorlu Center", "")),
        Field("price", "of one piece, with a point", (8990, 2500, 6450)),
        Field("margin", "what is left of the price after the cost: 0.35 is 35 %", ("0.35", "0.4250", "0.2")),
        Field("stock", "pieces in stock", ("12", "40", "0")),
        Field("active", "1 on sale, 0 not", ("1", "1", "0")),
    ),
    counts={
        "added": ("new product", "new products"),
        "changed": ("changed", "changed"),
        "known": ("already as the file says", "already as the file says"),
        "skipped": ("bad row left out", "bad rows left out"),
        "unknown_columns": ("", "columns that are not used"),
    },
)  # fmt: skip

DOORS = (TRANSACTIONS, EVENTS, CATALOGUE)
KINDS = tuple(door.kind for door in DOORS)


def find(name: str) -> Door | None:
    return next((door for door in DOORS if name == door.name), None)


def find_of_job(job: JobRow) -> Door | None:
    return next((door for door in DOORS if job.kind == door.kind), None)


def find_stays(job: JobRow) -> str:
    """What a job that did not come to its end has left behind; a file that was refused leaves nothing."""
    door = find_of_job(job)
    was_refused = job.failure.startswith("Nothing was imported")
    return door.if_stopped if door and not was_refused else STAYS.get(job.kind, UNTOUCHED)


def told(job: JobRow) -> tuple[str, ...]:
    """What became of work that is done, one remark each; nothing is said of what did not happen."""
    door = find_of_job(job)
    counts = door.counts if door else COUNTS.get(job.kind)
    if counts is None or job.state != "done":
        return ()
    said = [_remark(job.result.get(key), words) for key, words in counts.items()]
    return tuple(remark for remark in said if remark) or ("nothing new",)


def _remark(count: Any, words: tuple[str, str]) -> str:
    if isinstance(count, dict):  # so many of each name
        names = ", ".join(f"{name} ({wording.count(number)})" for name, number in count.items())
        return f"{words[1]}: {names}" if names else ""
    if isinstance(count, list):
        return f"{words[1]}: {', '.join(map(str, count))}" if count else ""
    if not isinstance(count, int) or not count:
        return ""
    return f"{wording.count(count)} {words[0] if count == 1 else words[1]}"
