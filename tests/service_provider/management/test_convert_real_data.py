"""The converters on the public files themselves, which are not part of the repository."""

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command


@pytest.fixture
def data() -> Path:
    """The folder that the environment variable MALL_DATA names."""
    if not os.environ.get("MALL_DATA"):
        pytest.skip("MALL_DATA names no folder of public data")
    return Path(os.environ["MALL_DATA"])


def convert(*words: str) -> dict[str, Any]:
    said = StringIO()
    call_command("convert", *words, json=True, stdout=said)
    return json.loads(said.getvalue().splitlines()[-1])


def test_the_head_of_rees46(data: Path, tmp_path: Path) -> None:
    file = data / "rees46_head" / "events_complete_rows.csv.xz"
    counts = convert("rees46", str(file), "--out", str(tmp_path / "events.csv.gz"))

    assert (counts["rows"], counts["events"], counts["skipped"]) == (17_434, 17_434, 0)
    assert counts["kinds"] == {"product_view": 17_055, "add_to_cart": 165, "purchase": 214}


def test_the_complete_journey(data: Path, tmp_path: Path) -> None:
    counts = convert("completejourney", str(data / "completejourney"), "--out", str(tmp_path / "journey"))

    assert counts["rows"] == 75_000
    assert counts["events"] + counts["without_pieces"] == counts["rows"]
    assert (counts["without_pieces"], counts["by_measure"], counts["value_without_pieces"]) == (416, 693, 0.0)
    assert (counts["campaigns"], counts["redemptions"]) == (6_589, 2_102)
    assert counts["coupons"] + counts["coupons_repeated"] == 116_204
