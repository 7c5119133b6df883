"""Every model on the 80/20 split and on the five folds, one fit at a time."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from engine.contracts import HIGH, MEMBERS, MODEL_NAMES, Transaction
from engine.revenue import learners
from engine.revenue.board import Board, Cell
from engine.revenue.columns import Layout, Matrix

HOLDOUT = "80/20"
FOLDS = 5
SPLIT_NAMES = (HOLDOUT, *(f"fold {k}" for k in range(1, FOLDS + 1)))
STEPS = len(SPLIT_NAMES) * len(MODEL_NAMES)
SMALL_SAMPLE = 5000
"""Rows that k-nearest neighbours and the id-only variant learn from at most."""

_VERSION = "1"  # of the protocol: checkpoints of another one are not used

Clock = Callable[[], float]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """Labelled rows as arrays: matrix (n x 10), transaction ids, labels (0 or 1)."""

    matrix: Matrix
    ids: Sequence[str]
    labels: learners.Labels

    @classmethod
    def of(cls, rows: Sequence[Transaction]) -> "Table":
        labels = np.array([row.label for row in rows], dtype=np.int64)
        return cls(Layout.of(rows).matrix(rows), [row.tid for row in rows], labels)

    def fingerprint(self, seed: int) -> str:
        """Changes with anything that changes the measurements."""
        digest = sha256(f"{_VERSION} {seed} {len(self.ids)}".encode())
        digest.update(self.matrix.tobytes() + self.labels.tobytes() + "\n".join(self.ids).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class _Split:
    name: str
    train: Index
    test: Index


def stratified_sample(labels: learners.Labels, size: int, *, seed: int) -> Index:
    """Sorted places of `size` rows with the shares of the labels kept; all places where there are no more."""
    places = np.arange(len(labels))
    if len(labels) <= size:
        return places
    kept, _ = train_test_split(places, train_size=size, stratify=labels, random_state=seed)
    return np.sort(kept)


def measure(table: Table, board: Board, *, seed: int, clock: Clock) -> Generator[str, None, None]:
    """Fills the board with what is missing; yields what is being fitted.

    The columns are fitted anew on each split's training rows.
    """
    for split in _splits(table.labels, seed):
        missing = [name for name in MODEL_NAMES if (split.name, name) not in board.cells]
        if not missing:
            continue
        transformer = learners.fit_columns(table.matrix[split.train])
        bench = _Bench(table, split, transformer, board, seed=seed, clock=clock)
        for name in missing:
            yield f"{split.name}: {name}"
            board.cells[split.name, name] = yield from bench.cell(name)
        for name in MEMBERS:
            board.votes.pop((split.name, name), None)


def _splits(labels: learners.Labels, seed: int) -> list[_Split]:
    train, test = train_test_split(np.arange(len(labels)), test_size=0.2, stratify=labels, random_state=seed)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels)
    return [_Split(name, *parts) for name, parts in zip(SPLIT_NAMES, [(train, test), *folds], strict=True)]


class _Bench:
    """One split on which the models are measured one after the other."""

    def __init__(
        self, table: Table, split: _Split, transformer: Any, board: Board, *, seed: int, clock: Clock
    ) -> None:
        self._table, self._split, self._board, self._seed, self._clock = table, split, board, seed, clock
        self._train_y, self._test_y = table.labels[split.train], table.labels[split.test]
        self._features = transformer.transform(table.matrix)

    def cell(self, name: str) -> Generator[str, None, Cell]:
        """What `name` is worth on this split."""
        if name == "vote":
            return self._vote()
        if name == "majority":
            return self._majority()
        if name == "published_id_only":
            return (yield from self._id_only())
        return (yield from self._learner(name))

    def _learner(self, name: str) -> Generator[str, None, Cell]:
        train = self._small() if name == "knn" else self._split.train
        steps = learners.fit(name, self._features[train], self._table.labels[train], seed=self._seed)
        model, seconds = yield from self._timed(steps, name)
        test = self._features[self._split.test]
        said, on_train = model.predict(test), model.predict(self._features[train])
        if name in MEMBERS:
            self._board.votes[self._split.name, name] = said, on_train
        return self._cell(said, learners.score(model, test), on_train, train, seconds)

    def _vote(self) -> Cell:
        each = [self._board.votes[self._split.name, name] for name in MEMBERS]
        test, train = (np.array([votes[part] for votes in each]) for part in (0, 1))
        seconds = sum(self._board.cells[self._split.name, name].fit_seconds for name in MEMBERS)
        return self._cell(
            learners.hard_vote(test), test.mean(axis=0), learners.hard_vote(train), self._split.train, seconds
        )

    def _majority(self) -> Cell:
        answer = majority_class(self._train_y)
        test, train = np.full(len(self._test_y), answer), np.full(len(self._train_y), answer)
        return self._cell(test, test.astype(np.float64), train, self._split.train, 0.0)

    def _id_only(self) -> Generator[str, None, Cell]:
        train = self._small()
        ids = [self._table.ids[i] for i in train]
        steps = learners.IdOnlyVote().grow(ids, self._table.labels[train], seed=self._seed)
        model, seconds = yield from self._timed(steps, "published_id_only")
        test, on_train = model.votes([self._table.ids[i] for i in self._split.test]), model.votes(ids)
        return self._cell(
            learners.hard_vote(test), test.mean(axis=0), learners.hard_vote(on_train), train, seconds
        )

    def _small(self) -> Index:
        return self._split.train[stratified_sample(self._train_y, SMALL_SAMPLE, seed=self._seed)]

    def _timed(self, steps: learners.Steps, name: str) -> Generator[str, None, tuple[Any, float]]:
        """The steps' result and their seconds, without those of whoever watches."""
        seconds = 0.0
        while True:
            started = self._clock()
            try:
                next(steps)
            except StopIteration as end:
                return end.value, seconds + self._clock() - started
            seconds += self._clock() - started
            yield f"{self._split.name}: {name}"

    def _cell(
        self, said: NDArray, scores: NDArray[np.float64], on_train: NDArray, train: Index, seconds: float
    ) -> Cell:
        right = int((on_train == self._table.labels[train]).sum())
        return Cell.of(self._test_y, said, scores, on_train=(right, len(train)), seconds=seconds)


def majority_class(labels: learners.Labels) -> int:
    """The more frequent label; High where both are."""
    return int(2 * (labels == HIGH).sum() >= len(labels))
