"""What the files of a simulated mall hold, to the letter."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import fake_mall
import pytest

from engine.contracts import HIGH, LOW
from engine.simulate.mall import names
from service_provider.adapters import files
from service_provider.adapters.mall_files import writer

S0, S2, BOT = (names.shopper_id(fake_mall.SEED, number) for number in (0, 2, 3))
V40, V41, V42 = (names.visit_id(fake_mall.SEED, number) for number in (40, 41, 42))


def write(folder: Path, **other: Any) -> writer.Manifest:
    steps = writer.write_mall(fake_mall.source(**other), folder)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture
def made(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_events_stand_in_the_order_of_receipt_with_late_ones_and_duplicates(made: Path) -> None:
    noon = fake_mall.NOON
    assert lines(made / "events.csv")[:6] == [
        "shopper_id,occurred_at,kind,product_id,category,price,quantity,visit_id",
        f"{S0},{noon},page_view,,,,,{V40}",
        f"{S0},{noon + 9_000},add_to_cart,p2,Books,15.05,2,{V40}",
        f"{S0},{noon + 5_000},product_view,p2,Books,15.05,,{V40}",
        f"{S0},{noon + 5_000},product_view,p2,Books,15.05,,{V40}",
        f"{BOT},{noon + 20_000},category_view,,Clothing,,,{V41}",
    ]
    assert len(lines(made / "events.csv")) == 11


def test_the_catalogue_quotes_what_needs_it_and_tells_the_margins_of_this_run(made: Path) -> None:
    assert lines(made / "catalogue.csv") == [
        "product_id,title,category,mall,price,margin,stock,active",
        'p1,"Linen Dress, blue",Clothing,Kanyon,300.00,0.2250,20,1',
        'p2,"The ""Silent"" Novel",Books,Zorlu Center,15.05,0.1500,7,1',
    ]


def test_transactions_are_read_as_they_were_bought(made: Path) -> None:
    read = files.read_transactions(made / "transactions.csv").rows
    novels, dress, *_ = read

    assert (novels.customer_id, novels.price_minor, novels.quantity, novels.coupon_no) == (S0, 3_010, 2, "")
    assert (dress.customer_id, dress.price_minor, dress.coupon_no[:1]) == (S2, 27_000, "c")
    assert (dress.gender, dress.age, dress.shopping_mall) == ("Female", 50, "Kanyon")
    assert dress.invoice_date.isoformat() == "2025-01-06"
    assert len({row.tid for row in read}) == 4
    assert {row.label for row in read} <= {LOW, HIGH}


def test_decisions_hold_the_whole_history(made: Path) -> None:
    assert lines(made / "decisions.csv")[:3] == [
        "unit_id,visit_id,decided_at,arm,category,propensity,slice,outcome,value_minor,cost_minor,events,adds",
        f"{S0},{V40},{fake_mall.NOON + 9_000},0,Books,0.900000,legacy,1,903,0,3,1",
        f"{S2},{V42},{fake_mall.NOON + 50_000},2,Clothing,0.200000,uniform,1,13500,3000,4,0",
    ]
    assert len(rows(made / "decisions.csv")) == 6


def test_the_experiment_is_the_uniform_slice_alone(made: Path) -> None:
    assert lines(made / "experiment.csv")[:2] == [
        "unit_id,arm,propensity,outcome,value,cost,events,adds",
        f"{S2},2,0.200000,1,13500,3000,4,0",
    ]
    assert len(rows(made / "experiment.csv")) == 4


def test_the_truth_lies_apart_with_a_word_of_warning(made: Path) -> None:
    assert lines(made / "truth" / "shoppers.csv")[:2] == [
        "shopper_id,is_bot,type,friction_ppm",
        f"{S0},0,sure_thing,250000",
    ]
    assert lines(made / "truth" / "shoppers.csv")[4:] == [f"{BOT},1,,"]
    assert "Learners never read it" in (made / "truth" / "README.txt").read_text()
    seen = "".join(path.read_text() for path in made.glob("*.csv"))
    assert not [word for word in ("friction", "sure_thing", "is_bot") if word in seen]


def test_the_manifest_names_every_file_with_its_checksum_and_nothing_of_this_machine(made: Path) -> None:
    told = json.loads((made / "manifest.json").read_text())
    present = {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}

    assert present == {"manifest.json", *told["files"], *told["notes"]}
    for name, facts in told["files"].items():
        assert facts["sha256"] == hashlib.sha256((made / name).read_bytes()).hexdigest()
        assert facts["rows"] == len(rows(made / name))
    assert told["settings"]["seed"] == fake_mall.SEED
    assert str(made) not in (made / "manifest.json").read_text()


def test_progress_counts_the_days(tmp_path: Path) -> None:
    steps = list(writer.write_mall(fake_mall.source(days=3), tmp_path))

    assert [(step.done, step.total) for step in steps] == [(1, 3), (2, 3), (3, 3)]


def test_the_same_run_gives_the_same_manifest(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    assert write(tmp_path / "one") == write(tmp_path / "two")
