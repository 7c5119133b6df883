"""`import_events FILE` on a terminal."""

import gzip
import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from event_files import HEADER, as_csv, at, event

from service_provider.adapters.event_files import reading, spool
from service_provider.jobs import event_import
from service_provider.models import AuditEntry, Event, Mall, Order, Visit
from service_provider.services import event_imports
from service_provider.services.event_imports import Overtaken

pytestmark = pytest.mark.django_db
ROWS = [event(), event(occurred_at=at(1), kind="purchase"), event(shopper_id="S2", visit_id="V2")]


@pytest.fixture
def log(tmp_path: Path) -> Any:
    def write(*rows: list[Any], name: str = "log.csv", header: list[str] = HEADER) -> Path:
        path = tmp_path / name
        content = as_csv(*rows, header=header).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


def run(*args: Any) -> list[str]:
    out = StringIO()
    call_command("import_events", *map(str, args), stdout=out)
    return out.getvalue().splitlines()


def refused(*args: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*args)
    return caught.value


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
def test_events_go_in_and_the_last_line_is_json(log: Any, name: str) -> None:
    lines = run(log(*ROWS, name=name), "--json")
    assert lines[:2] == [
        "3 new events, 0 known already.",
        "They made 2 new shoppers, 2 new visits and 1 new orders.",
    ]
    assert json.loads(lines[-1]) == {
        "rows": 3, "skipped": 0, "unknown_kinds": {}, "unknown_columns": [], "added": 3, "known": 0, "shoppers": 2,
        "visits": 2, "orders": 1, "unpriced": 0, "removed": 0, "old": 0,
    }  # fmt: skip
    assert Order.objects.get().total_minor == 8990
    assert AuditEntry.objects.get().actor_label == "command"


def test_running_it_twice_adds_nothing(log: Any) -> None:
    path = log(*ROWS)
    run(path)
    result = json.loads(run(path, "--json")[-1])
    assert (result["added"], result["known"]) == (0, 3)
    assert (Event.objects.count(), Visit.objects.count(), Order.objects.count()) == (3, 2, 1)


def test_a_row_that_repeats_is_known(log: Any) -> None:
    assert run(log(*ROWS, *ROWS))[0] == "3 new events, 3 known already."


def test_prices_are_in_the_malls_currency(log: Any) -> None:
    Mall.objects.create(currency="JPY")
    run(log(event(price="1500")))
    assert Event.objects.get().price_minor == 1500


def test_stopped_half_way_it_is_completed_by_running_it_again(
    log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "BATCH", 1)
    monkeypatch.setattr(reading, "STEP", 1)
    rows = [event(occurred_at=at(minute), kind="purchase", visit_id="") for minute in (0, 40, 20, 0.5, 300)]
    path = log(*rows)
    record, calls = event_imports.record, []

    def dies(*given: Any, **named: Any) -> Any:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return record(*given, **named)

    monkeypatch.setattr(event_imports, "record", dies)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    assert 0 < Event.objects.count() < len(rows)
    monkeypatch.setattr(event_imports, "record", record)
    assert json.loads(run(path, "--json")[-1])["known"] > 0
    assert Event.objects.count() == len(rows)
    assert sorted(Visit.objects.values_list("event_count", flat=True)) == [1, 4]
    assert Order.objects.count() == len(rows)


def test_bad_input_is_exit_2_and_writes_nothing(log: Any) -> None:
    error = refused(log(*ROWS, event(price="much")))
    assert error.returncode == 2
    assert "Nothing was imported.\nlog.csv, row 5, column price: found 'much'" in str(error)
    assert not Event.objects.exists()
    assert not AuditEntry.objects.exists()


def test_skip_bad_keeps_the_good_rows(log: Any, tmp_path: Path) -> None:
    lines = run(log(*ROWS, event(price="much")), "--skip-bad", tmp_path / "bad.csv", "--json")
    assert json.loads(lines[-1])["skipped"] == 1
    assert Event.objects.count() == 3
    assert "price: found 'much'" in (tmp_path / "bad.csv").read_text()


def test_what_was_left_out_is_told(log: Any) -> None:
    rows = [[*event(), "x"], [*event(kind="scroll"), "x"], [*event(kind="purchase", price=""), "x"]]
    lines = run(log(*rows, header=[*HEADER, "browser"]))
    assert lines[2:] == [
        "1 purchases have no price: no order could be made of them.",
        "1 rows of unknown kinds were left out: scroll 1.",
        "Columns that nothing is known of were left out: browser.",
    ]


def test_wrong_usage_is_exit_2(log: Any, tmp_path: Path) -> None:
    path = log(*ROWS)
    for args in (
        ["/no/such/file.csv"],
        [path, "--skip-bad", "/no/such/folder/bad.csv"],
        [path, "--skip-bad", tmp_path],
        [path, "--skip-bad", path],
    ):
        assert refused(*args).returncode == 2
    assert path.exists()


def test_what_may_not_be_read_or_written_is_exit_2(
    log: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(*ROWS)
    monkeypatch.setattr(os, "access", lambda place, mode: mode != os.R_OK)
    assert "may not be read" in str(refused(path))
    monkeypatch.setattr(os, "access", lambda place, mode: mode != os.W_OK)
    assert "Nothing may be written into" in str(refused(path, "--skip-bad", tmp_path / "bad.csv"))


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (OSError(28, "No space left on device"), "The import stopped: .*No space left.*run it again"),
        (Overtaken(), "Another import writes the same events"),
    ],
)
def test_work_that_fails_is_exit_1(
    log: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception, words: str
) -> None:
    def fail(*given: Any, **named: Any) -> Any:
        raise failure
        yield

    monkeypatch.setattr(event_import, "import_in_steps", fail)
    with pytest.raises(CommandError, match=words) as caught:
        run(log(*ROWS))
    assert caught.value.returncode == 1


def test_no_space_for_the_bad_rows_is_exit_1_and_writes_nothing(log: Any) -> None:
    error = refused(log(*ROWS, event(price="dear")), "--skip-bad", "/dev/full")
    assert error.returncode == 1
    assert "No space left on device" in str(error)
    assert not Event.objects.exists()
