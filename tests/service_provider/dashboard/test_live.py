"""The live mall on the overview: what it shows, and the piece of it that the script asks for."""

import re
import time
from typing import Any
from zoneinfo import ZoneInfo

import campaign_worlds
import coupon_makers
import make
import pytest
from shop_events import MINUTE, clicks, record, sent

from service_provider.models import Decision, Order, SearchDay
from service_provider.queries.kept import Kept

pytestmark = pytest.mark.django_db
LIVE = "/provider/live/"


def now_ms() -> int:
    return int(time.time() * 1000)


def arrive(*names: str, **given: Any) -> None:
    """A visit of one event for each name, just now."""
    for name in names:
        moment = given.get("now_ms", now_ms())
        record(sent(name, at=moment), who=name, **given | {"now_ms": moment})


def figures(html: str) -> dict[str, str]:
    found = re.findall(r'data-part="(\w+)"><h3>[^<]*</h3><p class="stat">([^<]*)<', html)
    return dict(found)


def test_the_overview_shows_it_without_javascript(alan: Any, door: Any) -> None:
    arrive("anna", "bea")
    arrive("robot", is_robot=True)
    text = door(alan).get("/provider/").text

    assert figures(text) == {"visits": "2", "speed": "0.0", "risk": "not enough data yet", "robots": "1"}
    assert 'data-live="/provider/live/"' in text
    assert "without JavaScript they stand still" in text
    assert "How far live visits have come" in text
    assert "service_provider/live" in text


def test_an_empty_mall_says_how_it_fills(petra: Any, door: Any) -> None:
    text = door(petra).get("/provider/").text

    assert figures(text) == {"visits": "0", "speed": "0.0", "risk": "0", "robots": "0"}
    for words in ("Nobody is in the shop now", "no category was looked at", "searched for three times"):
        assert words in text


def test_the_piece_is_that_of_the_page(petra: Any, door: Any) -> None:
    arrive("anna")
    answer = door(petra).get(LIVE)

    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "private, no-cache"
    told = answer.json()
    assert figures(told["html"])["visits"] == "1"
    assert re.fullmatch(r"\d\d:\d\d:\d\d", told["as_of"])
    assert told["said"] == "1 live visit, 0 at risk"


def test_nothing_moved_is_304_and_costs_two_queries(
    petra: Any, door: Any, django_assert_num_queries: Any
) -> None:
    arrive("anna", now_ms=now_ms() - 90 * MINUTE)
    client = door(petra)
    tag = client.get(LIVE)["ETag"]
    client.get(LIVE)  # whoever she is stands in the session
    with django_assert_num_queries(4):  # two of them: who asks
        answer = client.get(LIVE, headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)


def test_an_event_is_news(petra: Any, door: Any) -> None:
    client = door(petra)
    tag = client.get(LIVE)["ETag"]
    arrive("anna")
    Kept.forget_all()
    answer = client.get(LIVE, headers={"If-None-Match": tag})

    assert answer.status_code == 200
    assert figures(answer.json()["html"])["visits"] == "1"


def test_what_was_kept_does_not_pass_for_news(petra: Any, door: Any) -> None:
    """The answer may be two seconds old; its tag says so, and the next question gets what is new."""
    client = door(petra)
    before = client.get(LIVE)["ETag"]
    arrive("anna")
    kept = client.get(LIVE)
    assert kept["ETag"] == before
    Kept.forget_all()

    assert client.get(LIVE, headers={"If-None-Match": kept["ETag"]}).status_code == 200


def test_words_are_escaped(petra: Any, door: Any) -> None:
    SearchDay.objects.create(day=make.datetime.now(make.UTC).date(), words="<b>hat</b>", count=3)
    html = door(petra).get(LIVE).json()["html"]

    assert "&lt;b&gt;hat" in html
    assert "<b>hat" not in html


def test_only_reading_is_possible(petra: Any, door: Any) -> None:
    assert door(petra).post(LIVE).status_code == 405


def test_a_busy_minute_is_told_as_such(petra: Any, door: Any) -> None:
    record(*clicks(90, every=100, until=now_ms()), now_ms=now_ms())

    assert figures(door(petra).get("/provider/").text)["robots"] == "1", "nobody clicks ten times a second"


# ---- coupons ------------------------------------------------------------------------------------------


def test_without_a_campaign_it_says_what_will_stand_there(petra: Any, door: Any) -> None:
    assert "There is no campaign yet." in door(petra).get("/provider/").text


def test_coupons_stand_beside_the_visits_and_move(petra: Any, door: Any) -> None:
    campaign = coupon_makers.campaign(ends_ms=2**42)
    today = make.datetime.now(make.UTC).astimezone(ZoneInfo("Europe/Berlin")).date()
    client = door(petra)
    first = client.get(LIVE)
    shown = figures(first.json()["html"])
    assert (shown["issued"], shown["redeemed"], shown["gain"]) == ("0", "0", "not enough data yet")
    assert shown["budget"] == "€10.00"

    coupon_makers.issued(campaign, coupon_makers.shopper(), day=today)
    Kept.forget_all()
    answer = client.get(LIVE, headers={"If-None-Match": first["ETag"]})
    assert answer.status_code == 200
    assert figures(answer.json()["html"])["issued"] == "1"
    assert figures(answer.json()["html"])["budget"] == "€5.00"


def test_the_gain_stands_beside_its_interval_and_whom_it_is_of(petra: Any, door: Any) -> None:
    make.product("P1", category="Shoes", margin_bp=4_000)
    campaign = coupon_makers.campaign()
    campaign_worlds.crowd(campaign, treated=570, held=32)
    now = now_ms()
    Decision.objects.update(at_ms=now - MINUTE)
    Order.objects.update(placed_ms=now - MINUTE)
    html = door(petra).get(LIVE).json()["html"]

    assert figures(html)["gain"].startswith(("€", "-€"))
    assert "570 shoppers against 32 held out, met in 28 days" in html
    assert "95 % interval" in html
    assert "No difference can be told yet." in html


def test_a_split_that_is_no_chance_shows_no_gain(petra: Any, door: Any) -> None:
    campaign_worlds.crowd(coupon_makers.campaign(), treated=60, held=60)
    Decision.objects.update(at_ms=now_ms() - MINUTE)

    assert figures(door(petra).get(LIVE).json()["html"])["gain"] == "not comparable"
