"""Pages of segments: a grid that can be read, honest small groups, moves between two days, and files."""

from datetime import timedelta
from typing import Any

import make
import pytest
import segment_reports
from django.urls import reverse
from make import NOON
from segment_reports import DAY

from engine.contracts import NEWCOMERS
from service_provider.models import Job, Mall, ModelVersion, Shopper

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> ModelVersion:
    return segment_reports.version()


def page(client: Any, name: str, *arguments: str, **query: str) -> str:
    answer = client.get(reverse(f"provider:{name}", args=arguments), query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_an_empty_page_teaches_and_offers_a_training(petra: Any, alan: Any, door: Any) -> None:
    assert "No segments yet." in page(door(petra), "segments")
    assert "Train segments" in page(door(petra), "segments")
    shown = page(door(alan), "segments")
    assert "Train segments" not in shown
    assert "The provider can start one." in shown


def test_the_button_starts_one_job(petra: Any, door: Any) -> None:
    client = door(petra)
    first = client.post(reverse("provider:segments-train"))
    second = client.post(reverse("provider:segments-train"))

    job = Job.objects.get(kind="train_segments")
    assert first["Location"] == second["Location"] == reverse("provider:job", args=[job.pk])
    assert "A training is under way" in page(client, "segments")


def test_a_failed_training_says_why(petra: Any, door: Any) -> None:
    make.job("train_segments", state="failed", failure="Of 3 shoppers 0 have at least two orders.")
    assert "Of 3 shoppers 0 have at least two orders." in page(door(petra), "segments")


def test_the_grid_shows_every_cell_and_its_figures(live: ModelVersion, alan: Any, door: Any) -> None:
    shown = page(door(alan), "segments")

    for name in segment_reports.NAMES.values():
        assert name in shown
    assert shown.count("joined with a neighbour") == 2
    assert "40.0 % (30.0 to 50.0 %)" in shown
    assert "Neither is better by more than one standard error." in shown
    assert "as of 20 May 2026" in shown
    assert shown.index("Frequent lookers") < shown.index("Rare lookers")  # who comes more stands higher


def test_a_small_segment_has_no_figure(live: ModelVersion, alan: Any, door: Any) -> None:
    assert "not enough data yet" in page(door(alan), "segments")
    Mall.objects.update_or_create(pk=1, defaults={"min_group_size": 1})
    assert "not enough data yet" not in page(door(alan), "segments")


@pytest.mark.parametrize(("colour", "strongest"), [("size", "Rare lookers"), ("spend", "Loyal big spenders")])
def test_the_colour_is_what_was_chosen(
    live: ModelVersion, alan: Any, door: Any, colour: str, strongest: str
) -> None:
    shown = page(door(alan), "segments", colour=colour)
    assert strongest in shown.split("shade-5", 1)[1][:120]


@pytest.mark.parametrize("version", ["7", "x", "-1", "9" * 12])
def test_a_version_that_is_not_there(live: ModelVersion, alan: Any, door: Any, version: str) -> None:
    assert door(alan).get(reverse("provider:segments"), {"version": version}).status_code == 404


def test_a_version_that_is_not_in_use_says_so(petra: Any, door: Any) -> None:
    segment_reports.version(live=False)
    assert "puts nobody anywhere until it is promoted" in page(door(petra), "segments")


def test_a_version_has_its_page_and_is_promoted_on_one(petra: Any, door: Any) -> None:
    made = segment_reports.version(live=False)
    client = door(petra)

    assert (
        client.get(reverse("provider:model", args=[made.pk]))["Location"] == "/provider/segments/?version=1"
    )
    assert "every shopper belongs to one of its 4 segments" in page(client, "model-promote", str(made.pk))
    refused = client.post(reverse("provider:model-promote", args=[made.pk]))
    assert refused.status_code == 409
    assert "cannot serve" in refused.content.decode()


def test_roll_back_is_of_its_own_kind(live: ModelVersion, petra: Any, door: Any) -> None:
    client = door(petra)
    make.model_version(5, live=True)

    assert "There is no earlier version" in page(client, "model-roll-back", kind="segments")
    assert client.get(reverse("provider:model-roll-back"), {"kind": "other"}).status_code == 404


def test_the_list_of_revenue_versions_has_no_segments(live: ModelVersion, petra: Any, door: Any) -> None:
    assert "No version yet" in page(door(petra), "models")


@pytest.fixture
def people(live: ModelVersion, anna: Any) -> list[Shopper]:
    """Anna has an account; thirty others have none."""
    others = [Shopper.objects.create(key=f"S{n:02}", created_at=NOON) for n in range(30)]
    for number, one in enumerate([anna.shopper, *others]):
        segment_reports.put(one, live, "segment-03", score=number / 10)
    return [anna.shopper, *others]


def test_the_shoppers_of_a_cell_are_listed_by_spend(people: list[Shopper], petra: Any, door: Any) -> None:
    first = page(door(petra), "segment", "segment-03")
    assert "31 shoppers now" in first
    assert first.index("S29") < first.index("S28")
    assert "key-anna" not in first

    last = page(door(petra), "segment", "segment-03", page="2")
    assert reverse("provider:shopper", args=["key-anna"]) in last
    assert reverse("provider:shopper", args=["S00"]) not in last  # she has no account, so no page


def test_they_are_sorted_as_chosen(people: list[Shopper], petra: Any, door: Any) -> None:
    shown = page(door(petra), "segment", "segment-03", sort="spending")
    assert shown.index("key-anna") < shown.index("S00") < shown.index("S01")
    assert "S29" in page(door(petra), "segment", "segment-03", sort="nonsense")


def test_an_analyst_gets_no_links_to_people(people: list[Shopper], alan: Any, door: Any) -> None:
    shown = page(door(alan), "segment", "segment-03", sort="spending")
    assert "key-anna" in shown
    assert reverse("provider:shopper", args=["key-anna"]) not in shown


def test_an_empty_segment_and_one_that_is_none(live: ModelVersion, alan: Any, door: Any) -> None:
    assert "Nobody is in this segment now." in page(door(alan), "segment", NEWCOMERS)
    assert door(alan).get(reverse("provider:segment", args=["segment-99"])).status_code == 404


@pytest.fixture
def moved(live: ModelVersion) -> None:
    first, second, third = (Shopper.objects.create(key=f"S{n}", created_at=NOON) for n in range(3))
    segment_reports.put(first, live, "segment-01")
    segment_reports.put(second, live, "segment-01", until=NOON + 10 * DAY)
    segment_reports.put(second, live, "segment-03", since=NOON + 10 * DAY)
    segment_reports.put(third, live, NEWCOMERS, since=NOON + 5 * DAY)


def test_who_went_where(moved: None, alan: Any, door: Any) -> None:
    shown = page(door(alan), "segments-migration", before="2026-05-21", after="2026-06-10")

    assert "1 (50 %)" in shown
    assert "50.0 % are in the same one" in shown
    assert "not known" in shown  # the newcomer was not seen by the first day


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("2026-06-10", "2026-05-21", "Choose a later day than the one before it."),
        ("2026-05-21", "2026-05-21", "Choose a later day than the one before it."),
        ("2025-01-01", "2026-06-01", "Segments are known from 20 May 2026 on."),
        ("2026-05-21", "2999-01-01", "This day has not come yet."),
        ("yesterday", "2026-06-01", "Enter a valid date."),
        ("", "2026-06-01", "This field is required."),
    ],
)
def test_days_that_do_not_fit(moved: None, alan: Any, door: Any, before: str, after: str, told: str) -> None:
    answer = door(alan).get(reverse("provider:segments-migration"), {"before": before, "after": after})
    assert answer.status_code == 400
    assert told in answer.content.decode()


def test_without_segments_nobody_went_anywhere(alan: Any, door: Any) -> None:
    assert "Nobody has a segment yet." in page(door(alan), "segments-migration")


def test_the_files_hold_what_the_pages_show(people: list[Shopper], alan: Any, door: Any) -> None:
    client = door(alan)
    grid, members = (
        b"".join(client.get(f"/provider/downloads/{what}/csv/", query).streaming_content)
        .decode()
        .splitlines()
        for what, query in (
            ("segments", {"version": "1"}),
            ("segment-members", {"code": "segment-03", "sort": "spending"}),
        )
    )

    assert len(grid) == 1 + len(segment_reports.NAMES)
    assert grid[3].startswith("1,yes,")
    assert ",450" in grid[3]  # in the currency, not in its smallest unit
    assert len(members) == 32
    assert members[1].startswith("key-anna,segment-03,Loyal big spenders,0")


def test_a_small_segment_has_no_figure_in_the_file_either(live: ModelVersion, alan: Any, door: Any) -> None:
    answer = door(alan).get("/provider/downloads/segments/csv/")
    last = b"".join(answer.streaming_content).decode().splitlines()[-1]

    assert "Newcomers" in last
    assert "0.9" not in last


def test_a_day_ends_in_the_malls_zone() -> None:
    from service_provider.dashboard.forms.segments import end_of
    from service_provider.queries.mall import MallSettings

    found = end_of(NOON.date(), MallSettings(zone="Europe/Istanbul"))
    assert found == NOON.replace(hour=21) - timedelta(milliseconds=1)
