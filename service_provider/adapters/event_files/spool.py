"""Checked events between the reading of a file and their writing: on disk, a batch at a time in memory."""

import marshal
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from service_provider.adapters.event_files.columns import Events

# Ids are hashes: a commit writes most pages of their index, so that small batches cost twice.
BATCH = 25_000


class Spool:
    """A temporary file of batches, gone when it is closed."""

    def __init__(self, *, batch: int | None = None) -> None:
        self._file = tempfile.TemporaryFile(prefix="mall-events-")  # noqa: SIM115 - closed by __exit__
        self._sizes: list[int] = []
        self._batch = batch or BATCH
        self._waiting = _none()
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, events: Events) -> None:
        self._waiting.add(events)
        self.rows += len(events.ids)
        if len(self._waiting.ids) >= self._batch:
            self.flush()

    def flush(self) -> None:
        """Puts aside what waits for its batch to be full."""
        if self._waiting.ids:
            self._sizes.append(self._file.write(marshal.dumps(tuple(self._waiting))))
            self._waiting = _none()

    def batches(self) -> Iterator[Events]:
        """All that was added, in its order, a batch at a time."""
        self.flush()
        self._file.seek(0)
        for size in self._sizes:
            yield Events.of(marshal.loads(self._file.read(size)))  # noqa: S302 - written above, by this process


def _none() -> Events:
    return Events.of([] for _ in Events._fields)
