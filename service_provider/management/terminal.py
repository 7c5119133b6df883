"""Long work on a terminal: a bar that follows its steps."""

import sys
from collections.abc import Generator
from typing import Any, TypeVar

from tqdm import tqdm

from engine.contracts import Progress

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
