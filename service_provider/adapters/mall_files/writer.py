"""Writes a run of the simulated mall into a folder, day by day: memory does not grow with the days."""

import json
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.contracts import Progress
from engine.simulate import transactions
from engine.simulate.mall.columns import Day
from engine.simulate.purchases import to_transactions
from service_provider.adapters.mall_files import rows
from service_provider.adapters.mall_files.source import Source
from service_provider.adapters.mall_files.staging import MANIFEST
from service_provider.adapters.mall_files.tables import FileFacts, Table, money, quoted, share
from service_provider.adapters.mall_files.truth import TruthLines

EVENTS, TRANSACTIONS, CATALOGUE = "events.csv", "transactions.csv", "catalogue.csv"
DECISIONS, EXPERIMENT = "decisions.csv", "experiment.csv"
TRUTH, TRUTH_NOTE = "truth/shoppers.csv", "truth/README.txt"
CATALOGUE_COLUMNS = ("product_id", "title", "category", "mall", "price", "margin", "stock", "active")
STAGE = "days"
_NOTE = """What the shoppers of this run are really like: their traits, their type, and which of them are bots.

It is here so that people can check what a learner found. Learners never read it: a model that has seen this
folder has seen the answers, and nothing it says of the run is worth anything. Rates are in millionths.
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in the folder. The same settings give the same manifest, wherever and whenever it is written."""

    settings: dict[str, Any]
    files: dict[str, FileFacts]

    def to_json(self) -> dict[str, Any]:
        return {
            "settings": self.settings,
            "files": {name: asdict(facts) for name, facts in sorted(self.files.items())},
            "notes": [TRUTH_NOTE],
        }


def write_mall(source: Source, folder: Path) -> Generator[Progress, None, Manifest]:
    """Fills an empty folder with the run's files and its manifest. OSError where no more can be written."""
    (folder / TRUTH).parent.mkdir(exist_ok=True)
    files = {CATALOGUE: _write_catalogue(source, folder / CATALOGUE)}
    with ExitStack() as stack:
        journal = _Journal(source, folder, stack)
        for done, day in enumerate(source.days, start=1):
            journal.add(day)
            yield Progress(STAGE, done, source.day_count)
        files |= journal.facts()
    (folder / TRUTH_NOTE).write_text(_NOTE, encoding="utf-8")
    manifest = Manifest(dict(source.settings), files)
    text = json.dumps(manifest.to_json(), indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


class _Journal:
    """The files that grow with every day."""

    def __init__(self, source: Source, folder: Path, stack: ExitStack) -> None:
        headers = {
            EVENTS: rows.EVENTS,
            TRANSACTIONS: transactions.COLUMNS,
            DECISIONS: (*rows.DECISIONS, *source.features),
            EXPERIMENT: (*rows.EXPERIMENT, *source.features),
            TRUTH: ("shopper_id", "is_bot", *source.truth),
        }
        self._tables = {
            name: stack.enter_context(Table(folder / name, header)) for name, header in headers.items()
        }
        self._source, self._bought = source, 0
        self._truth = TruthLines(source.seed, source.truth)
        for lines in self._truth.of_shoppers():
            self._tables[TRUTH].add(lines)
        self._events = rows.EventLines(
            source.seed, [row.product_id for row in source.goods.products], source.goods.categories
        )
        self._decisions = rows.DecisionLines(source.seed, source.goods.categories)

    def add(self, day: Day) -> None:
        for lines in self._events.of(day.events):
            self._tables[EVENTS].add(lines)
        self._tables[TRUTH].add(self._truth.of_new_bots(day.events))
        self._tables[DECISIONS].add(self._decisions.of_history(day.decisions))
        self._tables[EXPERIMENT].add(self._decisions.of_experiment(day.decisions))
        self._tables[TRANSACTIONS].add(self._transactions(day))

    def facts(self) -> dict[str, FileFacts]:
        return {name: table.facts() for name, table in self._tables.items()}

    def _transactions(self, day: Day) -> list[str]:
        source = self._source
        made = to_transactions(
            day.lines,
            seed=source.seed,
            first=self._bought,
            goods=source.goods,
            genders=source.genders,
            ages=source.ages,
        )
        self._bought += len(made)
        return [_line(cells) for cells in transactions.cells(made)]


def _line(cells: Sequence[str]) -> str:
    return ",".join(map(quoted, cells))


def _write_catalogue(source: Source, path: Path) -> FileFacts:
    with Table(path, CATALOGUE_COLUMNS) as table:
        table.add(
            [
                _line(
                    (
                        row.product_id, row.title, row.category, row.mall, money(row.price_minor),
                        share(margin, digits=4), str(row.stock), "1",
                    )
                )
                for row, margin in zip(source.goods.products, source.margins_bp, strict=True)
            ]
        )  # fmt: skip
    return table.facts()
