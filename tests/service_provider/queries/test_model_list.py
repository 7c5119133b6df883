"""The list of versions asks the database for figures, not for whole reports."""

import re
from typing import Any

import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from make import NOON

from engine.contracts import Measure, RevenueReport
from service_provider.models import Promotion
from service_provider.queries import learning

pytestmark = pytest.mark.django_db
WHOLE_REPORT = re.compile(r"[\"`]report[\"`](, [\"`]| FROM)")


def test_a_line_shows_the_vote_beside_the_majority() -> None:
    make.model_version(1, live=True, report=make.report(accuracy=0.71, majority=0.55))
    unsure = make.report(accuracy=0.5, majority=0.55, better=False)
    unsure["protocol"]["label_rule"] = "price_above_median"
    make.model_version(2, report=unsure)
    newest, oldest = learning.list_versions().rows
    assert (newest.number, newest.is_live, newest.better_than_majority) == (2, False, False)
    assert newest.label_rule == "price_above_median"
    assert (oldest.number, oldest.is_live, oldest.better_than_majority) == (1, True, True)
    assert oldest.label_rule is None
    assert oldest.accuracy == Measure(0.71, 0.69, 0.73)
    assert oldest.majority_rate == 0.55


def test_a_measure_without_an_interval() -> None:
    report = make.report()
    report["models"]["vote"]["accuracy"] = {"value": 1, "ci": None}
    make.model_version(1, report=report)
    assert learning.list_versions().rows[0].accuracy == Measure(1)


def test_sixty_versions_cost_what_ten_cost() -> None:
    counts = []
    for numbers in (range(1, 11), range(11, 61)):
        for number in numbers:
            version = make.model_version(number)
            Promotion.objects.create(
                kind="revenue", version=version, previous=version, verb="promote", by_label="petra", at=NOON
            )
        with CaptureQueriesContext(connection) as queries:
            page = learning.list_versions()
            learning.history()
        counts.append(len(queries))
        # What comes back are single figures; no query brings a whole report.
        assert not any(WHOLE_REPORT.search(query["sql"]) for query in queries)
    assert counts == [4, 4]
    assert (page.total, len(page.rows), page.pages) == (60, 25, 3)


def test_a_version_as_a_whole(django_assert_num_queries: Any) -> None:
    version = make.model_version(3, live=True)
    with django_assert_num_queries(1):
        found = learning.find_live()
    assert found == learning.get_version(version.pk)
    assert found is not None
    assert found.report == RevenueReport.from_json(make.report())
    assert learning.find_version(version.pk + 1) is None
