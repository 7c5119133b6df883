"""A campaign is begun, paused, gone on with, ended and copied, and one switch stops them all."""

from datetime import timedelta

import coupon_makers as made
import make
import pytest
from campaign_steps import LATER, PETRA, create, edit, last_entry, publish, row, state, version, with_coupons
from shop_events import NOW

from service_provider.models import AuditEntry, Mall
from service_provider.queries import campaigns as rows
from service_provider.queries.access import Actor
from service_provider.services import campaigns, coupons
from service_provider.services.campaigns import rules
from service_provider.services.coupons import NotIssued

pytestmark = pytest.mark.django_db


# ---- its life -----------------------------------------------------------------------------------------


def test_its_life_from_draft_to_end() -> None:
    number = create(starts_on=made.TODAY + timedelta(days=1))
    publish(number)
    assert state(number) == "scheduled"
    assert state(number, make.NOON + timedelta(days=1)) == "running"
    campaigns.pause(number, by=PETRA, now=LATER)
    assert state(number) == "paused"
    campaigns.resume(number, by=PETRA, now=LATER)
    assert state(number) == "scheduled"
    campaigns.end(number, by=PETRA, now=LATER)
    assert state(number) == "ended"
    assert [one.verb for one in AuditEntry.objects.order_by("pk")] == [
        "create_campaign", "publish_campaign", "pause_campaign", "resume_campaign", "end_campaign",
    ]  # fmt: skip


def test_nothing_else_is_published_than_what_was_seen() -> None:
    number = create()
    seen = version(number)
    edit(number, budget_minor=90_000)

    with pytest.raises(campaigns.ChangedMeanwhile):
        campaigns.publish(number, version=seen, by=PETRA, now=LATER)
    assert state(number) == "draft"


def test_what_is_over_is_not_published() -> None:
    day = made.TODAY - timedelta(days=1)
    number = create(starts_on=day, ends_on=day)

    with pytest.raises(rules.AlreadyOver):
        publish(number)


def test_verbs_that_do_not_fit_a_state_are_refused() -> None:
    number = create()
    with pytest.raises(campaigns.WrongState, match="draft"):
        campaigns.pause(number, by=PETRA, now=LATER)
    publish(number)
    with pytest.raises(campaigns.WrongState):
        publish(number)
    with pytest.raises(campaigns.WrongState):
        campaigns.resume(number, by=PETRA, now=LATER)
    campaigns.pause(number, by=PETRA, now=LATER)
    with pytest.raises(campaigns.WrongState):
        campaigns.pause(number, by=PETRA, now=LATER)
    campaigns.end(number, by=PETRA, now=LATER)
    for verb in (campaigns.end, campaigns.pause, campaigns.resume):
        with pytest.raises(campaigns.WrongState, match="ended"):
            verb(number, by=PETRA, now=LATER)


def test_a_paused_campaign_gives_out_nothing_and_honours_what_is_out() -> None:
    campaign = with_coupons(1)
    campaigns.pause(campaign.pk, by=PETRA, now=LATER)

    with pytest.raises(NotIssued) as told:
        made.issued(campaign, made.shopper("later"))
    assert told.value.reason == "not_running"
    assert row(campaign.pk).reserved_minor == 500


def test_a_copy_is_a_draft_with_nothing_spent_and_another_salt() -> None:
    campaign = with_coupons(2, name="x" * 78, salt="a salt", limit_total=9)
    copy = row(campaigns.duplicate(campaign.pk, by=PETRA, now=LATER))

    assert (state(copy.pk), copy.issued, copy.reserved_minor, copy.limit_total) == ("draft", 0, 0, 9)
    assert copy.salt != campaign.salt
    assert copy.name == f"Copy of {'x' * 72}"
    assert last_entry().detail == {"of": campaign.pk}
    with pytest.raises(campaigns.CampaignNotFound):
        campaigns.duplicate(4711, by=PETRA, now=LATER)


# ---- the emergency stop -------------------------------------------------------------------------------


def test_the_stop_holds_at_once_and_is_written_down_once() -> None:
    campaign = made.campaign()

    assert rows.find_stop() is None
    assert campaigns.stop_all(by=PETRA, now=LATER)
    assert not campaigns.stop_all(by=Actor("paul"), now=LATER)
    assert rows.find_stop() == rows.Stop(LATER, "petra")
    with pytest.raises(NotIssued) as told:
        made.issued(campaign, made.shopper())
    assert told.value.reason == "stopped"

    assert campaigns.allow_all(by=PETRA, now=LATER)
    assert not campaigns.allow_all(by=PETRA, now=LATER)
    assert rows.find_stop() is None
    assert coupons.issue(made.wanted(campaign, made.shopper()), by_label="a test", now_ms=NOW)
    assert [one.verb for one in AuditEntry.objects.order_by("pk")] == ["stop_coupons", "allow_coupons"]
    assert Mall.objects.count() == 1
