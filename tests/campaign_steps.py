"""Steps in the life of a campaign, for tests: made, edited, begun; how it stands, and what the audit log says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import coupon_makers as made
import make

from service_provider.models import AuditEntry, Campaign
from service_provider.queries import campaigns as rows
from service_provider.queries.access import Actor
from service_provider.queries.campaign_values import CampaignValues, values_of
from service_provider.services import campaigns

PETRA = Actor("petra", "provider")
LATER = make.NOON + timedelta(minutes=5)
GOOD = CampaignValues(
    name="Summer",
    starts_on=made.TODAY,
    ends_on=made.TODAY + timedelta(days=10),
    discount_kind="percent",
    depths=(500, 1_000),
    cap_minor=500,
    budget_minor=10_000,
    policy="random",
    parameters={"rate": 0.5},
)


def create(**changed: Any) -> int:
    return campaigns.create(replace(GOOD, **changed), by=PETRA, now=make.NOON)


def row(campaign_id: int) -> Campaign:
    return Campaign.objects.get(pk=campaign_id)


def version(campaign_id: int) -> str:
    found = rows.find(campaign_id, now=make.NOON)
    assert found is not None
    return found.version


def edit(campaign_id: int, **changed: Any) -> tuple[str, ...]:
    wanted = replace(values_of(row(campaign_id)), **changed)
    return campaigns.edit(campaign_id, wanted, version=version(campaign_id), by=PETRA, now=LATER)


def state(campaign_id: int, now: Any = LATER) -> str:
    found = rows.find(campaign_id, now=now)
    assert found is not None
    return found.state


def publish(campaign_id: int) -> None:
    campaigns.publish(campaign_id, version=version(campaign_id), by=PETRA, now=make.NOON)


def last_entry() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def with_coupons(count: int = 2, **fields: Any) -> Campaign:
    campaign = made.campaign(**{"budget_minor": 2_000} | fields)
    for one in range(count):
        made.issued(campaign, made.shopper(f"S{one}"))
    campaign.refresh_from_db()
    return campaign
