"""The pages of rehearsals: who may do what, the list, and asking for one."""

import re
from typing import Any

import make
import pytest
import rehearsal_reports
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from make import NOON
from rehearsal_reports import around

from engine.contracts import RehearsalSettings
from service_provider.models import AuditEntry, Job
from service_provider.queries.access import COMMAND
from service_provider.queries.rehearsals import settings_of
from service_provider.services import rehearsals

pytestmark = pytest.mark.django_db
LIST, ADD = "provider:rehearsals", "provider:rehearsal-add"
TYPED = {
    "depth": "0.1", "budget": "25", "margin_scale": "1", "shoppers": "500", "days": "14", "seeds": "4",
    "first_seed": "7", "policies": ["uplift_rank", "published_rule"],
}  # fmt: skip


def kept(settings: RehearsalSettings | None = None, **fields: Any) -> int:
    report = rehearsal_reports.report(settings, **fields)
    return rehearsals.record(report, job_id=None, by=COMMAND, now=NOON)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page(client: Any, rehearsal_id: int) -> str:
    return text(client.get(reverse("provider:rehearsal", args=[rehearsal_id])))


# ---- who --------------------------------------------------------------------------------------------


def test_the_analyst_reads_and_starts_nothing(alan: Any, door: Any) -> None:
    analyst, number = door(alan), kept()
    shown = text(analyst.get(reverse(LIST))) + page(analyst, number)
    assert "Uplift rank" in shown
    assert reverse(ADD) not in shown
    assert analyst.get(reverse(ADD)).status_code == 403
    assert analyst.post(reverse(ADD), TYPED).status_code == 403
    assert not Job.objects.exists()


@pytest.mark.parametrize("who", ["anna", None])
def test_no_one_else_gets_in(who: str | None, request: Any, door: Any) -> None:
    client = door(request.getfixturevalue(who) if who else None)
    for path in (reverse(LIST), reverse("provider:rehearsal", args=[kept()])):
        assert client.get(path).status_code == (403 if who else 302)


# ---- the list ---------------------------------------------------------------------------------------


def test_an_empty_list_teaches(office: Any, alan: Any, door: Any) -> None:
    shown = text(office.get(reverse(LIST)))
    assert "No rehearsal yet" in shown
    assert "before a coin is spent" in shown
    assert reverse(ADD) in shown
    assert "The provider can start one" in text(door(alan).get(reverse(LIST)))


def test_the_list_says_what_each_found(office: Any) -> None:
    kept()
    kept(gains={"uplift_rank": around(2, 5)})
    shown = text(office.get(reverse(LIST)))
    assert "€0.1250 (€0.0750 to €0.1750)" in shown
    assert shown.index("no difference to be seen") < shown.index("earns")  # the newest first


def test_the_list_is_paged_in_the_same_number_of_queries(office: Any) -> None:
    counts = []
    for number in (3, 20):
        for _ in range(number):
            kept(RehearsalSettings(policies=("none", "random")))
        with CaptureQueriesContext(connection) as queries:
            shown = text(office.get(reverse(LIST)))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "1 to 10 of 23" in shown


def test_a_running_one_is_shown_with_its_progress(office: Any) -> None:
    job = make.job("rehearsal", state="running", stage="seed 3 of 20", done=3, total=20)
    shown = text(office.get(reverse(LIST)))
    assert "seed 3 of 20" in shown
    assert reverse("provider:job", args=[job.pk]) in shown
    assert "progress.js" in shown


def test_a_failure_is_told(office: Any) -> None:
    make.job("rehearsal", state="failed", failure="The budget buys no coupon.")
    assert "The budget buys no coupon." in text(office.get(reverse(LIST)))


# ---- asking for one ---------------------------------------------------------------------------------


def test_the_form_begins_with_sound_settings_and_says_how_long_it_takes(office: Any) -> None:
    shown = text(office.get(reverse(ADD)))
    assert "Those first whom a coupon is expected to move most." in shown
    assert re.search(r"data-estimate>about \d+ (s|min)<", shown)
    assert 'name="shoppers" value="2000"' in shown
    assert shown.count("checked") == 9  # every policy but no coupon, which is always there


def test_start(office: Any) -> None:
    answer = office.post(reverse(ADD), TYPED)
    job = Job.objects.get()
    assert answer.url == reverse("provider:job", args=[job.pk])
    assert (job.kind, job.live_key, job.by_label) == ("rehearsal", "rehearsal", "petra")
    assert settings_of(job.args) == RehearsalSettings(
        seeds=4, shoppers=500, days=14, first_seed=7, depth=0.1, budget_rate=0.25, margin_scale=1.0,
        policies=("none", "published_rule", "uplift_rank"),
    )  # fmt: skip
    assert AuditEntry.objects.filter(verb="start_job", actor_label="petra").exists()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("shoppers", "199", "from 200 to 20,000 shoppers"),
        ("shoppers", "20001", "from 200 to 20,000 shoppers"),
        ("shoppers", "many", "from 200 to 20,000 shoppers"),
        ("shoppers", "", "from 200 to 20,000 shoppers"),
        ("days", "6", "from 7 to 90 days"),
        ("days", "-30", "from 7 to 90 days"),
        ("seeds", "1", "from 2 to 50 seeds"),
        ("seeds", "51", "from 2 to 50 seeds"),
        ("first_seed", "-1", "a whole number from 0"),
        ("budget", "0", "from 1 to 100 percent"),
        ("budget", "nan", "from 1 to 100 percent"),
        ("margin_scale", "99", "from 0.1 to 3"),
        ("depth", "0.3", "not one of the available choices"),
        ("policies", [], "Tick at least one policy"),
        ("policies", ["astrology"], "not one of the available choices"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_the_rest_stays(
    office: Any, field: str, value: Any, reason: str
) -> None:
    answer = office.post(reverse(ADD), TYPED | {"first_seed": "1234"} | {field: value})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert reason in answer.context["form"].errors[field][0]
    assert field == "first_seed" or 'value="1234"' in text(answer)
    assert not Job.objects.exists()


def test_one_that_would_take_all_night_is_refused(office: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("service_provider.queries.rehearsals.estimate_seconds", lambda settings: 12 * 3600)
    answer = office.post(reverse(ADD), TYPED)
    assert answer.status_code == 400
    assert "This would take about 12.0 h" in text(answer)
    assert 'value="500"' in text(answer)
    assert not Job.objects.exists()


def test_one_at_a_time(office: Any) -> None:
    running = make.job("rehearsal", live_key="rehearsal", state="running")
    answer = office.post(reverse(ADD), TYPED)
    assert answer.status_code == 409
    assert "under way already" in text(answer)
    assert reverse("provider:job", args=[running.pk]) in text(answer)
    assert 'value="500"' in text(answer)
    assert Job.objects.count() == 1


def test_again_with_other_settings(office: Any) -> None:
    number = kept(RehearsalSettings(shoppers=700, depth=0.2, policies=("none", "uplift_rank")))
    shown = text(office.get(reverse(ADD), {"like": number}))
    assert 'value="700"' in shown
    assert '<option value="0.2" selected>' in shown
    assert shown.count("checked") == 1


@pytest.mark.parametrize("like", ["99", "x", "9" * 40, "²"])
def test_like_one_that_is_not_there(office: Any, like: str) -> None:
    assert office.get(reverse(ADD), {"like": like}).status_code == 200
