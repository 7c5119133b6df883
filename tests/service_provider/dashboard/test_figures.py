"""Overview, accuracy, predictions, ratio and trending, as the analyst sees them."""

from datetime import timedelta
from typing import Any

import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from service_provider.models import Mall, SearchDay, Transaction
from service_provider.queries.kept import Kept

PAGES = [
    "/provider/", "/provider/accuracy/", "/provider/accuracy/bar/", "/provider/accuracy/line/",
    "/provider/accuracy/pie/",
    "/provider/predictions/", "/provider/ratio/", "/provider/ratio/line/", "/provider/ratio/pie/",
    "/provider/ratio/spline/", "/provider/trending/", "/provider/trending/?days=7",
]  # fmt: skip


@pytest.fixture
def history(db: None) -> Any:
    """Two versions, eight predictions of which four have come true, six transactions; groups of two are enough."""
    Mall.objects.create(pk=1, min_group_size=2)
    version = make.model_version(1, live=True, created_at=timezone.now())
    make.model_version(2, report=make.report(accuracy=0.5, better=False))
    fill(version, 8)
    for i in range(6):
        day = timezone.now().date() - timedelta(days=5 * i)
        Transaction.objects.create(
            **make.FIELDS | {"tid": f"X{i}", "invoice_date": day}, imported_at=make.NOON
        )
    return version


def fill(version: Any, count: int) -> None:
    for i in range(count):
        at = timezone.now() - timedelta(days=i)
        make.prediction(version, result=i % 2, tid=f"T{i}", created_at=at, actual=1 if i < 4 else None)


@pytest.mark.parametrize("url", PAGES)
def test_a_page_without_any_data_teaches_what_comes_next(url: str, petra: Any, door: Any) -> None:
    answer = door(petra).get(url)
    assert answer.status_code == 200
    assert 'class="button' in answer.text
    assert answer.text.count("<h1") == 1
    assert "as of" in answer.text


@pytest.mark.parametrize("url", PAGES)
def test_a_page_with_data_says_as_of_when(url: str, alan: Any, door: Any, history: Any) -> None:
    answer = door(alan).get(url)
    assert answer.status_code == 200
    assert "as of" in answer.text
    assert "<table" in answer.text
    for line in answer.text.split("<canvas")[1:]:
        assert 'role="img" aria-label="' in line
        assert 'type="application/json"' in line
        assert "The same data as a table" in line


@pytest.mark.parametrize("url", PAGES)
def test_nobody_and_shoppers_stay_outside(url: str, anna: Any, door: Any) -> None:
    assert door(None).get(url).status_code == 302
    assert door(anna).get(url).status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "/provider/accuracy/spline/",
        "/provider/ratio/bar/",
        "/provider/accuracy/?version=9",
        "/provider/accuracy/?version=x",
        "/provider/predictions/99/",
    ],
)
def test_what_does_not_exist_is_not_found(url: str, alan: Any, door: Any, history: Any) -> None:
    assert door(alan).get(url).status_code == 404


@pytest.mark.parametrize("url", PAGES)
def test_sixty_rows_ask_no_more_queries_than_ten(url: str, alan: Any, door: Any, db: None) -> None:
    version = make.model_version(1, live=True)
    browser = door(alan)
    counts = []
    for number in (10, 50):
        fill(version, number)
        for i in range(number):
            Transaction.objects.create(**make.FIELDS | {"tid": f"X{number}-{i}"}, imported_at=make.NOON)
        Kept.forget_all()
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_accuracy_never_stands_without_the_majority_rate(alan: Any, door: Any, history: Any) -> None:
    browser = door(alan)
    assert (
        "Always answering the majority: <strong>55.0 %</strong>"
        in browser.get(reverse("provider:overview")).text
    )
    for chart in ("bar", "line", "pie"):
        text = browser.get(reverse("provider:accuracy-chart", args=[chart])).text
        assert "55.0 %" in text
        assert "Better than always answering High." in text


def test_another_version_can_be_chosen(alan: Any, door: Any, history: Any) -> None:
    text = door(alan).get(reverse("provider:accuracy"), {"version": "2"}).text
    assert "Accuracy of version 2" in text
    assert "No better than always answering High." in text
    assert '<option value="2" selected>' in text


def test_a_stale_model_is_named(alan: Any, petra: Any, door: Any) -> None:
    make.model_version(1, live=True, created_at=timezone.now() - timedelta(days=31))
    assert "more than 30 days ago" in door(petra).get(reverse("provider:overview")).text
    assert "Ask the provider" in door(alan).get(reverse("provider:overview")).text


def test_a_fresh_model_is_not_called_stale(petra: Any, door: Any, history: Any) -> None:
    assert "days ago" not in door(petra).get(reverse("provider:overview")).text


def test_predictions_are_filtered_and_their_downloads_alike(alan: Any, door: Any, history: Any) -> None:
    answer = door(alan).get(reverse("provider:predictions"), {"came_true": "no", "q": "T"})
    assert answer.context["listing"].page.total == 2
    assert f"{reverse('provider:download', args=['predictions', 'xls'])}?came_true=no&amp;q=T" in answer.text


def test_a_filter_that_is_not_understood_keeps_what_was_typed(alan: Any, door: Any, history: Any) -> None:
    answer = door(alan).get(reverse("provider:predictions"), {"month": "May"})
    assert answer.status_code == 200
    assert "Give a month as year and number" in answer.text
    assert 'value="May"' in answer.text
    assert "Nothing is shown" in answer.text


def test_a_filter_that_fits_nothing_offers_the_way_back(alan: Any, door: Any, history: Any) -> None:
    assert "No prediction fits" in door(alan).get(reverse("provider:predictions"), {"q": "nowhere"}).text


def test_pages_keep_the_filter(alan: Any, door: Any, history: Any) -> None:
    fill(history, 60)
    answer = door(alan).get(reverse("provider:predictions"), {"result": "1", "page": "2"})
    assert answer.context["listing"].page.number == 2
    assert 'href="?result=1&amp;page=1"' in answer.text


@pytest.mark.parametrize("page", ["x", "-1", "²", "9" * 30])
def test_a_page_number_that_is_none_shows_the_first(page: str, alan: Any, door: Any, history: Any) -> None:
    assert door(alan).get(reverse("provider:predictions"), {"page": page}).context["listing"].page.number == 1


def test_one_prediction_shows_its_votes_version_and_outcome(
    alan: Any, petra: Any, anna: Any, door: Any, history: Any
) -> None:
    row = make.prediction(history, result=1, actual=0, actual_at=make.NOON, tid="T-one", shopper=anna.shopper)
    text = door(alan).get(reverse("provider:prediction", args=[row.pk])).text
    assert ">wrong<" in text
    assert "Linear SVM" in text
    assert "version 1" in text
    assert "key-anna" in text
    link = reverse("provider:shopper", args=["key-anna"])
    assert link not in text  # an analyst may not look up people
    assert link in door(petra).get(reverse("provider:prediction", args=[row.pk])).text


def test_what_a_shopper_typed_is_shown_as_text(alan: Any, door: Any, history: Any) -> None:
    make.prediction(history, tid="<script>alert(1)</script>", category="</script><b>")
    for url in ("provider:predictions", "provider:ratio", "provider:trending"):
        text = door(alan).get(reverse(url)).text
        assert "<script>alert" not in text
        assert "<b>" not in text


def test_groups_lead_to_their_predictions(alan: Any, door: Any, history: Any) -> None:
    browser = door(alan)
    assert "/provider/predictions/?shopping_mall=Kanyon" in browser.get(reverse("provider:ratio")).text
    assert browser.get("/provider/predictions/?shopping_mall=Kanyon").context["listing"].page.total == 8


def test_too_few_predictions_are_no_figure(alan: Any, door: Any, history: Any) -> None:
    Mall.objects.update(min_group_size=30)
    assert "not enough data yet" in door(alan).get(reverse("provider:ratio")).text


def test_groups_below_the_threshold_are_marked(alan: Any, door: Any, history: Any) -> None:
    assert "below the threshold" not in door(alan).get(reverse("provider:ratio")).text
    Mall.objects.update(low_ratio_threshold=0.9)
    assert "below the threshold" in door(alan).get(reverse("provider:ratio")).text


@pytest.mark.parametrize("chart", ["bar", "line", "pie"])
def test_the_report_of_a_real_training_is_drawn(chart: str, alan: Any, door: Any) -> None:
    make.trained_version()
    browser = door(alan)
    text = browser.get(reverse("provider:accuracy-chart", args=[chart])).text
    assert "Vote of the four" in text
    assert "Published (id only)" in text
    assert browser.get(reverse("provider:overview")).status_code == 200


def test_trending_tells_what_many_searched_for(alan: Any, door: Any) -> None:
    today = timezone.now().date()
    for days, words, count in ((0, "red shoes", 4), (10, "winter coat", 5), (0, "my own name", 2)):
        SearchDay.objects.create(day=today - timedelta(days=days), words=words, count=count)
    client = door(alan)
    week, month = (client.get(f"/provider/trending/?days={days}").text for days in (7, 30))

    assert ("red shoes" in week, "winter coat" in week) == (True, False)
    assert month.index("winter coat") < month.index("red shoes")
    assert "my own name" not in month
