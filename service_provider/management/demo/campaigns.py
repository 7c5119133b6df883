"""The demo mall's first campaign: it runs, so that whoever hesitates in the shop may get a coupon."""

from datetime import datetime, timedelta

from django.db import transaction

from engine.contracts import PUBLISHED_RULE, RANDOM
from service_provider.queries import campaigns as rows
from service_provider.queries import demo, learning, mall
from service_provider.queries.access import COMMAND
from service_provider.queries.campaign_values import PERCENT, CampaignValues
from service_provider.queries.learning import CHURN
from service_provider.services import audit, campaigns

LASTS = timedelta(days=60)
RATE = 0.2  # of the chances, where no model says who is at risk
WHOLE = 100  # smallest units of the demo's currency


def _values(*, now: datetime) -> CampaignValues:
    """Highest risk first where a model of the risk serves, else a few by chance."""
    today = mall.get_settings().local(now).date()
    has_risk = learning.find_live(CHURN) is not None
    return CampaignValues(
        name="Welcome back to the basket",
        starts_on=today,
        ends_on=today + LASTS,
        discount_kind=PERCENT,
        depths=(500, 1_000, 1_500),
        cap_minor=150 * WHOLE,
        budget_minor=100_000 * WHOLE,
        day_budget_minor=10_000 * WHOLE,
        cooldown_hours=24,
        limit_per_shopper=3,
        policy=PUBLISHED_RULE if has_risk else RANDOM,
        parameters={"arm": 2} if has_risk else {"rate": RATE},
    )


def begin(*, now: datetime) -> bool:
    """Publishes it, once: what was ended or changed since stays so. False where it was there already."""
    if demo.has_campaign():
        return False
    with transaction.atomic():
        campaign_id = campaigns.create(_values(now=now), by=COMMAND, now=now)
        row = rows.find(campaign_id, now=now)
        assert row is not None
        campaigns.publish(campaign_id, version=row.version, by=COMMAND, now=now)
        audit.record(COMMAND, demo.OFFERING, "campaign", campaign_id, now=now)
    return True
