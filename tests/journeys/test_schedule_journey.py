"""The provider keeps events for a shorter time, has old ones removed at once, and changes when that is done."""

from datetime import timedelta
from typing import Any

import make
import pytest
from django.utils import timezone

from service_provider.models import Event, EventDay, Job, Schedule, Shopper, Visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old_events(transactional_db: None) -> None:
    """Two visits of 200 events each: three hundred days ago, and yesterday."""
    shopper = Shopper.objects.create(key="S1", created_at=timezone.now())
    for days in (300, 1):
        at = int((timezone.now() - timedelta(days=days)).timestamp() * 1000)
        row = Visit.objects.create(
            key=f"V{days}", shopper=shopper, started_ms=at, last_ms=at + 200, event_count=200
        )
        Event.objects.bulk_create(
            Event(event_id=f"{days}-{n}", visit=row, occurred_ms=at + n, received_ms=at + n, kind=n % 11)
            for n in range(200)
        )


def log_in(visitor: Any) -> None:
    visitor.go("/provider/login/")
    visitor.fill(login="petra", password=make.PASSWORD)
    visitor.press("Log in")
    visitor.page.wait_for_url("**/provider/")


def test_old_events_are_removed(visitor: Any, petra: Any, old_events: None, worker: Any) -> None:
    log_in(visitor)
    visitor.go("/provider/settings/")
    visitor.look("settings")
    visitor.fill(keep_events_days="29")
    visitor.page.locator("main form").first.evaluate("form => form.noValidate = true")
    visitor.press("Save")
    visitor.look("settings, refused")
    visitor.fill(keep_events_days="100")
    visitor.press("Save")
    visitor.look("settings, asked")
    assert visitor.reads("200 events will go")
    visitor.press("Save it so")
    assert visitor.reads("The settings are in force.")
    visitor.follow("When, and how it went")
    visitor.look("schedule")
    visitor.page.get_by_role("button", name="Start now: Removal of old events").click()
    visitor.page.wait_for_url("**/provider/jobs/*/")
    visitor.page.get_by_role("heading", name="It is done").wait_for()
    visitor.look("removal, done")
    assert Event.objects.count() == 200
    assert sum(EventDay.objects.values_list("events", flat=True)) == 200
    assert Job.objects.get(kind="retention").by_label == "petra"
    visitor.follow("Back to the schedule")
    visitor.page.get_by_role("link", name="Change Removal of old events").click()
    visitor.look("schedule, change")
    visitor.page.get_by_label("Time of day").fill("04:30")
    visitor.page.get_by_label("Begins by itself, once a day").uncheck()
    visitor.press("Save")
    visitor.look("schedule, changed")
    assert visitor.reads("not by itself")
    row = Schedule.objects.get(kind="retention")
    assert (row.is_on, row.minute) == (False, 270)
