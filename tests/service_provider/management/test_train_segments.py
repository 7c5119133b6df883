"""`manage.py train segments`: from the ledger or from a file, on a terminal."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import small_mall
from django.core.management import CommandError, call_command

from service_provider.models import Membership
from service_provider.queries import learning
from service_provider.queries.learning import SEGMENTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    return small_mall.write(tmp_path / "events.csv", small_mall.crowd(48))


def train(*arguments: str) -> str:
    out = StringIO()
    call_command("train", "segments", *arguments, stdout=out)
    return out.getvalue()


def test_from_a_file_it_keeps_a_version(events: Path) -> None:
    told = train(f"--events={events}", "--json")
    facts = json.loads(told.splitlines()[-1])

    assert (facts["version"], facts["live"], facts["shoppers"]) == (1, False, 48)
    assert set(facts["models"]) >= {"grid", "joint", "autoencoder", "terciles"}
    assert "It is not in use" in told
    assert not Membership.objects.exists()


def test_the_same_file_gives_the_same_model(events: Path) -> None:
    one, other = (json.loads(train(f"--events={events}", "--json").splitlines()[-1]) for _ in range(2))

    assert one["sha256"] == other["sha256"]
    assert one["data_fingerprint"] == other["data_fingerprint"]


def test_promoted_it_assigns_every_shopper_of_the_mall(events: Path) -> None:
    small_mall.store(events)
    told = train("--promote")

    assert "It is in use." in told
    assert "48 shoppers were assigned." in told
    assert Membership.objects.exclude(live_shopper=None).count() == 48
    assert learning.find_live(SEGMENTS) is not None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--events=missing.csv",), "There is no file missing.csv"),
        (("--seed=-1",), "The seed is a whole number"),
        ((), "segments need 30 of them"),
    ],
    ids=["no file", "no seed", "empty mall"],
)
def test_bad_input_is_told(events: Path, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told) as refused:
        train(*arguments)
    assert refused.value.returncode == 2


def test_a_bad_file_is_told_by_row(events: Path) -> None:
    events.write_text(events.read_text().replace("10.00", "ten", 1))
    with pytest.raises(CommandError, match="ten"):
        train(f"--events={events}")
