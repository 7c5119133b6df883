"""Campaigns written down: made, edited, copied. What they did by then binds them."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from engine.policy.campaigns import ENDED, state_of
from service_provider.models import Campaign
from service_provider.queries import campaign_terms, campaign_values, mall
from service_provider.queries.access import Actor
from service_provider.queries.campaign_values import NAMED, CampaignValues, told, values_of
from service_provider.queries.catalogue import version_of
from service_provider.queries.mall import MallSettings
from service_provider.services import audit
from service_provider.services.campaigns import rules

TICK = timedelta(microseconds=1)  # what tells two versions of a row apart at least
LONGEST_NAME = 80
COPY = "Copy of "


class CampaignNotFound(Exception):
    """There is no such campaign."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the campaign after it was looked at; nothing was written."""


@transaction.atomic
def create(values: CampaignValues, *, by: Actor, now: datetime) -> int:
    """A draft; its number. CampaignRefused, by the rule that is broken."""
    rules.refuse_broken(values)
    rules.refuse_strangers(values, campaign_id=None)
    row = _create(values, by=by, now=now)
    detail = {NAMED.get(name, name): word for name, word in _facts(values, mall.get_settings()).items()}
    audit.record(by, "create_campaign", "campaign", row.pk, now=now, detail=detail)
    return row.pk


def _create(values: CampaignValues, *, by: Actor, now: datetime) -> Campaign:
    row = Campaign.objects.create(
        **campaign_values.columns_of(values, zone=mall.get_settings().zone),
        salt=secrets.token_hex(16),
        by_label=by.label,
        created_at=now,
        changed_at=now,
    )
    row.combines_with.set(values.combines_with)
    return row


def _facts(values: CampaignValues, settings: MallSettings) -> dict[str, str]:
    names = ("name", "starts_on", "ends_on", "depths", "cap_minor", "budget_minor", "audience", "policy")
    return {name: told(name, values, settings) for name in names}


@transaction.atomic
def edit(
    campaign_id: int, wanted: CampaignValues, *, version: str, by: Actor, now: datetime
) -> tuple[str, ...]:
    """Writes what differs and returns the names of it. CampaignNotFound, ChangedMeanwhile, CampaignRefused.

    `version` is that of the row which the editor had before her. Coupons that were given out keep their terms.
    """
    row = held(campaign_id, version=version)
    before = values_of(row)
    changed = tuple(
        name for name in CampaignValues.__dataclass_fields__ if getattr(before, name) != getattr(wanted, name)
    )
    if not changed:
        return ()
    rules.refuse_broken(wanted)
    rules.refuse_strangers(wanted, campaign_id=campaign_id)
    is_ended = state_at(row, now=now) == ENDED
    rules.refuse_against_past(row, wanted, is_ended=is_ended)
    _write(row, wanted, changed, now=now)
    settings = mall.get_settings()
    detail = {
        NAMED.get(name, name): {
            "before": told(name, before, settings),
            "after": told(name, wanted, settings),
        }
        for name in changed
    }
    audit.record(by, "edit_campaign", "campaign", campaign_id, now=now, detail=detail)
    return changed


def _write(row: Campaign, wanted: CampaignValues, changed: tuple[str, ...], *, now: datetime) -> None:
    settings = mall.get_settings()
    columns = campaign_values.columns_of(wanted, zone=settings.zone)
    if "starts_on" not in changed and "ends_on" not in changed:  # the mall's zone may be another one by now
        del columns["starts_ms"], columns["ends_ms"]
    write(row, columns, now=now)
    if "combines_with" in changed:
        row.combines_with.set(wanted.combines_with)


@transaction.atomic
def duplicate(campaign_id: int, *, by: Actor, now: datetime) -> int:
    """A draft with the same terms, its own money and its own draw of a holdout. CampaignNotFound."""
    row = Campaign.objects.filter(pk=campaign_id).first()
    if row is None:
        raise CampaignNotFound
    values = values_of(row)
    again = {name: getattr(values, name) for name in CampaignValues.__dataclass_fields__}
    again["name"] = f"{COPY}{values.name}"[:LONGEST_NAME]
    copy = _create(CampaignValues(**again), by=by, now=now)
    audit.record(by, "duplicate_campaign", "campaign", copy.pk, now=now, detail={"of": campaign_id})
    return copy.pk


# ---- what the verbs share -------------------------------------------------------------------------------


def held(campaign_id: int, *, version: str | None = None) -> Campaign:
    """The row, locked until the end of the transaction. CampaignNotFound, ChangedMeanwhile."""
    row = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if row is None:
        raise CampaignNotFound
    if version is not None and version_of(row.changed_at) != version:
        raise ChangedMeanwhile
    return row


def write(row: Campaign, columns: dict[str, Any], *, now: datetime) -> None:
    """Only while it is the row that was read. ChangedMeanwhile."""
    columns = columns | {"changed_at": max(now, row.changed_at + TICK)}
    if not Campaign.objects.filter(pk=row.pk, changed_at=row.changed_at).update(**columns):
        raise ChangedMeanwhile


def state_at(row: Campaign, *, now: datetime) -> str:
    return state_of(campaign_terms.facts_of(row), now_ms=int(now.timestamp() * 1000))
