"""What every benchmark is asked for, and how it ends: figures for people, then one JSON object where it is wanted."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def parser_of(
    doc: str | None,
    *,
    quick: str = "ends within 60 seconds",
    data: str = "folder of public tables; not needed here",
) -> argparse.ArgumentParser:
    """`doc` is the benchmark's own page; the words of the options may be its own too."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--data", type=Path, help=data)
    return parser


def tell(result: dict[str, Any], show: Callable[[dict[str, Any]], None], *, as_json: bool) -> int:
    """The exit code of a benchmark that came to its end."""
    show(result)
    if as_json:
        print(json.dumps(result))
    return 0
