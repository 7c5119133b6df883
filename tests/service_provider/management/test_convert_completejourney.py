"""`convert completejourney`: purchases as events, campaigns, redemptions and coupons as tables of their own."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import public_files
import pytest
from django.core.management import CommandError, call_command
from public_files import JOURNEY


def convert(folder: Path, out: Path, **options: Any) -> dict[str, Any]:
    said = StringIO()
    call_command("convert", "completejourney", str(folder), out=out, json=True, stdout=said, **options)
    return json.loads(said.getvalue().splitlines()[-1])


def refused(folder: Path, out: Path, **options: Any) -> tuple[int, str]:
    with pytest.raises(CommandError) as refusal:
        convert(folder, out, **options)
    return refusal.value.returncode, str(refusal.value)


def read(path: Path) -> list[list[str]]:
    return list(csv.reader(path.open()))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_purchases_become_events(tmp_path: Path, out: Path) -> None:
    counts = convert(public_files.put_journey(tmp_path / "in"), out)
    basket = "32445856036"

    assert read(out / "events.csv") == [
        ["shopper_id", "occurred_at", "kind", "product_id", "category", "price", "quantity", "visit_id"],
        ["2261", "1485630413000", "purchase", "940996", "LUNCHMEAT", "3.86", "1", "31625220889"],
        ["2261", "1485630413000", "purchase", "873902", "BREAD", "3.33", "3", "31625220889"],
        ["511", "1490495400000", "purchase", "397896", "COUPON/MISC ITEMS", "23.25", "1", basket],
        ["511", "1490548941000", "purchase", "111111", "", "2.50", "2", basket],
    ]
    assert (counts["rows"], counts["events"], counts["without_pieces"]) == (5, 4, 1)
    assert (counts["by_measure"], counts["rounded"], counts["without_category"]) == (1, 1, 1)


def test_campaigns_redemptions_and_coupons_are_tables(tmp_path: Path, out: Path) -> None:
    counts = convert(public_files.put_journey(tmp_path / "in"), out)

    assert read(out / "campaigns.csv") == [
        ["campaign_id", "shopper_id", "type", "start_date", "end_date"],
        ["1", "2261", "Type B", "2017-03-03", "2017-04-09"],
        ["1", "511", "Type B", "2017-03-03", "2017-04-09"],
    ]
    assert read(out / "redemptions.csv") == [
        ["shopper_id", "coupon_id", "campaign_id", "redemption_date"],
        ["2261", "100", "1", "2017-03-05"],
    ]
    assert read(out / "coupons.csv") == [
        ["coupon_id", "product_id", "campaign_id"],
        ["100", "940996", "1"],
        ["100", "873902", "1"],
    ]
    assert (counts["campaigns"], counts["redemptions"]) == (2, 1)
    assert (counts["coupons"], counts["coupons_repeated"]) == (2, 1)


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_packed_files_give_the_same_tables(tmp_path: Path, out: Path, suffix: str) -> None:
    convert(public_files.put_journey(tmp_path / "in"), out)
    convert(public_files.put_journey(tmp_path / "packed", suffix), tmp_path / "again")

    for path in out.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_sample_stands_in_for_all_transactions(tmp_path: Path, out: Path) -> None:
    folder = public_files.put_journey(tmp_path / "in")
    (folder / "transactions.csv").rename(folder / "transactions_sample.csv")

    assert convert(folder, out)["events"] == 4


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("UTC", "1490495400000"),
        ("America/New_York", "1490509800000"),
        ("Europe/Berlin", "1490491800000"),  # an hour that the clocks leave out there: the hour after
    ],
)
def test_times_are_of_the_zone_that_is_named(tmp_path: Path, out: Path, zone: str, moment: str) -> None:
    convert(public_files.put_journey(tmp_path / "in"), out, zone=zone)

    assert read(out / "events.csv")[3][1] == moment


def test_the_department_may_be_the_category(tmp_path: Path, out: Path) -> None:
    convert(public_files.put_journey(tmp_path / "in"), out, category="department")

    assert [row[4] for row in read(out / "events.csv")[1:]] == ["DELI", "PASTRY", "FUEL", ""]


# ---- what is refused, and that nothing is left of it ------------------------------------------------


@pytest.mark.parametrize(
    ("file", "before", "after", "words"),
    [
        ("transactions", "3.86", "-3.86", "row 2, column quantity, sales_value: found '1.0' and '-3.86'"),
        ("transactions", "3.86", "nan", "expected two numbers of 0 or more"),
        ("transactions", "8776.0", "many", "row 4, column quantity, sales_value"),
        ("transactions", "2017-01-28 19:06:53\n511", "tomorrow\n511", "row 3, column transaction_timestamp"),
        ("transactions", "02:30:00", "25:30:00", "row 4, column transaction_timestamp"),
        ("transactions", "2261,309", ",309", "row 2, column household_id"),
        ("transactions", "basket_id", "basket", "column basket_id: found the columns household_id"),
        ("products", "product_category", "kind", "column product_category"),
        ("campaigns", "1,511", "7,511", "row 3, column campaign_id: found '7'"),
        ("campaign_descriptions", "2017-03-03", "3 March", "row 2, column start_date: found '3 March'"),
        ("coupon_redemptions", "2017-03-05", "", "row 2, column redemption_date: found nothing"),
        ("coupons", "100,940996,1\n", "100,940996\n", "row 2: found 2 cells, expected 3"),
    ],
)
def test_a_bad_file_names_its_place(
    tmp_path: Path, out: Path, file: str, before: str, after: str, words: str
) -> None:
    assert before in JOURNEY[file]
    folder = public_files.put_journey(tmp_path / "in", **{file: JOURNEY[file].replace(before, after)})
    code, said = refused(folder, out)

    assert code == 2
    assert words in said
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("file", sorted(set(JOURNEY) - {"demographics"}))
def test_a_missing_file_is_named(tmp_path: Path, out: Path, file: str) -> None:
    code, said = refused(public_files.put_journey(tmp_path / "in", **{file: None}), out)

    assert code == 2
    assert f"{file}.csv" in said
    assert not out.exists()


def test_a_cut_archive_leaves_nothing_behind(tmp_path: Path, out: Path) -> None:
    folder = public_files.put_journey(tmp_path / "in", ".xz")
    cut = folder / "coupons.csv.xz"
    cut.write_bytes(cut.read_bytes()[:-30])

    assert "coupons.csv.xz, row" in refused(folder, out)[1]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_full_disk_is_work_that_failed(tmp_path: Path, out: Path, monkeypatch: Any) -> None:
    import resource

    rows = JOURNEY["transactions"].splitlines(keepends=True)
    folder = public_files.put_journey(tmp_path / "in", transactions=rows[0] + rows[1] * 5000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        code, said = refused(folder, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert code == 1
    assert "cannot be written to its end (File too large)" in said
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_wrong_usage_is_exit_code_2(tmp_path: Path, out: Path) -> None:
    folder = public_files.put_journey(tmp_path / "in")
    assert refused(tmp_path / "none", out)[0] == 2
    assert refused(folder / "transactions.csv", out)[0] == 2
    assert refused(folder, tmp_path / "nowhere" / "out")[0] == 2
    assert refused(folder, out, zone="Mars/Olympus") == (
        2, "There is no time zone Mars/Olympus. Name one such as America/New_York."
    )  # fmt: skip
    out.mkdir()
    (out / "mine.txt").write_text("kept")
    assert refused(folder, out)[0] == 2
    assert (out / "mine.txt").read_text() == "kept"
