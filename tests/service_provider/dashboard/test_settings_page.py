import re
from datetime import date, timedelta
from typing import Any

import make
import pytest
from campaign_office import on_now
from django.urls import reverse
from django.utils import timezone

from service_provider.models import AuditEntry, EventDay, Shopper, Visit
from service_provider.queries.mall import get_settings

URL = reverse("provider:settings")
FILLED = {
    "name": "Zorlu", "currency": "TRY", "zone": "Europe/Istanbul", "low_ratio_percent": "25.5", "min_group_size": "10",
    "model_stale_days": "14", "keep_events_days": "500", "holdout_percent": "7.5", "agreed_holdout_bp": "750",
}  # fmt: skip


def test_the_provider_changes_the_settings(petra: Any, door: Any) -> None:
    browser = door(petra)
    assert 'value="Our Mall"' in browser.get(URL).text
    answer = browser.post(URL, FILLED, follow=True)
    assert "The settings are in force." in answer.text
    now = get_settings()
    assert (now.name, now.currency, now.zone) == ("Zorlu", "TRY", "Europe/Istanbul")
    assert (now.low_ratio_threshold, now.min_group_size, now.model_stale_days) == (0.255, 10, 14)
    assert now.holdout_bp == 750
    assert AuditEntry.objects.get().actor_label == "petra"
    page = browser.get(URL).text
    assert 'value="25.5"' in page
    assert 'value="7.5"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "XXQ"),
        ("zone", "Mars/Olympus"),
        ("low_ratio_percent", "101"),
        ("min_group_size", "0"),
        ("name", ""),
        ("model_stale_days", "x"),
        ("keep_events_days", "29"),
        ("keep_events_days", ""),
        ("holdout_percent", "100.01"),
        ("holdout_percent", ""),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(
    petra: Any, door: Any, field: str, value: str
) -> None:
    answer = door(petra).post(URL, FILLED | {field: value})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in answer.text
    assert ("Zorlu" in answer.text) or field == "name"
    assert get_settings().currency == "EUR"


def test_a_currency_that_would_change_stored_prices_is_refused_with_the_reason(petra: Any, door: Any) -> None:
    make.prediction(make.model_version(1, live=True))
    answer = door(petra).post(URL, FILLED | {"currency": "JPY"})
    assert answer.status_code == 400
    assert "every stored price would change its value" in answer.text


def old_visit() -> None:
    """One of three events, three hundred days ago."""
    ended = int((timezone.now() - timedelta(days=300)).timestamp() * 1000)
    shopper = Shopper.objects.create(key="S1", created_at=make.NOON)
    Visit.objects.create(key="V1", shopper=shopper, started_ms=ended, last_ms=ended, event_count=3)


def test_a_shorter_time_for_events_is_asked_about_first(petra: Any, door: Any) -> None:
    old_visit()
    browser = door(petra)
    asked = browser.post(URL, FILLED | {"keep_events_days": "200"})
    assert "3 events will go" in asked.text
    assert "1 visit that ended before" in asked.text
    assert get_settings().keep_events_days == 400
    assert get_settings().name == "Our Mall"
    browser.post(URL, FILLED | {"keep_events_days": "200", "agreed_days": "200"})
    assert (get_settings().keep_events_days, get_settings().name) == (200, "Zorlu")


def test_who_agreed_to_another_time_is_asked_again(petra: Any, door: Any) -> None:
    old_visit()
    answer = door(petra).post(URL, FILLED | {"keep_events_days": "100", "agreed_days": "200"})
    assert "3 events will go" in answer.text
    assert get_settings().keep_events_days == 400


@pytest.mark.parametrize("days", ["500", "350"])
def test_what_removes_nothing_is_not_asked_about(petra: Any, door: Any, days: str) -> None:
    old_visit()
    door(petra).post(URL, FILLED | {"keep_events_days": days})
    assert get_settings().keep_events_days == int(days)


# ---- the holdout --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "bp", "said"),
    [
        ("7.5", 750, "Of 1,000 shoppers 25 who could get coupons will get none"),
        ("4", 400, "Of 1,000 shoppers 10 who never got a coupon can get one"),
    ],
)
def test_another_holdout_is_asked_about_first(
    petra: Any, door: Any, percent: str, bp: int, said: str
) -> None:
    on_now()
    browser, wish = door(petra), FILLED | {"holdout_percent": percent}
    asked = browser.post(URL, wish | {"agreed_holdout_bp": ""})
    assert said in asked.text
    assert "1 campaign runs now." in asked.text
    assert (get_settings().holdout_bp, get_settings().name) == (500, "Our Mall")
    assert not AuditEntry.objects.exists()

    browser.post(URL, hidden(asked.text))

    assert (get_settings().holdout_bp, get_settings().name) == (bp, "Zorlu")
    detail = AuditEntry.objects.get().detail
    assert detail["holdout_bp"] == {"before": 500, "after": bp}


def test_who_agreed_to_another_share_is_asked_again(petra: Any, door: Any) -> None:
    door(petra).post(URL, FILLED | {"holdout_percent": "10", "agreed_holdout_bp": "750"})
    assert get_settings().holdout_bp == 500


def test_both_questions_stand_on_one_page_and_are_answered_together(petra: Any, door: Any) -> None:
    old_visit()
    browser = door(petra)
    asked = browser.post(URL, FILLED | {"keep_events_days": "200", "agreed_holdout_bp": ""}).text
    assert "3 events will go" in asked
    assert "Hold out 7.5 %" in asked
    browser.post(URL, hidden(asked))
    assert (get_settings().keep_events_days, get_settings().holdout_bp) == (200, 750)


def hidden(page: str) -> dict[str, str]:
    """What the button of the page sends."""
    form = page.split("<main")[1]
    inputs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    assert inputs
    return dict(inputs)


def test_the_page_says_what_was_removed(petra: Any, door: Any) -> None:
    browser = door(petra)
    assert "No event was old enough" in browser.get(URL).text
    EventDay.objects.create(day=date(2025, 1, 5), kind=0, category="", events=1234, pieces=0, value_minor=0)
    assert "1,234 events of 5 Jan 2025 to 5 Jan 2025 were added up" in browser.get(URL).text


def test_an_analyst_may_not(alan: Any, door: Any) -> None:
    browser = door(alan)
    assert browser.get(URL).status_code == 403
    assert browser.post(URL, FILLED).status_code == 403
    assert get_settings().name == "Our Mall"
