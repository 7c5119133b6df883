"""Campaigns that run while a test runs, and their pages and forms as an office uses them."""

from datetime import timedelta
from typing import Any

import coupon_makers as made
from django.urls import reverse
from django.utils import timezone
from shop_events import DAY

from service_provider.models import Campaign
from service_provider.services import coupons


def on_now(name: str = "Ten off", **fields: Any) -> Campaign:
    """One that runs while the test runs."""
    now_ms = int(timezone.now().timestamp() * 1000)
    today = timezone.now().date()
    days = {"starts_on": today, "ends_on": today + timedelta(days=9)}
    return made.campaign(name, starts_ms=now_ms - DAY, ends_ms=now_ms + 9 * DAY, **days, **fields)


def give_out(campaign: Campaign) -> None:
    """One coupon, now."""
    now = timezone.now()
    wanted = made.wanted(campaign, made.shopper(), expires_ms=2**42, day=now.date())
    coupons.issue(wanted, by_label="a test", now_ms=int(now.timestamp() * 1000))


def url(name: str, *args: Any) -> str:
    return reverse(f"provider:{name}", args=args)


def typed(form: Any, **changed: Any) -> dict[str, Any]:
    """What the form would send, with some fields typed anew."""
    given = {name: form[name].value() for name in form.fields} | changed
    return {
        name: value
        for name, value in given.items()
        if value is not None and value is not False and value != []
    }
