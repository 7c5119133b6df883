"""What was bought, as transactions of the published layout with labels that follow the written rule."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from engine.contracts import HIGH, LOW, Transaction
from engine.simulate import labels
from engine.simulate.mall import names
from engine.simulate.mall.catalogue import Catalogue
from engine.simulate.mall.columns import LineColumns
from engine.simulate.mall.days import HOUR_MS, ZONE_HOURS


def to_transactions(
    lines: LineColumns,
    *,
    seed: int,
    first: int,
    goods: Catalogue,
    genders: Sequence[str],
    ages: NDArray[np.int64],
) -> list[Transaction]:
    """One transaction a line, in the order of the lines. `first` is the number of lines before these in the run.

    The price is what was paid for the line. A coupon number stands only where a coupon made the line cheaper.
    The label is drawn by `labels.high_probability`, from the seed and the line's number alone. `genders`
    and `ages` are by shopper; the date is that of the mall's own clock.
    """
    numbers = first + np.arange(len(lines.shopper))
    customers = names.shopper_ids(seed, lines.shopper)
    tids, coupons = names.purchase_ids(seed, numbers), names.coupon_ids(seed, numbers)
    chances = names.uniforms(seed, names.LABEL, numbers).tolist()
    paid = (lines.quantity * lines.price_minor - lines.discount_minor).tolist()
    made = []
    for i, shopper in enumerate(lines.shopper.tolist()):
        row = Transaction(
            tid=tids[i],
            coupon_no=coupons[i] if lines.discount_minor[i] else "",
            customer_id=customers[i],
            gender=genders[shopper],
            age=int(ages[shopper]),
            category=goods.categories[lines.category[i]],
            quantity=int(lines.quantity[i]),
            price_minor=paid[i],
            payment_method=goods.payments[lines.payment[i]],
            invoice_date=_mall_day(int(lines.placed_ms[i])),
            shopping_mall=goods.malls[lines.mall[i]],
        )
        made.append(replace(row, label=HIGH if chances[i] < labels.high_probability(row) else LOW))
    return made


def _mall_day(at_ms: int) -> date:
    return datetime.fromtimestamp((at_ms + ZONE_HOURS * HOUR_MS) // 1000, UTC).date()
