"""The page of a rehearsal: the verdict first, then the table, the charts and how it was computed."""

import json
import re
from typing import Any

import pytest
import rehearsal_reports
from django.urls import reverse
from make import NOON
from rehearsal_reports import around

from engine.contracts import Measure, RehearsalSettings
from service_provider.models import AuditEntry
from service_provider.queries.access import COMMAND
from service_provider.services import rehearsals

pytestmark = pytest.mark.django_db


def kept(settings: RehearsalSettings | None = None, **fields: Any) -> int:
    report = rehearsal_reports.report(settings, **fields)
    return rehearsals.record(report, job_id=None, by=COMMAND, now=NOON)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page(client: Any, rehearsal_id: int) -> str:
    return text(client.get(reverse("provider:rehearsal", args=[rehearsal_id])))


def test_one_that_is_not_there(office: Any) -> None:
    assert office.get(reverse("provider:rehearsal", args=[99])).status_code == 404


def test_the_verdict_stands_first(office: Any) -> None:
    shown = page(office, kept())
    assert (
        "Uplift rank earned €0.1250 per shopper more than no coupon "
        "(95 % interval €0.0750 to €0.1750), 50 % of what is reachable." in shown
    )
    assert "notice success" in shown
    assert "as of 20 May 2026, 14:00" in shown


def test_an_interval_over_zero_is_no_success(office: Any) -> None:
    shown = page(office, kept(gains={"uplift_rank": around(2, 5)}))
    assert "Between uplift rank and no coupon no difference can be seen" in shown
    assert "notice success" not in shown
    assert "notice warning" in shown


def test_every_policy_is_in_the_table_with_its_interval(office: Any) -> None:
    answer = office.get(reverse("provider:rehearsal", args=[kept()]))
    rows = [[cell.text for cell in row] for row in answer.context["table"].rows]
    assert [row[0] for row in rows][:2] == ["No coupon", "Random"]
    assert len(rows) == 10
    uplift = next(row for row in rows if row[0] == "Uplift rank")
    assert uplift[2:6] == ["€0.1250", "€0.0750 to €0.1750", "50.0 % (30.0 to 70.0 %)", "€15.1250"]
    assert uplift[6:9] == ["€400.00", "310", "14"]
    assert [row[1] for row in rows[:3]] == [
        "what is compared with",
        "no difference to be seen",
        "no difference to be seen",
    ]


def test_the_charts_and_their_tables(office: Any) -> None:
    answer = office.get(reverse("provider:rehearsal", args=[kept()]))
    charts = {chart.title: chart for chart in answer.context["charts"]}
    assert set(charts) == {
        "Gain over no coupon",
        "Value against budget",
        "Spending by day",
        "Who got the coupons",
    }
    assert charts["Value against budget"].labels == ("5 %", "10 %", "25 %", "50 %", "100 %")
    assert charts["Spending by day"].labels[-1] == "Day 30"
    assert charts["Who got the coupons"].stacked
    assert len(charts["Who got the coupons"].labels) == 9  # no coupon went to nobody
    drawn = re.findall(r'type="application/json">(.*?)</script>', answer.content.decode(), re.DOTALL)
    gains = json.loads(drawn[0])
    assert (gains["unit"], gains["currency"]) == ("money", "EUR")
    uplift = gains["labels"].index("Uplift rank")
    assert gains["series"][0]["values"][uplift] == 0.125
    assert gains["series"][0]["intervals"][uplift] == [0.075, 0.175]
    assert text(answer).count("The same data as a table") == 4


def test_a_long_path_is_drawn_with_fewer_days(office: Any) -> None:
    answer = office.get(reverse("provider:rehearsal", args=[kept(RehearsalSettings(days=90))]))
    labels = next(c.labels for c in answer.context["charts"] if c.title == "Spending by day")
    assert len(labels) == 30
    assert labels[-1] == "Day 90"


def test_one_that_rehearsed_nothing_but_no_coupon(office: Any) -> None:
    shown = page(office, kept(RehearsalSettings(policies=("none",)), curve=(), paired={}))
    assert "Only yardsticks were rehearsed" in shown


def test_a_share_that_cannot_be_given_is_left_out(office: Any) -> None:
    report = rehearsal_reports.report(RehearsalSettings(seeds=1, policies=("none", "random")), paired={})
    alone = rehearsal_reports.row("random", report.settings, gain=Measure(4.0))
    rows = (report.rows[0], alone)
    number = kept(report.settings, rows=rows, paired={}, curve=())
    assert "a single seed cannot tell how much of it is chance" in page(office, number)


def test_how_it_was_computed(office: Any) -> None:
    settings = RehearsalSettings(seeds=4, first_seed=7, depth=0.15, budget_rate=0.125, margin_scale=0.5)
    shown = page(office, kept(settings))
    assert "7 to 10" in shown
    assert "15 % off one category" in shown
    assert "12.5 % of what" in shown
    assert "The yardsticks saw every outcome." in shown


def test_the_page_stays_small(office: Any) -> None:
    answer = office.get(reverse("provider:rehearsal", args=[kept(RehearsalSettings(days=90))]))
    assert len(answer.content) < 100_000


@pytest.mark.parametrize("file_format", ["xls", "xlsx", "csv"])
def test_the_table_as_a_file(alan: Any, door: Any, file_format: str) -> None:
    analyst, number = door(alan), kept()
    kept()
    path = f"{reverse('provider:download', args=['rehearsals', file_format])}?rehearsal={number}"
    assert path in page(analyst, number)
    answer = analyst.get(path)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert content[:4] in (b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"\xef\xbb\xbfr")
    assert AuditEntry.objects.filter(verb="download", target_id="rehearsals").exists()
