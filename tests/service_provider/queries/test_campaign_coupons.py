"""What became of a campaign's coupons, by day, category and segment; what was said of them; whom they were for."""

from datetime import date, timedelta
from typing import Any

import campaign_worlds as worlds
import coupon_makers as made
import make
import pytest
import segment_reports
from campaign_worlds import VIEWED, decision, order
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop_events import DAY, HOUR, MINUTE, NOW

from service_provider.models import Coupon, Membership, ModelVersion, RevenuePrediction
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports.coupons import campaign_coupons as report
from service_provider.queries.reports.coupons import campaign_ratio
from service_provider.queries.reports.coupons.campaign_coupons import Line, Tally
from service_provider.services import coupons
from service_provider.services.coupons import At

pytestmark = pytest.mark.django_db
SETTINGS = MallSettings()


@pytest.fixture
def campaign() -> Any:
    return made.campaign(budget_minor=100_000, limit_per_shopper=9, cooldown_hours=0)


def issue(campaign: Any, who: str, **fields: Any) -> Any:
    return made.issued(campaign, made.shopper(who), **fields)


def redeem(coupon: Any) -> Any:
    return coupons.redeem(coupon.code, made.SHOES, at=At("a till"), now_ms=NOW + MINUTE)


def whole(campaign: Any, now: Any = make.NOON) -> Tally:
    return report.total(report.by_day(campaign.pk, now=now))


def test_no_coupon_is_an_empty_tally(campaign: Any) -> None:
    assert report.by_day(campaign.pk, now=make.NOON) == ()
    assert whole(campaign) == Tally()


def test_each_coupon_is_counted_where_it_stands(campaign: Any) -> None:
    used, back, revoked, seen, put_away = (issue(campaign, name) for name in "abcde")
    redeem(used)
    taken = redeem(back)
    coupons.reverse(taken.redemption_id, why="goods", restores=False, by_label="till", now_ms=NOW + MINUTE)
    coupons.revoke(revoked.coupon_id, by_label="petra", now_ms=NOW)
    coupons.mark_seen(seen.coupon_id, shopper_id=made.shopper("d").pk, now_ms=NOW)
    coupons.dismiss(put_away.coupon_id, shopper_id=made.shopper("e").pk, now_ms=NOW)
    found = whole(campaign)

    assert (found.issued, found.redeemed, found.reversed, found.revoked, found.expired, found.live) == (
        5,
        1,
        1,
        1,
        0,
        2,
    )
    assert found.redeemed + found.reversed + found.revoked + found.expired + found.live == found.issued
    assert (found.dismissed, found.spent_minor, found.revenue_minor) == (1, 400, 3_600)
    assert found.seen >= 1


def test_a_coupon_whose_time_is_over_is_expired_before_anybody_has_booked_it(campaign: Any) -> None:
    issue(campaign, "a")
    redeem(issue(campaign, "b"))
    before, after = (whole(campaign, make.NOON + timedelta(days=days)) for days in (0, 2))

    assert (before.live, before.expired, before.over, before.over_redeemed) == (1, 0, 0, 0)
    assert (after.live, after.expired, after.over, after.over_redeemed) == (0, 1, 2, 1)


def test_another_campaigns_coupons_are_not_among_them(campaign: Any) -> None:
    issue(made.campaign("another"), "a")

    assert whole(campaign).issued == 0


def test_days_are_the_malls_and_stand_in_order(campaign: Any) -> None:
    for day in (date(2026, 5, 3), date(2026, 5, 1)):
        issue(campaign, str(day), day=day)

    assert [line.day for line in report.by_day(campaign.pk, now=make.NOON)] == [
        date(2026, 5, 1),
        date(2026, 5, 3),
    ]


def test_categories_stand_by_how_much_was_given_out(campaign: Any) -> None:
    for who, category in (("a", "Toys"), ("b", "Shoes"), ("c", "Shoes")):
        issue(campaign, who, category=category)

    found = report.by_category(campaign.pk, now=make.NOON)
    assert [(line.name, line.tally.issued) for line in found] == [("Shoes", 2), ("Toys", 1)]


def test_the_segment_is_the_one_that_the_decision_saw(campaign: Any) -> None:
    for who, segment in (("a", "segment-01"), ("b", "segment-01"), ("c", "")):
        coupon = issue(campaign, who)
        made_of = decision(campaign, made.shopper(who), seen=VIEWED | {"case": {"segment": segment}})
        Coupon.objects.filter(pk=coupon.coupon_id).update(decision=made_of)
    issue(campaign, "d")  # by hand: nobody has decided it
    found = report.by_segment(campaign.pk, now=make.NOON)

    assert {line.name: line.tally.issued for line in found} == {"segment-01": 2, "": 2}


def test_stars_and_words_are_counted_and_the_words_name_nobody(campaign: Any, anna: Any) -> None:
    anna.first_name, anna.email = "Annabella", "anna@example.test"
    anna.save()
    coupon = made.issued(campaign, anna.shopper)
    text = "Annabella says thanks, write to anna@example.test"
    coupons.rate(coupon.coupon_id, rating=5, comment=text, shopper_id=anna.shopper_id)
    issue(campaign, "b")
    found, (said,) = whole(campaign), report.list_comments(campaign.pk, settings=SETTINGS)

    assert (found.rated, found.stars, found.comments) == (1, 5, 1)
    assert (said.rating, said.text, said.coupon_id) == (
        5,
        "[...] says thanks, write to [...]",
        coupon.coupon_id,
    )


# ---- precision ----------------------------------------------------------------------------------------


def held_out(
    campaign: Any, who: str, *, wanted: int, bought: int | None = None, group: str = "holdout"
) -> None:
    """A visit of an hour ago in which a coupon was wanted, or not, and something bought so long after it, or not."""
    shopper, at = made.shopper(who), NOW - HOUR
    visit = worlds.visit_of(shopper, at=at)
    decision(campaign, shopper, group, at=at, visit=visit, seen=VIEWED | {"wanted_arm": wanted})
    if bought is not None:
        order(shopper, at=at + bought, visit=visit)


def test_of_the_held_out_who_were_meant_those_count_who_left(campaign: Any) -> None:
    held_out(campaign, "meant, left", wanted=1)
    held_out(campaign, "meant, bought", wanted=2, bought=MINUTE)
    held_out(campaign, "meant, had bought before", wanted=1, bought=-MINUTE)
    held_out(campaign, "not meant, left", wanted=0, group="own_holdout")
    held_out(campaign, "not meant, bought", wanted=0, bought=MINUTE)
    held_out(campaign, "changed by a coupon", wanted=1, group="treated")
    found = report.precision(campaign.pk, enough=1, now=make.NOON)

    assert (found.meant.hits, found.meant.total) == (2, 3)
    assert (found.all_.hits, found.all_.total) == (3, 5)


def test_an_open_visit_is_not_a_visit_without_a_purchase(campaign: Any) -> None:
    shopper = made.shopper("here")
    decision(campaign, shopper, "holdout", at=NOW - 20 * MINUTE)
    waits = [report.precision(campaign.pk, enough=1, now=make.NOON + timedelta(minutes=n)) for n in (9, 11)]

    assert [one.all_.total for one in waits] == [0, 1]


# ---- High and Low -------------------------------------------------------------------------------------


def test_high_and_low_by_what_she_had_and_by_segment(campaign: Any) -> None:
    segment_reports.in_use(made.shopper("somebody"))
    version, model = ModelVersion.objects.get(kind="segments"), make.model_version(live=True)
    for who, used, result in (("a", True, 1), ("b", True, 0), ("c", False, 1), ("d", None, 0)):
        shopper = made.shopper(who)
        decision(campaign, shopper)
        if used is not None:
            coupon = made.issued(campaign, shopper)
            if used:
                redeem(coupon)
        make.prediction(model, shopper=shopper, result=result)
    make.prediction(model, shopper=made.shopper("never met"))
    Membership.objects.create(
        shopper=made.shopper("a"), live_shopper=made.shopper("a"), version=version, segment="segment-03",
        from_at=make.NOON,
    )  # fmt: skip
    found = campaign_ratio.get(campaign.pk, enough=1)

    assert {one.name: (one.high.hits, one.high.total) for one in found.by_coupon} == {
        "Met without a coupon": (0, 1),
        "Used a coupon": (1, 2),
        "Had one, not used": (1, 1),
    }
    assert {one.name: one.high.total for one in found.by_segment} == {
        "Loyal big spenders": 1,
        "No segment": 3,
    }
    assert found.total == 4


def test_ten_thousand_coupons_ask_no_more_queries_than_ten(campaign: Any) -> None:
    counts = []
    for start, treated in ((0, 10), (1_000, 9_990)):
        worlds.crowd(campaign, treated=treated, held=treated // 10, start=start)
        with CaptureQueriesContext(connection) as queries:
            everything: tuple[Line, ...] = sum(
                (
                    by(campaign.pk, now=make.NOON)
                    for by in (report.by_day, report.by_category, report.by_segment)
                ),
                (),
            )
            assert report.total(everything).issued == 3 * Coupon.objects.count()
            report.precision(campaign.pk, enough=1, now=make.NOON + timedelta(days=1))
            report.list_comments(campaign.pk, settings=SETTINGS)
            campaign_ratio.get(campaign.pk, enough=1)
        counts.append(len(queries))

    assert RevenuePrediction.objects.count() > 10_000
    assert counts == [11, 11]  # one of them is the count above
    assert Coupon.objects.filter(expires_ms=NOW + DAY).count() == 10_000
