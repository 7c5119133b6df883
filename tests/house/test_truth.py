"""Latent traits stay where they are made: what learns in the simulated mall cannot read them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LATENT = {"engine.simulate.mall.shoppers", "engine.simulate.bayes"}
WRITES_ITS_FILES = "hands the truth to a folder of its own, for people"
MAY_KNOW = {
    "engine/simulate/mall": "is the world",
    "engine/simulate/history.py": "makes the columns of the truth",
    "engine/simulate/transactions.py": "lets the world's shoppers go shopping",
    "engine/simulate/bayes": "is a yardstick: the best that anybody could know, latents integrated out",
    "engine/simulate/calibration": "sets that yardstick beside a learner's score",
    "engine/simulate/untreated.py": "asks that yardstick about windows that learners are held against",
    "service_provider/adapters/mall_files": WRITES_ITS_FILES,
    "service_provider/management/commands/simulate_mall.py": WRITES_ITS_FILES,
}
"""Rooms that import latents or name the folder `truth`, each with the reason."""

LEARN = ("engine/simulate/learn.py", "engine/simulate/rehearsal/models.py", "engine/simulate/gate.py",
         "engine/churn", "engine/segments", "engine/segments.py",
         "engine/revenue", "engine/recommend", "engine/experiments", "engine/policy", "engine/features.py",
         "engine/visit.py", "engine/decide.py", "service_provider/jobs")  # fmt: skip
LATENT_TRAITS = {"type_", "intent", "sensitivity", "utilities", "friction", "mission", "phase", "strength"}


def modules(*rooms):
    found = (
        path
        for room in rooms
        for path in ([ROOT / room] if room.endswith(".py") else (ROOT / room).rglob("*.py"))
    )
    return sorted(path.relative_to(ROOT).as_posix() for path in found if path.exists())


def reads(source):
    """What a module imports, by full name, and the words of its own that name the folder of the truth."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute) and node.attr == "truth":
            found.add("history.truth")
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("truth/")
        ):
            found.add(node.value)
    return found


def is_truth(name):
    return name.startswith(("truth/", "history.truth", "engine.simulate.history.truth")) or any(
        name == latent or name.startswith(f"{latent}.") for latent in LATENT
    )


def latents(source):
    return {name for name in reads(source) if is_truth(name)}


def may_know(path):
    return any(path == room or path.startswith(f"{room}/") for room in MAY_KNOW)


@pytest.mark.parametrize(
    "path", [p for p in modules("engine", "service_provider", "remote_user") if not may_know(p)]
)
def test_nobody_else_reads_the_truth(path):
    assert latents((ROOT / path).read_text()) == set()


@pytest.mark.parametrize("path", modules(*LEARN))
def test_what_learns_reads_no_latent_trait(path):
    """Not through a world or a batch that was handed over, either."""
    assert not may_know(path)
    attributes = {
        node.attr
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert attributes & LATENT_TRAITS == set()


def test_the_rooms_that_may_know_are_there():
    assert [room for room in MAY_KNOW if not (ROOT / room).exists()] == []
    assert len(modules(*LEARN)) > 20


@pytest.mark.parametrize(
    "line",
    [
        "from engine.simulate.mall import shoppers",
        "from engine.simulate.mall.shoppers import make",
        "import engine.simulate.mall.shoppers",
        "from engine.simulate.history import truth",
        "from engine.simulate import bayes",
        "from engine.simulate.bayes.filters import score",
        "history.truth(settings)",
        "table = read(folder / 'truth/shoppers.csv')",
    ],
)
def test_a_module_that_would_read_it_is_found(line):
    assert latents(line)
    assert not latents(
        "from engine.simulate.mall import days\nfrom engine.simulate import history\nhistory.days(s)"
    )
