"""`convert rees46`: events of the shops in our layout, whole or not at all."""

import csv
import gzip
import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import public_files
import pytest
from django.core.management import CommandError, call_command
from public_files import REES46

HEADER = ["shopper_id", "occurred_at", "kind", "product_id", "category", "price", "quantity", "visit_id"]
HEATER = "appliances.environment.water_heater"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return public_files.put(tmp_path / "2019-Oct.csv", REES46)


def convert(path: Path, out: Path, **options: Any) -> dict[str, Any]:
    said = StringIO()
    call_command("convert", "rees46", str(path), out=out, json=True, stdout=said, **options)
    return json.loads(said.getvalue().splitlines()[-1])


def refused(path: Path, out: Path, **options: Any) -> tuple[int, str]:
    with pytest.raises(CommandError) as refusal:
        convert(path, out, **options)
    return refusal.value.returncode, str(refusal.value)


def read(path: Path) -> list[list[str]]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return list(csv.reader(StringIO(text)))


def test_every_event_is_one_of_ours(shop: Path, tmp_path: Path) -> None:
    counts = convert(shop, tmp_path / "events.csv")

    assert read(tmp_path / "events.csv") == [
        HEADER,
        ["541312140", "1569888000000", "product_view", "44600062", "", "35.79", "", "72d76fde"],
        ["554748717", "1569888005000", "add_to_cart", "3900821", HEATER, "33.20", "", "9333dfbd"],
        ["554748717", "1569888009000", "remove_from_cart", "3900821", HEATER, "33.20", "", "9333dfbd"],
        ["519107250", "1569888060000", "purchase", "1005115", "electronics.smartphone", "0.00", "", ""],
    ]
    assert (counts["rows"], counts["events"], counts["skipped"]) == (4, 4, 0)
    assert (counts["without_category"], counts["without_visit"]) == (1, 1)
    assert counts["kinds"] == {"product_view": 1, "add_to_cart": 1, "remove_from_cart": 1, "purchase": 1}


@pytest.mark.parametrize(
    ("category", "shown"), [("code", ["", HEATER]), ("top", ["", "appliances"]), ("id", ["2103", "2053"])]
)
def test_what_the_category_is(shop: Path, tmp_path: Path, category: str, shown: list[str]) -> None:
    convert(shop, tmp_path / "events.csv", category=category)

    assert [row[4] for row in read(tmp_path / "events.csv")[1:3]] == shown


@pytest.mark.parametrize("packed", ["", ".gz", ".xz"])
@pytest.mark.parametrize("out", ["events.csv", "events.csv.gz"])
def test_packed_files_give_the_same_events(tmp_path: Path, shop: Path, packed: str, out: str) -> None:
    source = public_files.put(tmp_path / f"october.csv{packed}", REES46)
    convert(shop, tmp_path / "plain.csv")
    convert(source, tmp_path / out)
    first = (tmp_path / out).read_bytes()
    convert(source, tmp_path / out)

    assert read(tmp_path / out) == read(tmp_path / "plain.csv")
    assert (tmp_path / out).read_bytes() == first


def test_unknown_types_are_counted_and_left_out(tmp_path: Path) -> None:
    shop = public_files.put(tmp_path / "a.csv", REES46.replace(",cart,", ",wishlist,"))
    counts = convert(shop, tmp_path / "events.csv")

    assert (counts["rows"], counts["events"], counts["unknown"]) == (4, 3, {"wishlist": 1})


def test_a_column_more_and_another_order_do_not_matter(tmp_path: Path, shop: Path) -> None:
    turned = [",".join(reversed(line.split(","))) + ",x" for line in REES46.splitlines()]
    other = public_files.put(tmp_path / "turned.csv", "\n".join(turned))
    convert(shop, tmp_path / "events.csv")
    convert(other, tmp_path / "other.csv")

    assert read(tmp_path / "other.csv") == read(tmp_path / "events.csv")


# ---- what is refused, and that nothing is left of it ------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("00:00:05 UTC", "00:00:05", "row 3, column event_time: found '2019-10-01 00:00:05', expected a moment with"),
        ("2019-10-01 00:00:05", "2019-13-01 00:00:05", "row 3, column event_time"),
        ("554748717,9333dfbd\n2019-10-01 00:00:09", ",9333dfbd\n2019-10-01 00:00:09", "row 3, column user_id"),
        ("35.79", "-35.79", "row 2, column price: found '-35.79', expected an amount of 0 or more"),
        ("35.79", "1e3", "row 2, column price"),
        ("shiseido,", "", "row 2: found 8 cells, expected 9 as in the header"),
        ("shiseido", '"shi"seido', "row 2: found a broken line"),
        ("user_session\n", "session\n", "row 1, column user_session: found the columns event_time"),
        (REES46, "", "an empty file"),
        (REES46[REES46.index("\n") :], "\n", "0 rows and no event"),
    ],
)  # fmt: skip
def test_a_bad_file_names_its_place(tmp_path: Path, before: str, after: str, words: str) -> None:
    assert before in REES46
    bad = public_files.put(tmp_path / "bad.csv", REES46.replace(before, after))
    code, said = refused(bad, tmp_path / "events.csv")

    assert code == 2
    assert words in said
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_a_file_of_other_types_only_has_no_event(tmp_path: Path) -> None:
    lines = REES46.splitlines(keepends=True)
    bad = public_files.put(tmp_path / "bad.csv", lines[0] + lines[1].replace(",view,", ",looked,"))

    assert "1 rows and no event" in refused(bad, tmp_path / "events.csv")[1]


def test_the_first_faults_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    rows = REES46.splitlines(keepends=True)
    bad = public_files.put(tmp_path / "bad.csv", rows[0] + rows[1].replace("35.79", "free") * 30)
    code, said = refused(bad, tmp_path / "events.csv")

    assert code == 2
    assert said.count("found 'free'") == 20
    assert "And 10 more." in said


@pytest.mark.parametrize("packed", [".gz", ".xz"])
def test_a_cut_archive_leaves_nothing_behind(tmp_path: Path, packed: str) -> None:
    whole = public_files.PACK[packed]((REES46 + REES46.partition("\n")[2] * 5000).encode())
    path = tmp_path / f"cut.csv{packed}"
    path.write_bytes(whole[: len(whole) // 2])
    code, said = refused(path, tmp_path / "events.csv")

    assert code == 2
    assert "a damaged or cut archive" in said
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(REES46.encode().replace(b"shiseido", b"\xff\xfe"))

    assert "bytes that are no text" in refused(path, tmp_path / "events.csv")[1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
def test_a_full_disk_is_work_that_failed(shop: Path) -> None:
    code, said = refused(shop, Path("/dev/full"))

    assert code == 1
    assert "/dev/full cannot be written to its end" in said
    assert Path("/dev/full").is_char_device()


def test_an_earlier_file_stays_when_the_new_one_fails(tmp_path: Path) -> None:
    out = tmp_path / "events.csv"
    out.write_text("earlier")
    refused(public_files.put(tmp_path / "bad.csv", REES46.replace("35.79", "free")), out)

    assert out.read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", "events.csv"]


def test_a_folder_where_nothing_can_be_made(tmp_path: Path, shop: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    place = Path("/proc/events.csv") if os.access(locked, os.W_OK) else locked / "events.csv"
    code, said = refused(shop, place)

    assert code == 2
    assert f"{place} cannot be written" in said


def test_wrong_usage_is_exit_code_2(tmp_path: Path, shop: Path) -> None:
    assert refused(tmp_path / "none.csv", tmp_path / "events.csv")[0] == 2
    assert refused(tmp_path, tmp_path / "events.csv")[0] == 2
    assert refused(shop, tmp_path)[0] == 2
    assert refused(shop, tmp_path / "nowhere" / "events.csv")[0] == 2
    assert refused(shop, shop) == (2, "--out is the file itself. Name another one.")
    assert shop.read_text() == REES46
