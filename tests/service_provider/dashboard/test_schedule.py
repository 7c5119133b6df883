"""The page of what the mall does by itself."""

from typing import Any

import make
import pytest
from django.urls import reverse
from django.utils import timezone

from service_provider.models import AuditEntry, Job, Schedule
from service_provider.queries.schedules import KNOWN, Known
from service_provider.services import jobs

pytestmark = pytest.mark.django_db
URL = reverse("provider:schedule")
CHANGE = reverse("provider:schedule-change", args=["retention"])
START = reverse("provider:schedule-start", args=["retention"])


def test_every_kind_is_listed_with_its_time_and_how_it_went(petra: Any, door: Any) -> None:
    job = make.job("retention", state="failed", by_label="schedule")
    text = door(petra).get(URL).text
    assert text.count("<section") == len(KNOWN)
    assert "Removal of old events" in text
    assert "03:20" in text
    assert f'href="{reverse("provider:job", args=[job.pk])}"' in text
    assert "by schedule: failed" in text
    assert "No worker is running" in text


def test_with_a_worker_nothing_is_missing(petra: Any, door: Any) -> None:
    jobs.beat("first", now=timezone.now())
    assert "No worker is running" not in door(petra).get(URL).text


def test_it_is_switched_off_and_put_to_another_time(petra: Any, door: Any) -> None:
    browser = door(petra)
    assert 'value="03:20"' in browser.get(CHANGE).text
    answer = browser.post(CHANGE, {"at": "14:05"}, follow=True)
    assert "Removal of old events: saved." in answer.text
    row = Schedule.objects.get(kind="retention")
    assert (row.is_on, row.minute) == (False, 14 * 60 + 5)
    assert "not by itself" in answer.text
    assert AuditEntry.objects.get().verb == "change_schedule"
    assert "Nothing was changed." in browser.post(CHANGE, {"at": "14:05"}, follow=True).text


@pytest.mark.parametrize("at", ["", "24:00", "noon", "12:60", "-1:00"])
def test_what_is_no_time_is_named_beside_its_field(petra: Any, door: Any, at: str) -> None:
    answer = door(petra).post(CHANGE, {"at": at, "is_on": "on"})
    assert answer.status_code == 400
    assert 'id="id_at_error"' in answer.text
    assert not Schedule.objects.exists()


def test_it_is_started_at_once_and_a_second_time_leads_to_the_first(petra: Any, door: Any) -> None:
    browser = door(petra)
    answer = browser.post(START)
    job = Job.objects.get()
    assert (job.kind, job.by_label, answer["Location"]) == (
        "retention", "petra", reverse("provider:job", args=[job.pk]),
    )  # fmt: skip
    again = browser.post(START, follow=True)
    assert "is under way already" in again.text
    assert Job.objects.count() == 1


def test_a_training_says_whether_it_may_promote(
    petra: Any, door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KNOWN, "train_oracle", Known(60, "Trains.", is_training=True))
    browser, change = door(petra), reverse("provider:schedule-change", args=["train_oracle"])
    assert "may be put to use by itself" in browser.get(change).text
    assert "may_promote" not in browser.get(CHANGE).text
    assert "waits for somebody to promote it" in browser.get(URL).text
    browser.post(change, {"at": "01:00", "is_on": "on", "may_promote": "on"})
    assert Schedule.objects.get(kind="train_oracle").may_promote


@pytest.mark.parametrize("kind", ["rehearsal", "nothing"])
def test_other_work_is_not_found(petra: Any, door: Any, kind: str) -> None:
    browser = door(petra)
    assert browser.get(reverse("provider:schedule-change", args=[kind])).status_code == 404
    assert browser.post(reverse("provider:schedule-start", args=[kind])).status_code == 404
    assert not Job.objects.exists()


def test_what_was_done_is_told_in_words(petra: Any, door: Any) -> None:
    result = {"visits": 1, "events": 1234, "robots": 0, "keep_events_days": 400}
    job = make.job("retention", state="done", finished_at=make.NOON, result=result)
    text = door(petra).get(reverse("provider:job", args=[job.pk])).text
    assert "1 old visit</li>" in text
    assert "1,234 events added up and removed" in text
    assert "of robots removed" not in text
    assert f'href="{URL}"' in text


def test_what_was_cancelled_says_what_stays(petra: Any, door: Any) -> None:
    job = make.job("retention", state="cancelled")
    text = door(petra).get(reverse("provider:job", args=[job.pk])).text
    assert "What was added up and removed until then stays so" in text
