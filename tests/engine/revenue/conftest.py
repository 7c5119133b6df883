"""Small forests and few passes: these tests ask for rules, not for accuracy."""

from collections.abc import Iterator

import pytest

from engine.revenue import learners


@pytest.fixture(scope="package", autouse=True)
def small_learners() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(learners, "_TREES", 10)
    patch.setattr(learners, "_PASSES", 15)
    yield
    patch.undo()
