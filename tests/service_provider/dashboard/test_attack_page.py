"""The provider attacks coupons with a button, sees how far it is, and reads what it came to."""

from datetime import timedelta
from typing import Any

import make
import pytest
from campaign_office import url

from service_provider.jobs.attack import run as attack
from service_provider.jobs.attack.rounds import Size
from service_provider.jobs.kinds import KINDS
from service_provider.jobs.worker import Worker
from service_provider.models import AuditEntry, Campaign, Job, Mall, Shopper

PAGE = "/provider/campaigns/attack/"


def result(**changes: Any) -> dict[str, Any]:
    one = {
        "name": "one code redeemed at once", "attempts": 50, "succeeded": 1, "refused": 49, "limit": 1,
        "spent_minor": 500, "reserved_minor": 0, "budget_minor": 500, "over_redemptions": 0,
        "ledger_balanced": True, "seconds": 1.0, "slowest_s": 0.1, "retries": 0,
        "refusals": {"redeemed": 49}, "broken": [],
    }  # fmt: skip
    told = {"connections": 8, "verdict": "Every limit held.", "broken": False, "campaigns_left": []}
    return told | {"rounds": [one | changes.pop("round", {})]} | changes


def done(**changes: Any) -> Job:
    later = make.NOON + timedelta(minutes=1)
    return make.job("attack_campaign", state="done", finished_at=later, result=result(**changes))


def test_the_page_says_what_it_does_before_anything_was_attacked(office: Any) -> None:
    page = office.get(PAGE).text
    assert "Attack rehearsal campaigns" in page
    assert "Nobody has attacked yet." in page
    assert PAGE in office.get(url("campaigns")).text


def test_the_button_begins_one_attack_and_the_page_shows_how_far_it_is(office: Any) -> None:
    page = office.post(PAGE, follow=True)
    job = Job.objects.get()
    assert (job.kind, job.by_label, job.live_key) == ("attack_campaign", "petra", "attack_campaign")
    assert url("job-state", job.pk) in page.text
    assert "Attack rehearsal campaigns" not in page.text
    assert "No worker is running" in page.text
    assert AuditEntry.objects.get(verb="start_job").actor_label == "petra"

    assert office.post(PAGE).status_code == 409
    assert Job.objects.count() == 1


def test_while_all_coupons_are_stopped_nothing_is_attacked(office: Any) -> None:
    Mall.objects.update_or_create(
        pk=1, defaults={"coupons_stopped_at": make.NOON, "coupons_stopped_by": "petra"}
    )
    answer = office.post(PAGE)
    assert (answer.status_code, Job.objects.count()) == (409, 0)
    assert "All coupons are stopped." in answer.text


def test_what_it_came_to_stands_round_by_round(office: Any) -> None:
    job = done()
    page = office.get(PAGE).text
    for said in (
        "Every limit held.",
        "One code redeemed at once",
        "49 used before",
        "€5.00 spent, €0.00 promised, of €5.00",
        "8 connections",
    ):
        assert said in page
    assert "Every limit held." in office.get(url("job", job.pk)).text
    assert PAGE in office.get(url("job", job.pk)).text


def test_what_broke_is_said_and_leads_to_what_was_left(office: Any) -> None:
    done(round={"succeeded": 2, "broken": ["2 succeeded where 1 may."]}, broken=True, campaigns_left=[7])
    page = office.get(PAGE).text
    assert "2 succeeded where 1 may." in page
    assert "campaign 7" in page


def test_an_attack_that_failed_is_told(office: Any) -> None:
    make.job("attack_campaign", state="failed", failure="The connections were lost.")
    assert "The connections were lost." in office.get(PAGE).text


def test_analysts_do_not_attack(alan: Any, door: Any) -> None:
    assert door(alan).get(PAGE).status_code == door(alan).post(PAGE).status_code == 403
    assert PAGE not in door(alan).get(url("campaigns")).text


@pytest.mark.django_db(transaction=True)
def test_the_worker_attacks_and_the_page_reads_its_result(
    petra: Any, door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small one, from two connections."""
    monkeypatch.setattr(attack, "FROM_A_BUTTON", Size(coupons=10, at_once=4, hands=0))
    monkeypatch.setattr(attack, "usual_number", lambda: 2)
    assert "attack_campaign" in KINDS
    office = door(petra)
    office.post(PAGE)
    worker = Worker("w", now=lambda: Job.objects.get().due_at, clock=lambda: 0.0)
    assert worker.run_due() == 1

    page = office.get(PAGE).text

    assert Job.objects.get().state == "done"
    assert "Every limit held, every coin is accounted for" in page
    assert "beyond the budget" in page
    assert not Campaign.objects.exists()
    assert not Shopper.objects.filter(key__startswith="rehearsal-").exists()
