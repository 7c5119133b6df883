"""The report of a campaign, coupons and redemptions: what the pages show, and to whom."""

from typing import Any

import campaign_worlds as worlds
import coupon_makers as made
import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop_events import MINUTE, NOW

from service_provider.models import Campaign, Coupon
from service_provider.queries.kept import Kept
from service_provider.services import coupons
from service_provider.services.coupons import At

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Any:
    make.product("P1", category="Shoes", margin_bp=4_000)
    return made.campaign(budget_minor=10**7)


def report(campaign: Any) -> str:
    return f"/provider/campaigns/{campaign.pk}/report/"


def test_a_campaign_that_met_nobody_says_what_will_stand_here(office: Any, campaign: Any) -> None:
    text = office.get(report(campaign)).text

    assert "This campaign has met nobody yet." in text
    assert "Its coupons one by one" not in text


def test_there_is_no_report_of_no_campaign(office: Any) -> None:
    assert office.get("/provider/campaigns/7/report/").status_code == 404


def test_few_shoppers_are_not_enough_and_their_coupons_are_counted(office: Any, campaign: Any) -> None:
    worlds.crowd(campaign, treated=8, held=1)
    text = office.get(report(campaign)).text

    assert "Not enough data yet: it takes 30 shoppers in each group and 20 who bought." in text
    assert (
        "8 shoppers who may get coupons are compared with 1 who are held out: the mall&#x27;s holdout (5.0 %)"
        in text
    )
    for words in (
        "Coupons by day",
        "Coupons by category",
        "Coupons by segment",
        "Money by category",
        "Just right",
    ):
        assert words in text
    assert "With coupons and without, as of" not in text


def test_enough_shoppers_are_compared_with_interval_and_verdict(alan: Any, door: Any, campaign: Any) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(holdout_bp=1_000)
    worlds.crowd(campaign, treated=230, held=40)
    text = door(alan).get(report(campaign)).text

    assert "No difference can be told yet between shoppers with and without coupons." in text
    assert "and the campaign&#x27;s own (10.0 % of the rest), both together" in text
    assert "With coupons and without, as of" in text
    assert "Gained against the holdout" in text
    assert "Holds at every look" in text
    assert "Used a coupon" in text  # predictions that say High


def test_a_clear_gain_is_told_per_shopper_and_in_all(office: Any, campaign: Any) -> None:
    """Everybody who may get coupons buys, and of the held out one."""
    worlds.crowd(campaign, treated=700, held=0, buys_every=1)
    worlds.crowd(campaign, treated=0, held=36, start=1_000, buys_every=1_000)
    text = office.get(report(campaign)).text

    assert "Each shopper who may get coupons brought €38.89 more, €27,222.22 in all." in text


def test_a_split_that_is_no_chance_stops_the_report(office: Any, campaign: Any) -> None:
    worlds.crowd(campaign, treated=60, held=60)
    text = office.get(report(campaign)).text

    assert "Stopped: 5.0 % should be held out and 50.0 % are" in text
    assert "Gained against the holdout" not in text
    assert "With coupons and without, as of" not in text
    assert "Coupons by day" in text


def test_who_was_met_in_both_groups_is_counted_on_the_page(office: Any, campaign: Any) -> None:
    anna = made.shopper("anna")
    worlds.decision(campaign, anna, "holdout")
    worlds.decision(campaign, anna, "treated", at=NOW + MINUTE)

    assert "1 were met in both groups" in office.get(report(campaign)).text


def test_its_downloads_ask_for_this_campaign(office: Any, campaign: Any) -> None:
    worlds.crowd(campaign, treated=8, held=1)
    text = office.get(report(campaign)).text

    for what in ("campaign-report", "campaign-effect"):
        for file_format in ("xls", "xlsx", "csv"):
            path = f"/provider/downloads/{what}/{file_format}/?campaign={campaign.pk}"
            assert f'href="{path}"' in text
            assert office.get(path).status_code == 200


def test_the_page_asks_no_more_with_a_thousand_shoppers_than_with_ten(office: Any, campaign: Any) -> None:
    counts = []
    office.get(report(campaign))
    for start, treated in ((0, 170), (1_000, 1_700)):
        worlds.crowd(campaign, treated=treated, held=treated // 5, start=start, buys_every=2)
        Kept.forget_all()
        with CaptureQueriesContext(connection) as queries:
            assert office.get(report(campaign)).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


# ---- lists --------------------------------------------------------------------------------------------


def test_the_campaign_leads_to_its_report_and_its_coupons(alan: Any, door: Any, campaign: Any) -> None:
    text = door(alan).get(f"/provider/campaigns/{campaign.pk}/").text

    assert f'href="{report(campaign)}"' in text
    assert f'href="/provider/coupons/?campaign={campaign.pk}"' in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/provider/coupons/", "No coupon was given out yet."),
        ("/provider/redemptions/", "No coupon was used yet."),
    ],
)
def test_an_empty_list_says_how_it_fills(office: Any, path: str, words: str) -> None:
    assert words in office.get(path).text


def test_coupons_are_listed_with_the_end_of_their_code(office: Any, campaign: Any) -> None:
    coupon = made.issued(campaign, made.shopper("anna"))
    text = office.get("/provider/coupons/?shopper=anna").text

    assert f"…{coupon.code[-4:]}" in text
    assert coupon.code not in text
    assert "10 % off" in text
    assert "/provider/downloads/coupons/csv/?shopper=anna" in text
    assert "No coupon fits these filters." in office.get("/provider/coupons/?shopper=bea").text
    assert "could not be understood" in office.get("/provider/coupons/?state=new").text


def test_redemptions_are_listed_with_where_they_happened(office: Any, campaign: Any) -> None:
    coupon = made.issued(campaign, made.shopper("anna"))
    used = coupons.redeem(coupon.code, made.SHOES, at=At("a till"), now_ms=NOW + MINUTE)
    coupons.reverse(
        used.redemption_id, why="goods back", restores=False, by_label="till", now_ms=NOW + MINUTE
    )
    text = office.get("/provider/redemptions/").text

    assert "goods back" in text
    assert "anna" in text
    assert Coupon.objects.get().state == "reversed"
    assert "No redemption fits these filters." in office.get("/provider/redemptions/?taken_back=no").text
