"""`manage.py evaluate segments`: two fits of one file, a week apart, and nothing in the database."""

import json
from io import StringIO
from pathlib import Path

import pytest
import small_mall
from django.core.management import CommandError, call_command

from service_provider.models import ModelVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return small_mall.write(tmp_path / "events.csv", small_mall.crowd(48))


def evaluate(*arguments: str) -> str:
    out = StringIO()
    call_command("evaluate", "segments", *arguments, stdout=out)
    return out.getvalue()


def test_it_tells_who_keeps_their_segment(events: Path) -> None:
    told = evaluate(f"--events={events}")

    assert "segments kept code and name." in told
    assert "the refit by itself moves" in told
    assert not ModelVersion.objects.exists()


def test_the_object_is_that_of_every_evaluation(events: Path) -> None:
    facts = json.loads(evaluate(f"--events={events}", "--json", "--days=14"))

    assert {"protocol", "baseline", "models", "paired_gain", "verdict"} <= set(facts)
    assert facts["days"] == 14
    assert 0 <= facts["moved_by_refit"] <= 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--events=missing.csv",), "There is no file missing.csv"),
        (("--events={}", "--days=0"), "one from 1"),
        (("--events={}", "--days=99"), "segments need 30 of them"),
    ],
    ids=["no file", "no days", "before the first"],
)
def test_bad_input_is_told(events: Path, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told) as refused:
        evaluate(*(one.format(events) for one in arguments))
    assert refused.value.returncode == 2
