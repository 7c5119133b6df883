"""The nets that ship are those that their card names, small, and answer in this release without PyTorch."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from engine.churn import serve
from engine.visit import empty

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "nets"
CARD = (FOLDER / "CARD.md").read_text()
MOST_BYTES = 2_000_000
NAMES = ("b4", "b5", "b7")


def test_the_card_names_every_file_with_its_size_and_checksum():
    told = re.findall(r"^\| (\w+\.model) \| [^|]+ \| ([\d,]+) \| `([0-9a-f]{64})` \|$", CARD, re.MULTILINE)
    found = [
        (path.name, f"{path.stat().st_size:,}", sha256(path.read_bytes()).hexdigest())
        for path in sorted(FOLDER.glob("*.model"))
    ]

    assert told == found
    assert [name for name, *_ in found] == [f"{name}.model" for name in NAMES]


def test_the_card_says_how_they_were_made():
    for what in ("seed", "shoppers", "days", "epochs", "visits", "fingerprint"):
        assert re.search(rf"^- {what}: \w+$", CARD, re.MULTILINE), what
    assert "make nets" in CARD


def test_all_of_them_are_small():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.model")) < MOST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_net_proves_itself_and_answers(name):
    model = serve.load((FOLDER / f"{name}.model").read_bytes())

    assert model.rung == name
    assert 0 < model.score(empty("v", "s")).churn < 1
