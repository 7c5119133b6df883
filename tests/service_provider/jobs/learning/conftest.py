"""A training that takes no time."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import churn_jobs
import pytest

from engine.churn import fit
from engine.churn.fit import Trained
from engine.contracts import Progress


@pytest.fixture
def trained(monkeypatch: Any, settings: Any, tmp_path: Path) -> list[dict[str, Any]]:
    """A training that takes no time; with what it was asked."""
    settings.VAR_DIR = tmp_path / "var"
    asked: list[dict[str, Any]] = []

    def train(log: Any, **wish: Any) -> Generator[Progress, None, Trained]:
        asked.append(wish)
        yield Progress("a net", 1, 2, b"half of it")
        return churn_jobs.once()

    monkeypatch.setattr(fit, "train", train)
    return asked
