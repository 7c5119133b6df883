"""docs/algorithms/mall.md and the laws in force say the same."""

import re
from pathlib import Path

import numpy as np
import pytest

from engine.simulate.mall import laws

PAGE = Path(__file__).resolve().parents[4] / "docs" / "algorithms" / "mall.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| .+? \| ([-0-9., ;/]+) \| (.+) \|$", re.MULTILINE)
STATED = {name: (value, source) for name, value, source in ROW.findall(PAGE.read_text(encoding="utf-8"))}
PLACES = {
    "SURE",
    "PERSUADABLE",
    "LOST",
    "NEGATIVE",
    "BROWSE",
    "COMPARE",
    "DECIDE",
    "TYPES",
    "LEVELS",
    "PHASES",
    "LINES",
}


def numbers(value):
    return [float(each) for each in re.split(r"[,;/]", value)]


def law_names():
    """Every number or table of numbers of laws.py that is no name of a place in one."""
    kinds = {
        "PAGE",
        "CATEGORY_VIEW",
        "VIEW",
        "SEARCH",
        "ADD",
        "REMOVE",
        "CART",
        "CHECKOUT",
        "PURCHASE",
        "IDLE",
    }
    kinds |= {"EXIT", "CLICKS", "KINDS", "SHOPPER_TYPES"}
    return sorted(name for name in vars(laws) if name.isupper() and name not in kinds | PLACES)


@pytest.mark.parametrize("name", law_names())
def test_every_number_of_the_laws_stands_on_the_page_with_its_source(name):
    value, source = STATED[name]
    ours = np.asarray(getattr(laws, name), dtype=np.float64).ravel()
    assert numbers(value) == pytest.approx(ours.tolist(), rel=2e-3)
    assert source.strip()


def test_the_page_states_no_law_that_is_not_there():
    assert set(STATED) == set(law_names())
