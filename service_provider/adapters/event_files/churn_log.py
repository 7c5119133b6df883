"""From an event file to the log that the churn ladder learns from."""

from collections.abc import Generator
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.churn.windows import EventLog, make_log
from engine.contracts import Progress
from service_provider.adapters.event_files.columns import Events
from service_provider.adapters.event_files.reading import LARGE, read_in_steps
from service_provider.adapters.event_files.spool import Spool

UNKNOWN = -1


def read_in_log(path: Path, *, now: datetime, minor_digits: int = 2) -> Generator[Progress, None, EventLog]:
    """The events of a file as they happened; visits are cut at 30 minutes where it names none. BadFile.

    A row that stands twice counts once. A visit that begins with one shopper stays hers.
    """
    with Spool() as spool:
        file = yield from read_in_steps(
            path, spool=spool, now=now, minor_digits=minor_digits, most_unpacked=LARGE
        )
        builder, done = Builder(), 0
        for events in file.batches():
            builder.add(events)
            done += len(events.ids)
            yield Progress("Sorting events into visits", done, file.rows)
    return builder.log()


class Builder:
    """Takes batches of events and gives the log; texts become numbers at once, so that a row takes 64 bytes."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[str, int]] = {"visit": {}, "shopper": {}, "product": {}, "category": {}}
        self._parts: list[tuple[NDArray[np.int64], ...]] = []

    def add(self, events: Events) -> None:
        self._parts.append(
            (
                np.array([int(one[:15], 16) for one in events.ids], dtype=np.int64),
                self._coded("visit", events.visits),
                self._coded("shopper", events.shoppers),
                np.array(events.moments, dtype=np.int64),
                np.array(events.kinds, dtype=np.int64),
                self._coded("product", events.products),
                self._coded("category", events.categories),
                _numbers(events.prices),
                _numbers(events.quantities),
            )
        )

    def _coded(self, name: str, texts: list[str]) -> NDArray[np.int64]:
        codes = self._codes[name]
        return np.array([codes.setdefault(t, len(codes)) if t else UNKNOWN for t in texts], dtype=np.int64)

    def log(self) -> EventLog:
        if not self._parts:
            none = np.zeros(0, dtype=np.int64)
            return make_log(none, none, none, none)
        ids, *columns = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        once = np.sort(np.unique(ids, return_index=True)[1])
        visit, shopper, at_ms, kind, product, category, price, quantity = (column[once] for column in columns)
        order = np.argsort(at_ms, kind="stable")  # a file is told in the order in which things happened
        return make_log(
            visit[order],
            shopper[order],
            at_ms[order],
            kind[order],
            product=product[order],
            category=category[order],
            price_minor=price[order],
            quantity=quantity[order],
            categories=tuple(self._codes["category"]),
        )


def _numbers(values: list[int | None]) -> NDArray[np.int64]:
    return np.array([UNKNOWN if value is None else value for value in values], dtype=np.int64)
