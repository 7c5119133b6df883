"""The demo's campaign begins once, by the risk where a model serves, else by chance."""

from datetime import timedelta
from itertools import count

import coupon_makers as made
import make
import pytest
import risk_models
from django.utils import timezone

from service_provider.management.demo import campaigns
from service_provider.models import AuditEntry, Campaign
from service_provider.queries import campaigns as rows
from service_provider.services import offers

pytestmark = pytest.mark.django_db


def state() -> str:
    found = rows.find(Campaign.objects.get().pk, now=timezone.now())
    assert found is not None
    return found.state


def test_without_a_model_it_gives_a_few_by_chance_and_begins_once() -> None:
    now = timezone.now()
    assert campaigns.begin(now=now)
    campaign = Campaign.objects.get()

    assert state() == "running"
    assert (campaign.policy, campaign.parameters) == ("random", {"rate": campaigns.RATE})
    assert not campaigns.begin(now=now)
    Campaign.objects.update(ended_at=now)
    assert not campaigns.begin(now=now), "what was ended does not come again"


def test_with_a_model_it_goes_by_the_risk() -> None:
    make.model_version(1, kind="churn", live_kind="churn", report=risk_report())
    campaigns.begin(now=timezone.now())

    assert Campaign.objects.get().policy == "published_rule"


def risk_report() -> dict[str, object]:
    return risk_models.trained().report.to_json()


def test_whoever_hesitates_may_get_its_coupon(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = count()
    monkeypatch.setattr(offers.secrets, "token_hex", lambda _: f"seed {next(seeds)}")
    made.nobody_held_out()
    make.product("P1", margin_bp=3_500)
    now = timezone.now()
    campaigns.begin(now=now)
    at = int((now + timedelta(seconds=1)).timestamp() * 1000)
    given = [made.decided(f"S{number}", at=at + number).arm for number in range(40)]

    assert 0 < sum(arm > 0 for arm in given) < 40
    assert AuditEntry.objects.filter(verb="load_demo_campaign").count() == 1
