"""Coupons and their redemptions, listed; and the report of a campaign."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.dashboard import wording
from service_provider.dashboard.access import needs
from service_provider.dashboard.charts import Chart
from service_provider.dashboard.figures.coupons import lists
from service_provider.dashboard.figures.coupons import report as figures
from service_provider.dashboard.paging import page_number
from service_provider.dashboard.views.campaigns import get as get_campaign
from service_provider.queries import coupon_list, mall, segments
from service_provider.queries.reports.coupons import campaign_coupons, campaign_effect, campaign_ratio
from service_provider.queries.reports.coupons.campaign_effect import CONTRIBUTION


@require_safe
@needs("see_dashboard")
def coupons(request: HttpRequest) -> HttpResponse:
    listing = coupon_list.search_coupons(request.GET.dict(), page_number(request), now=timezone.now())
    as_of = wording.moment(listing.as_of)
    table = lists.coupons(listing.page.rows, as_of=as_of, mall=mall.get_settings())
    context = {"listing": listing, "as_of": as_of, "table": table}
    return render(request, "service_provider/coupons.html", context)


@require_safe
@needs("see_dashboard")
def redemptions(request: HttpRequest) -> HttpResponse:
    listing = coupon_list.search_redemptions(request.GET.dict(), page_number(request), now=timezone.now())
    as_of = wording.moment(listing.as_of)
    table = lists.redemptions(listing.page.rows, as_of=as_of, mall=mall.get_settings())
    context = {"listing": listing, "as_of": as_of, "table": table}
    return render(request, "service_provider/redemptions.html", context)


@require_safe
@needs("see_dashboard")
def campaign_report(request: HttpRequest, campaign_id: int) -> HttpResponse:
    now, settings, row = timezone.now(), mall.get_settings(), get_campaign(campaign_id)
    days = campaign_coupons.by_day(campaign_id, now=now)
    effect = campaign_effect.of_campaign(campaign_id, settings=settings, now=now)
    as_of, names = wording.moment(settings.local(now)), segments.names()
    is_met = bool(days or effect.found.split.treated or effect.found.split.held)
    context: dict[str, Any] = {
        "campaign": row, "as_of": as_of, "is_met": is_met, "chosen": f"campaign={campaign_id}",
        "numbers": figures.numbers(campaign_coupons.total(days), enough=settings.min_group_size, mall=settings),
        "verdict": figures.verdict(effect, settings), "held_out": figures.held_out(effect),
        "is_stopped": not effect.found.split.is_sound,
        "outcomes": figures.outcomes(effect, as_of=as_of, mall=settings),
        "segments": figures.segments(effect.segments, names, as_of=as_of, mall=settings),
    }  # fmt: skip
    if CONTRIBUTION in effect.found.outcomes:
        context["gain"] = figures.gain(effect.found.outcomes[CONTRIBUTION], settings)
    if is_met:
        context |= _parts(campaign_id, days, names)
    return render(request, "service_provider/campaign_report.html", context)


def _parts(
    campaign_id: int, days: tuple[campaign_coupons.Line, ...], names: dict[str, str]
) -> dict[str, Any]:
    """Charts and tables by day, category, segment and coupon."""
    now, settings = timezone.now(), mall.get_settings()
    as_of, enough = wording.moment(settings.local(now)), settings.min_group_size
    told = campaign_ratio.get(campaign_id, enough=enough)
    tables = [
        figures.ratio("Coupon", told.by_coupon, as_of=as_of),
        figures.ratio("Segment", told.by_segment, as_of=as_of),
    ]
    return {
        "charts": _charts(campaign_id, days, names, now) if days else [],
        "ratio": [table for table in tables if table],
        "precision": figures.precision(campaign_coupons.precision(campaign_id, enough=enough, now=now)),
        "comments": figures.comments(campaign_coupons.list_comments(campaign_id, settings=settings)),
    }


def _charts(
    campaign_id: int, days: tuple[campaign_coupons.Line, ...], names: dict[str, str], now: datetime
) -> list[Chart]:
    settings = mall.get_settings()
    as_of = wording.moment(settings.local(now))
    categories = campaign_coupons.by_category(campaign_id, now=now)
    by_name = [(line.name, line.tally) for line in categories]
    return [
        figures.by_day(days[-campaign_coupons.MOST_DAYS :], as_of=as_of),
        figures.by_category(categories, as_of=as_of),
        figures.by_segment(campaign_coupons.by_segment(campaign_id, now=now), names, as_of=as_of),
        figures.money("Money by category", by_name, as_of=as_of, mall=settings),
    ]
