from typing import Any

import make
import pytest
from django.urls import reverse

from service_provider.models import AuditEntry
from service_provider.queries.mall import get_settings

URL = reverse("provider:settings")
FILLED = {
    "name": "Zorlu", "currency": "TRY", "zone": "Europe/Istanbul", "low_ratio_percent": "25.5", "min_group_size": "10",
    "model_stale_days": "14",
}  # fmt: skip


def test_the_provider_changes_the_settings(petra: Any, door: Any) -> None:
    browser = door(petra)
    assert 'value="Our Mall"' in browser.get(URL).text
    answer = browser.post(URL, FILLED, follow=True)
    assert "The settings are in force." in answer.text
    now = get_settings()
    assert (now.name, now.currency, now.zone) == ("Zorlu", "TRY", "Europe/Istanbul")
    assert (now.low_ratio_threshold, now.min_group_size, now.model_stale_days) == (0.255, 10, 14)
    assert AuditEntry.objects.get().actor_label == "petra"
    assert 'value="25.5"' in browser.get(URL).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "XXQ"),
        ("zone", "Mars/Olympus"),
        ("low_ratio_percent", "101"),
        ("min_group_size", "0"),
        ("name", ""),
        ("model_stale_days", "x"),
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


def test_an_analyst_may_not(alan: Any, door: Any) -> None:
    browser = door(alan)
    assert browser.get(URL).status_code == 403
    assert browser.post(URL, FILLED).status_code == 403
    assert get_settings().name == "Our Mall"
