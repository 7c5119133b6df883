"""Labels where the file has none: named rules, each a median over the file."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from engine.contracts import HIGH, LOW, Transaction

RULES: tuple[str, ...] = ("customer_spend_above_median", "price_above_median")


def apply_rule(rows: Sequence[Transaction], rule: str) -> list[Transaction]:
    """The rows, those without a label labelled by `rule`, one of RULES (ValueError otherwise).

    The medians are taken over all rows, labelled or not; a row without a customer is a shopper of its own.
    """
    if rule not in RULES:
        raise ValueError(f"There is no label rule {rule!r}; there are {', '.join(RULES)}.")
    if not rows:
        return []
    values = _spend(rows) if rule == "customer_spend_above_median" else [row.price_minor for row in rows]
    middle = _middle(rows, values, rule)
    return [
        row if row.label is not None else replace(row, label=HIGH if value > middle else LOW)
        for row, value in zip(rows, values, strict=True)
    ]


def _spend(rows: Sequence[Transaction]) -> list[int]:
    totals: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        totals[row.customer_id] += row.price_minor
    return [totals[row.customer_id] if row.customer_id else row.price_minor for row in rows]


def _middle(rows: Sequence[Transaction], values: Sequence[int], rule: str) -> float:
    if rule == "price_above_median":
        return float(median(values))
    shoppers = {
        row.customer_id or f"row {i}": value for i, (row, value) in enumerate(zip(rows, values, strict=True))
    }
    return float(median(shoppers.values()))
