"""An alarm stands at the head of every page of the office until somebody closes it with a reason."""

from typing import Any

import make
import pytest
from django.urls import reverse

from service_provider.models import Alarm, AuditEntry

pytestmark = pytest.mark.django_db
ALARMS = reverse("provider:alarms")


def test_without_an_alarm_the_page_teaches(petra: Any, door: Any) -> None:
    assert "No alarm, now or ever." in door(petra).get(ALARMS).content.decode()


@pytest.mark.parametrize("page", ["overview", "churn", "models", "settings", "audit"])
def test_an_alarm_stands_at_the_head_of_every_page(page: str, petra: Any, door: Any) -> None:
    alarm = make.alarm()
    told = door(petra).get(reverse(f"provider:{page}")).content.decode()

    assert "Visits look different" in told
    assert f"{ALARMS}#alarm-{alarm.pk}" in told


def test_its_page_says_since_when_and_what_it_costs(petra: Any, door: Any) -> None:
    make.alarm(cost_minor=12_345)
    make.alarm("churn_stale")
    told = door(petra).get(ALARMS).content.decode()

    assert "€123.45" in told
    assert "cannot be said" in told
    assert "20 May 2026" in told


def test_a_provider_closes_it_with_a_reason(petra: Any, door: Any) -> None:
    alarm = make.alarm()
    client, path = door(petra), reverse("provider:alarm-close", args=[alarm.pk])
    refused = client.post(path, {"reason": "  "})
    assert refused.status_code == 400
    assert "Say in a few words" in refused.content.decode()
    assert Alarm.objects.exclude(live_kind=None).exists()

    assert client.post(path, {"reason": "It is the sale."}).url == ALARMS
    closed = Alarm.objects.get()
    assert (closed.live_kind, closed.closed_by) == (None, "petra")
    assert AuditEntry.objects.get(verb="close_alarm").reason == "It is the sale."
    assert 'role="alert"' not in client.get(reverse("provider:models")).content.decode()
    assert client.post(path, {"reason": "again"}).url == ALARMS
    assert Alarm.objects.get().closed_at == closed.closed_at


def test_an_analyst_reads_and_closes_nothing(alan: Any, door: Any) -> None:
    alarm = make.alarm()
    client = door(alan)

    assert "Close this alarm" not in client.get(ALARMS).content.decode()
    assert client.post(reverse("provider:alarm-close", args=[alarm.pk]), {"reason": "no"}).status_code == 403


def test_there_is_no_alarm_of_that_number(petra: Any, door: Any) -> None:
    assert door(petra).post(reverse("provider:alarm-close", args=[99]), {"reason": "x"}).status_code == 404
