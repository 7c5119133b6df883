"""Campaigns begun, paused, gone on with and ended; and the switch that stops all coupons."""

from datetime import datetime

from django.db import transaction

from engine.policy.campaigns import DRAFT, ENDED, PAUSED
from service_provider.models import Campaign, Mall
from service_provider.queries.access import Actor
from service_provider.queries.campaign_values import values_of
from service_provider.services import audit
from service_provider.services.campaigns import changing, rules


class WrongState(Exception):
    """The campaign is not in a state in which this can be done; the text says which it is in."""


@transaction.atomic
def publish(campaign_id: int, *, version: str, by: Actor, now: datetime) -> None:
    """A draft begins on its first day. CampaignNotFound, ChangedMeanwhile, WrongState, AlreadyOver.

    `version` is that of the row which was looked at: nothing else is published than what was seen.
    """
    row = changing.held(campaign_id, version=version)
    if changing.state_at(row, now=now) != DRAFT:
        raise WrongState("Only a draft can be published.")
    if now.timestamp() * 1000 >= row.ends_ms:
        raise rules.AlreadyOver("Its last day is over. Choose later days first.")
    rules.refuse_broken(values_of(row))
    changing.write(row, {"published_at": now}, now=now)
    audit.record(by, "publish_campaign", "campaign", campaign_id, now=now)


@transaction.atomic
def pause(campaign_id: int, *, by: Actor, now: datetime) -> None:
    """It gives out no coupon until it goes on; those that are out stay good. CampaignNotFound, WrongState."""
    row = _published(campaign_id, now=now)
    if row.paused_at is not None:
        raise WrongState("It is paused already.")
    changing.write(row, {"paused_at": now}, now=now)
    audit.record(by, "pause_campaign", "campaign", campaign_id, now=now)


@transaction.atomic
def resume(campaign_id: int, *, by: Actor, now: datetime) -> None:
    """It goes on. CampaignNotFound, WrongState."""
    row = _published(campaign_id, now=now)
    if changing.state_at(row, now=now) != PAUSED:
        raise WrongState("It is not paused.")
    changing.write(row, {"paused_at": None}, now=now)
    audit.record(by, "resume_campaign", "campaign", campaign_id, now=now)


@transaction.atomic
def end(campaign_id: int, *, by: Actor, now: datetime) -> None:
    """It gives out no coupon any more, for good; those that are out stay good. CampaignNotFound, WrongState."""
    row = changing.held(campaign_id)
    if changing.state_at(row, now=now) == ENDED:
        raise WrongState("It has ended already.")
    changing.write(row, {"ended_at": now}, now=now)
    detail = {"issued": row.issued, "redeemed": row.redeemed}
    audit.record(by, "end_campaign", "campaign", campaign_id, now=now, detail=detail)


def _published(campaign_id: int, *, now: datetime) -> Campaign:
    row = changing.held(campaign_id)
    state = changing.state_at(row, now=now)
    if state in (DRAFT, ENDED):
        raise WrongState("It is a draft." if state == DRAFT else "It has ended.")
    return row


# ---- all of them at once --------------------------------------------------------------------------------


@transaction.atomic
def stop_all(*, by: Actor, now: datetime) -> bool:
    """From now on no coupon is issued: every issuing looks at this row. False where that was so already."""
    Mall.objects.get_or_create(pk=1)
    stopped = Mall.objects.filter(pk=1, coupons_stopped_at=None)
    if not stopped.update(coupons_stopped_at=now, coupons_stopped_by=by.label):
        return False
    audit.record(by, "stop_coupons", "mall", 1, now=now)
    return True


@transaction.atomic
def allow_all(*, by: Actor, now: datetime) -> bool:
    """Coupons are issued again. False where nobody had stopped them."""
    if not Mall.objects.filter(pk=1, coupons_stopped_at__isnull=False).update(
        coupons_stopped_at=None, coupons_stopped_by=""
    ):
        return False
    audit.record(by, "allow_coupons", "mall", 1, now=now)
    return True
