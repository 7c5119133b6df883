"""Long work on a terminal: a bar that follows its steps, and what imports ask for alike."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import CommandError
from tqdm import tqdm

from engine.contracts import Progress
from service_provider.adapters.faults import BadFile

T = TypeVar("T")


def watch(steps: Generator[Progress, None, T], **bar_options: Any) -> T:
    """Walks the steps under a bar on standard error and gives their result; no bar where nobody looks."""
    with tqdm(total=0, file=sys.stderr, disable=None, leave=False, **bar_options) as bar:
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
            bar.set_description_str(step.stage, refresh=False)
            bar.total, bar.n = step.total or None, step.done
            bar.refresh()


def add_skip_bad(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--skip-bad",
        type=Path,
        metavar="BADFILE",
        help="keep the good rows and write the bad ones with the reason to BADFILE (CSV)",
    )


def check_files(file: Path, skip_bad: Path | None) -> None:
    """CommandError (exit 2) where there is no file to read, or no place for the bad rows."""
    if not file.is_file():
        raise CommandError(f"There is no file {file}.", returncode=2)
    if not os.access(file, os.R_OK):
        raise CommandError(f"{file} may not be read by this user.", returncode=2)
    if skip_bad and not skip_bad.parent.is_dir():
        raise CommandError(f"There is no folder {skip_bad.parent} for the bad rows.", returncode=2)
    if skip_bad and not os.access(skip_bad.parent, os.W_OK):
        raise CommandError(f"Nothing may be written into {skip_bad.parent} by this user.", returncode=2)
    if skip_bad and skip_bad.is_dir():
        raise CommandError(f"{skip_bad} is a folder, not a file for the bad rows.", returncode=2)
    if skip_bad and skip_bad.resolve() == file.resolve():
        raise CommandError("The bad rows would overwrite the file itself.", returncode=2)


@contextmanager
def reading(skip_bad: Path | None) -> Iterator[None]:
    """CommandError: exit 2 where the file is wrong, 1 where the disk takes no more of what was put aside."""
    try:
        yield
    except BadFile as bad:
        raise CommandError(refusal(bad, skip_bad), returncode=2) from bad
    except OSError as failure:
        raise CommandError(f"The import stopped: {failure}. Nothing was imported.", returncode=1) from failure


def refusal(bad: BadFile, skip_bad: Path | None) -> str:
    """What is wrong with the file, and the way round where single rows are."""
    words = f"Nothing was imported.\n{bad}"
    if skip_bad is None and any(fault.row is not None and fault.row > 1 for fault in bad.faults):
        words += "\nWith --skip-bad BADFILE the good rows go in, and the bad ones into BADFILE."
    return words


def left_out(skipped: int, skip_bad: Path | None) -> str:
    return f"{skipped:,} bad rows were left out; they are in {skip_bad} with their reasons."


def columns_left_out(names: Sequence[str]) -> str:
    some = ", ".join(name or "(empty)" for name in names[:10])
    more = f" and {len(names) - 10:,} more" if len(names) > 10 else ""
    return f"Columns that nothing is known of were left out: {some}{more}."
