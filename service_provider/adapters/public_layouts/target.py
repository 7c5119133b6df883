"""Tables in our own layouts, written whole or not at all."""

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from service_provider.adapters.file_store import whole_file
from service_provider.adapters.mall_files.staging import Refused

__all__ = ["EVENT_COLUMNS", "Refused", "opened"]

EVENT_COLUMNS = (
    "shopper_id", "occurred_at", "kind", "product_id", "category", "price", "quantity", "visit_id",
)  # fmt: skip
Write = Callable[[Sequence[Any]], Any]


@contextmanager
def opened(path: Path, columns: Sequence[str]) -> Iterator[Write]:
    """Writes rows of cells below a header; packed where the name ends in .gz. The same rows give the same bytes.

    Refused where there is no place for the file; OSError where no more can be written.
    """
    if not path.parent.is_dir() or path.is_dir():
        raise Refused(f"{path} cannot be written: its folder is missing, or it is one.")
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(whole_file(path))
        except OSError as fault:
            raise Refused(f"{path} cannot be written: {fault.strerror}.") from fault
        plain = stack.enter_context(_packed(raw)) if path.suffix.lower() == ".gz" else raw
        text = stack.enter_context(io.TextIOWrapper(plain, encoding="utf-8", newline=""))
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(columns)
        yield lines.writerow


def _packed(raw: BinaryIO) -> Any:
    # Without name and time, so that the bytes tell of nothing but the rows.
    return gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0)
