"""Petra makes a campaign, sees what it would have done yesterday, watches it, pauses it, and stops everything."""

from datetime import timedelta
from typing import Any

import campaign_worlds
import coupon_makers as made
import make
import pytest
from django.utils import timezone
from shop_events import DAY

from service_provider.models import Campaign, Mall
from service_provider.services import coupons

pytestmark = pytest.mark.django_db(transaction=True)


def log_in(visitor: Any) -> None:
    visitor.go("/provider/")
    visitor.fill(login="petra", password=make.PASSWORD)
    visitor.press("Log in")
    visitor.page.wait_for_url("**/provider/")


def shoppers_came(*, days_ago: int) -> None:
    """Some hesitated that day, while a campaign ran that offered nothing."""
    now_ms = int((timezone.now() - timedelta(days=days_ago)).timestamp() * 1000)
    made.campaign("Nothing yet", policy="none", parameters={}, priority=-5, starts_ms=0, ends_ms=now_ms + DAY)
    for number in range(14):
        made.decided(f"shopper-{number}", at=now_ms + number, risk=number / 20)


def test_petra_makes_watches_and_stops(visitor: Any, petra: Any) -> None:
    make.product("P1", category="Shoes", margin_bp=3_500)
    log_in(visitor)
    visitor.go("/provider/campaigns/")
    visitor.look("campaigns, empty")
    shoppers_came(days_ago=1)
    Campaign.objects.filter(name="Nothing yet").update(ended_at=timezone.now())
    visitor.go("/provider/campaigns/add/")
    visitor.look("new campaign")
    visitor.fill(name="Autumn shoes", depths="10 5", cap="", budget="20", policy="random", rate="60")
    visitor.press("Save as a draft")
    assert visitor.reads("Depths are above zero and rise")
    assert visitor.reads("A percentage needs a cap")
    visitor.look("new campaign, faults")
    visitor.fill(depths="5 10", cap="5")
    visitor.press("Preview: yesterday with it")
    assert visitor.reads("This is a preview: nothing is saved yet.")
    visitor.look("new campaign, preview")
    visitor.press("Save as a draft")
    visitor.look("campaign, a draft")
    visitor.follow("Publish")
    visitor.look("publish")
    visitor.press("Publish it")
    assert visitor.reads("running")
    watches(visitor)
    reads_the_report(visitor)
    pauses(visitor)
    stops(visitor)


def watches(visitor: Any) -> None:
    campaign, now = Campaign.objects.get(name="Autumn shoes"), timezone.now()
    now_ms = int(now.timestamp() * 1000)
    wanted = made.wanted(campaign, made.shopper("S-1"), expires_ms=2**42, day=now.date())
    coupons.issue(wanted, by_label="a test", now_ms=now_ms)
    decision = made.decided("shopper-now", at=now_ms, risk=0.4, tag="now")
    visitor.page.reload()
    visitor.page.wait_for_load_state("networkidle")
    visitor.look("campaign, running")
    visitor.follow("Show it")
    visitor.look("campaign, yesterday")
    visitor.follow("Edit")
    assert visitor.reads("keep their terms")
    visitor.fill(budget="1")
    visitor.press("Save")
    assert visitor.reads("The budget does not cover the cap of one coupon.")
    visitor.look("campaign, edited wrongly")
    visitor.go("/provider/decisions/")
    visitor.look("decisions")
    visitor.go(f"/provider/decisions/{decision.pk}/")
    assert visitor.reads("identical")
    visitor.look("decision")


def reads_the_report(visitor: Any) -> None:
    """Coupons were used since, and some shoppers are held out."""
    campaign = Campaign.objects.get(name="Autumn shoes")
    visitor.go(f"/provider/campaigns/{campaign.pk}/")
    visitor.follow("its report")
    assert visitor.reads("Not enough data yet: it takes 30 shoppers in each group")
    visitor.look("report, the first day")
    campaign_worlds.crowd(campaign, treated=690, held=36)
    visitor.page.reload()
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.reads("No difference can be told yet between shoppers with and without coupons.")
    assert visitor.reads("Holds at every look")
    visitor.look("report")
    visitor.follow("Its coupons one by one")
    visitor.fill(state="redeemed")
    visitor.press("Show")
    visitor.look("coupons")
    visitor.follow("Redemptions")
    visitor.look("redemptions, empty")
    visitor.go("/provider/")
    assert visitor.reads("Gained against the holdout")
    visitor.look("overview, with coupons")


def pauses(visitor: Any) -> None:
    visitor.go(f"/provider/campaigns/{Campaign.objects.get(name='Autumn shoes').pk}/")
    visitor.follow("Pause")
    visitor.look("pause")
    visitor.press("Pause it")
    assert visitor.reads("Autumn shoes is paused.")
    visitor.go("/provider/campaigns/")
    visitor.look("campaigns")


def stops(visitor: Any) -> None:
    visitor.follow("Stop coupons")
    visitor.look("stop all")
    visitor.press("Issue no coupon now")
    assert Mall.objects.get().coupons_stopped_by == "petra"
    visitor.go("/provider/")
    visitor.look("overview, stopped")
    visitor.follow("Allow coupons again")
    visitor.look("allow")
    visitor.press("Allow coupons")
    assert visitor.reads("Coupons are issued again.")
    visitor.go("/provider/settings/")
    visitor.look("settings")
