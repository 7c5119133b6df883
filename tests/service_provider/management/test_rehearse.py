"""`rehearse`: the table, the object, the picture, and every way to ask wrongly."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Generator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import rehearsal_reports
from django.core.management import CommandError, call_command

from engine.contracts import POLICIES, Measure, Progress, RehearsalReport, RehearsalSettings
from engine.simulate.rehearsal import RehearsalRefused
from service_provider.jobs import side_by_side
from service_provider.management.commands.rehearse import Command
from service_provider.management.rehearsals import picture, table

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def asked(monkeypatch: Any) -> list[RehearsalSettings]:
    """What the engine was asked to rehearse; it answers at once."""
    calls: list[RehearsalSettings] = []

    def rehearse(settings: RehearsalSettings) -> Generator[Progress, None, RehearsalReport]:
        calls.append(settings)
        return (yield from rehearsal_reports.at_once(settings))

    monkeypatch.setattr(side_by_side, "rehearse", rehearse)
    return calls


def said(**options: Any) -> list[str]:
    out = StringIO()
    call_command("rehearse", stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_table_has_every_policy_with_its_interval(asked: list[RehearsalSettings]) -> None:
    lines = said(seeds=4, first_seed=3)
    assert asked == [RehearsalSettings(seeds=4, first_seed=3)]
    assert [name for name in POLICIES if not any(line.startswith(f"{name} ") for line in lines)] == []
    assert "Seeds 3 to 6, 2,000 shoppers over 30 days, a coupon of 10 %, margins times 1." in lines
    assert any("+12.50 [+7.50, +17.50]" in line and "0.50 [0.30, 0.70]" in line for line in lines)
    assert any(line.startswith("Uplift rank earned 12.50 per shopper more than no coupon") for line in lines)
    assert "The yardsticks saw every outcome." in lines
    assert lines[-1] == "Add --picture FILE.svg to have it drawn."


def test_the_last_line_is_the_report(asked: list[RehearsalSettings], tmp_path: Path) -> None:
    found = json.loads(said(seeds=4, json=True, picture=tmp_path / "a.svg")[-1])
    assert RehearsalReport.from_json(found) == rehearsal_reports.report(RehearsalSettings(seeds=4))
    uplift = found["policies"]["uplift_rank"]
    assert {"value", "value_ci", "oracle_share", "spend"} <= set(uplift)


def test_columns_never_touch(asked: list[RehearsalSettings], monkeypatch: Any) -> None:
    """Large figures make a column wider, so that each line can still be cut at its blanks."""
    wide = rehearsal_reports.report(gains={"clairvoyant": rehearsal_reports.around(123456.789, 98765432.1)})
    lines = list(table.lines(wide))
    row = next(line for line in lines if line.startswith("clairvoyant "))
    assert [cell.strip() for cell in row.split("  ") if cell][
        2
    ] == "+123,456.79 [-98,641,975.31, +98,888,888.89]"
    head = next(line for line in lines if line.startswith("policy "))
    assert row.index("+123,456.79") == head.index("gain over none")


def test_no_coupon_is_always_rehearsed(asked: list[RehearsalSettings]) -> None:
    said(policies="uplift_rank, random")
    assert asked[0].policies == ("none", "random", "uplift_rank")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"seeds": 0}, "--seeds is a whole number from 1"),
        ({"shoppers": 0}, "--shoppers is a whole number from 1"),
        ({"days": -30}, "--days is a whole number from 1"),
        ({"first_seed": -1}, "--first-seed is a whole number from 0"),
        ({"training_points": 0}, "--training-points is a whole number from 2,000"),
        ({"depth": 0.3}, "--depth is one of 0.05, 0.10, 0.15, 0.20"),
        ({"depth": float("nan")}, "--depth is one of"),
        ({"budget": 0.0}, "--budget is a number above 0 and at most 1"),
        ({"budget": 1.5}, "--budget is a number above 0 and at most 1"),
        ({"budget": float("nan")}, "--budget is a number above 0"),
        ({"margin": 0.0}, "--margin is a number above 0 and at most 5"),
        ({"margin": float("inf")}, "--margin is a number above 0"),
        ({"policies": "uplift_rank,astrology"}, "There is no policy 'astrology'. Choose from none, random"),
        ({"policies": " , "}, "--policies names no policy"),
        ({"picture": Path("/nonesuch/x.svg")}, "its folder is missing"),
        ({"picture": Path("x.png")}, "call the file x.svg"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    asked: list[RehearsalSettings], options: dict[str, Any], told: str
) -> None:
    with pytest.raises(CommandError) as refused:
        said(**options)
    assert refused.value.returncode == 2
    assert told in str(refused.value)
    assert asked == []


def test_a_folder_that_allows_no_files(
    asked: list[RehearsalSettings], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(CommandError, match="allows no new files") as refused:
        said(picture=tmp_path / "x.svg")
    assert (refused.value.returncode, asked) == (2, [])


def test_what_the_engine_refuses_is_told_in_its_words(monkeypatch: Any) -> None:
    def rehearse(settings: RehearsalSettings) -> Generator[Progress, None, RehearsalReport]:
        raise RehearsalRefused("One shopper is no mall.")
        yield

    monkeypatch.setattr(side_by_side, "rehearse", rehearse)
    with pytest.raises(CommandError, match="One shopper is no mall") as refused:
        said(shoppers=1)
    assert refused.value.returncode == 2


def test_ctrl_c_ends_with_a_sentence(monkeypatch: Any, tmp_path: Path) -> None:
    closed = []

    def rehearse(settings: RehearsalSettings) -> Generator[Progress, None, RehearsalReport]:
        try:
            yield Progress("seed 1 of 20", 1, 20)
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    monkeypatch.setattr(side_by_side, "rehearse", rehearse)
    with pytest.raises(CommandError, match="Stopped. Nothing was written.") as stopped:
        said(picture=tmp_path / "x.svg")
    assert (stopped.value.returncode, closed, list(tmp_path.iterdir())) == (1, [True], [])


# ---- the picture ------------------------------------------------------------------------------------


def test_the_picture_is_an_svg_with_every_policy(asked: list[RehearsalSettings], tmp_path: Path) -> None:
    file = tmp_path / "rehearsal.svg"
    lines = said(picture=file)
    drawn = ET.parse(file).getroot()  # noqa: S314 - a file of our own
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert texts.count("Uplift rank") == 2  # beside its gain, and in the legend
    assert "Value against budget" in texts
    assert len(list(drawn.iter(f"{SVG}polyline"))) == len(POLICIES) - 1
    assert f"The picture is in {file}." in lines
    assert list(tmp_path.iterdir()) == [file]


def test_a_picture_for_which_there_is_no_room(
    asked: list[RehearsalSettings], tmp_path: Path, monkeypatch: Any
) -> None:
    """What was waited for is told all the same."""
    file, out = tmp_path / "x.svg", StringIO()
    file.write_text("the one before")

    def full(self: Any, target: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(CommandError, match="No space left on device") as failed:
        call_command("rehearse", picture=file, json=True, stdout=out)
    assert failed.value.returncode == 1
    assert "policies" in json.loads(out.getvalue().splitlines()[-1])
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the one before"]


@pytest.mark.parametrize(
    "gain", [Measure(0.0), Measure(0.0, 0.0, 0.0), Measure(-4e9, -5e9, -3e9), Measure(1e-7)]
)
def test_a_picture_of_odd_figures(gain: Measure) -> None:
    settings = RehearsalSettings(policies=("none", "random"))
    report = rehearsal_reports.report(settings, gains={"random": gain}, curve=())
    drawn = ET.fromstring(picture.draw(report))  # noqa: S314 - text of our own
    (dot,) = drawn.iter(f"{SVG}circle")
    assert 0 <= float(dot.attrib["cx"]) <= picture.WIDTH
    assert len(list(drawn.iter(f"{SVG}text"))) < 20


def test_the_help_names_every_option() -> None:
    parser = Command().create_parser("manage.py", "rehearse")
    assert "value, spend, redemptions" in parser.format_help()
