"""Reads event files (CSV, packed or not, and Parquet): all of a file is checked before its first event is handed on."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from engine.contracts import KINDS, Progress
from service_provider.adapters import tables
from service_provider.adapters.event_files import columns, parquet
from service_provider.adapters.event_files.columns import Events, Plan
from service_provider.adapters.event_files.silence import Cutter, cut_key
from service_provider.adapters.event_files.spool import Spool
from service_provider.adapters.faults import BadFile, Fault, FaultList
from service_provider.adapters.files import BadRows, bad_rows
from service_provider.adapters.tables import CHUNK, MOST_UNPACKED, Limits, Table
from service_provider.adapters.workbooks import Cell

STEP = 1000  # rows; few enough that their cells stay in the processor's cache
MOST_ROWS = 1_000_000_000
LARGE = 64 * 1024 * CHUNK
"""Bytes that an archive may unpack to where somebody with a terminal reads it."""
AHEAD = timedelta(days=1)  # clocks differ, and zones do
PARQUET = ".parquet"


@dataclass(frozen=True, slots=True)
class EventFile:
    """What stood in a file: `rows` events that are good, bad rows that were `skipped`, rows of unknown kinds."""

    rows: int
    skipped: int
    unknown_kinds: dict[str, int]
    unknown_columns: tuple[str, ...]
    _spool: Spool
    _cutter: Cutter

    def batches(self) -> Iterator[Events]:
        """The events in the order of the file, each with its visit."""
        starts = self._cutter.starts()
        for events in self._spool.batches():
            yield events if all(events.visits) else events._replace(visits=_filled(events, starts))


def _filled(events: Events, starts: Iterator[int]) -> list[str]:
    keys: dict[tuple[str, int], str] = {}
    visits = []
    for shopper, visit in zip(events.shoppers, events.visits, strict=True):
        if not visit:
            place = shopper, next(starts)
            visit = keys.get(place) or keys.setdefault(place, cut_key(*place))
        visits.append(visit)
    return visits


def read_in_steps(
    path: Path,
    *,
    spool: Spool,
    now: datetime,
    minor_digits: int = 2,
    skip_bad_to: Path | None = None,
    name: str = "",
    most_unpacked: int = MOST_UNPACKED,
) -> Generator[Progress, None, EventFile]:
    """Reads and checks the whole file into the spool, which must stay open as long as the result is used.

    BadFile where a row is wrong; `skip_bad_to` takes the bad ones instead. Prices are in the major unit of a
    currency with `minor_digits` decimals. `name` is what messages call the file.
    """
    limits = Limits(MOST_ROWS, most_unpacked)
    with _opened(path, name, limits) as table, bad_rows(skip_bad_to, table.header) as bad:
        plan = columns.plan(table, minor_digits=minor_digits, latest=now + AHEAD)
        reading = _Reading(plan, spool, bad)
        while rows := list(islice(table.rows, STEP)):
            reading.take(rows)
            done, total = table.position()
            yield Progress("Reading the file", done, total)
        reading.check()
        return reading.result(table)


def _opened(path: Path, name: str, limits: Limits) -> AbstractContextManager[Table]:
    if path.suffix.lower() == PARQUET:
        return parquet.opened(path, name=name)
    return tables.opened(path, name=name, limits=limits)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    plan: Plan
    spool: Spool
    bad: BadRows | None
    cutter: Cutter = field(default_factory=Cutter)
    faults: FaultList = field(default_factory=FaultList)
    skipped: int = 0

    def take(self, rows: Sequence[columns.Numbered]) -> None:
        events = self.plan.read(rows)
        if events is None:
            events = self.plan.read_each(rows, self._refuse)
        self.spool.add(events)
        if not all(events.visits):
            silent = [
                (shopper, moment)
                for shopper, moment, visit in zip(events.shoppers, events.moments, events.visits, strict=True)
                if not visit
            ]
            self.cutter.add(*zip(*silent, strict=True))

    def _refuse(self, number: int, cells: Sequence[Cell], faults: list[Fault]) -> None:
        self.skipped += 1
        for fault in faults:
            self.faults.add(fault)
        if self.bad is not None:
            self.bad.write(number, cells, faults)

    def check(self) -> None:
        """BadFile unless there is something to give back."""
        if self.bad is None or not self.spool.rows:
            self.faults.stop_if_any()
        if self.spool.rows:
            return
        if self.plan.unknown_kinds:
            kinds = ", ".join(kind or "(empty)" for kind in list(self.plan.unknown_kinds)[:10])
            found, expected = f"unknown kinds only: {kinds}", f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"
            raise BadFile.because(self.plan.file, found, expected, column="kind")
        found = "a header and nothing below it"
        raise BadFile.because(self.plan.file, found, "at least one event", row=2)

    def result(self, table: Table) -> EventFile:
        kinds, unknown = dict(self.plan.unknown_kinds), tables.others(table, self.plan.places)
        return EventFile(self.spool.rows, self.skipped, kinds, unknown, self.spool, self.cutter)
