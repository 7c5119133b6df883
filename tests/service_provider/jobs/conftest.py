"""A training that takes no time: the engine's own has its own tests."""

from collections.abc import Iterator
from typing import Any

import make
import pytest

from engine.contracts import Progress, RevenueReport
from engine.revenue import fit


@pytest.fixture
def quick_fit(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What `fit.train` was called with, each call; it answers at once."""
    calls: list[dict[str, Any]] = []

    def train(rows: Any, **wish: Any) -> Iterator[Progress]:
        calls.append({"rows": list(rows)} | wish)
        yield Progress("fitting", 1, 2, b"half")
        return fit.Trained(RevenueReport.from_json(make.report()), b"fake artefact", tuple(rows))

    monkeypatch.setattr(fit, "train", train)
    return calls
