"""What a browser tells of an offer; and what a page holds so that it can be shown."""

import gzip
import json
import re
from typing import Any

import coupon_makers as made
import make
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from shop_events import DAY

from service_provider.models import Coupon, Shopper
from service_provider.queries.orders import milliseconds

pytestmark = pytest.mark.django_db
URL, OFFER = "/capture/offer/told", "/capture/offer"
SCRIPTS = [settings.BASE_DIR / "static" / "remote_user" / name for name in ("capture.js", "offer.js")]


@pytest.fixture
def coupon(anna: Any) -> Coupon:
    until = milliseconds(timezone.now()) + DAY
    issued = made.issued(made.campaign(), anna.shopper, expires_ms=until, why="because you looked at Shoes")
    return Coupon.objects.get(pk=issued.coupon_id)


def tell(client: Client, body: Any, **headers: str) -> int:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(URL, text, content_type="application/json", headers=headers).status_code


def test_both_scripts_together_are_under_six_kilobytes_compressed() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in SCRIPTS) < 6000


def test_the_scripts_ask_nobody_else_and_write_no_styles() -> None:
    for path in SCRIPTS:
        words = re.sub(r"(?m)(^|\s)//.*$", "", path.read_text())
        assert "//" not in words
        assert not re.search(r"innerHTML|\.style\b|cssText", words)


def test_an_offer_that_was_seen_is_not_offered_again_but_kept(anna: Any, coupon: Coupon, door: Any) -> None:
    client = door(anna)
    assert client.get(OFFER).json()["offer"]["coupon_id"] == coupon.pk
    assert tell(client, {"coupon_id": coupon.pk, "what": "seen"}) == 204
    coupon.refresh_from_db()
    assert (coupon.state, coupon.dismissed_ms) == ("seen", None)
    assert client.get(OFFER).json() == {"offer": None}
    assert "10 % off Shoes" in client.get("/").content.decode()


PAGES = ("/shop/p/P1/", "/shop/c/shoes/", "/shop/m/kanyon/", "/shop/search/?q=shoe")


def test_an_offer_that_was_seen_stays_on_the_next_pages_until_it_is_put_away(
    anna: Any, coupon: Coupon, door: Any
) -> None:
    make.product()
    client = door(anna)
    assert not any('class="standing"' in client.get(page).text for page in PAGES), "the card comes first"
    tell(client, {"coupon_id": coupon.pk, "what": "seen"})
    for page in PAGES * 2:
        shown = client.get(page).text
        assert shown.count('class="standing"') == 1
        assert "10 % off Shoes" in shown
    assert client.get("/").text.count("10 % off Shoes") == 1

    answer = client.post(f"/wallet/{coupon.pk}/dismiss/", {"next": PAGES[0]}, follow=True)

    assert answer.redirect_chain == [(PAGES[0], 302)]
    assert "It is not shown again; it stays under Coupons." in answer.text
    assert not any('class="standing"' in client.get(page).text for page in PAGES)


@pytest.mark.parametrize("ended", [{"state": "redeemed"}, {"state": "expired"}, {"expires_ms": 1}])
def test_it_is_no_reminder_of_what_is_over(
    anna: Any, coupon: Coupon, door: Any, ended: dict[str, Any]
) -> None:
    make.product()
    Coupon.objects.update(**{"state": "seen"} | ended)
    assert 'class="standing"' not in door(anna).get(PAGES[0]).text


def test_a_visitor_is_reminded_of_her_own_and_others_of_nothing(
    anna: Any, bea: Any, coupon: Coupon, door: Any
) -> None:
    make.product()
    visitor = Client()
    visitor.post("/basket/add/", {"product_id": "P1", "quantity": "1"})
    Coupon.objects.update(state="seen", shopper=Shopper.objects.latest("pk"))
    assert 'class="standing"' in visitor.get(PAGES[0]).text
    for other in (Client(), door(anna), door(bea)):
        assert 'class="standing"' not in other.get(PAGES[0]).text


def test_putting_away_leads_to_no_other_site(anna: Any, coupon: Coupon, door: Any) -> None:
    answer = door(anna).post(f"/wallet/{coupon.pk}/dismiss/", {"next": "https://elsewhere.test/"})
    assert answer["Location"] == "/wallet/"


def test_an_offer_that_is_not_wanted_leaves_the_shop_and_stays_in_the_wallet(
    anna: Any, coupon: Coupon, door: Any
) -> None:
    client = door(anna)
    assert tell(client, {"coupon_id": coupon.pk, "what": "dismissed"}) == 204
    coupon.refresh_from_db()
    assert (coupon.state, coupon.dismissed_ms is not None) == ("seen", True)
    assert client.get(OFFER).json() == {"offer": None}
    assert "10 % off Shoes" not in client.get("/").content.decode()
    assert "10 % off Shoes" in client.get("/wallet/").content.decode()


def test_asking_for_an_offer_changes_nothing(anna: Any, coupon: Coupon, door: Any) -> None:
    client = door(anna)
    first, again = (client.get(OFFER).json() for _ in range(2))
    assert first == again
    assert set(first["offer"]) == {"coupon_id", "code", "what", "why", "until", "until_text"}
    coupon.refresh_from_db()
    assert (coupon.state, coupon.seen_ms) == ("issued", None)


@pytest.mark.parametrize("who", ["bea", None])
def test_others_change_nothing_and_learn_nothing(
    coupon: Coupon, door: Any, request: Any, who: str | None
) -> None:
    client = door(request.getfixturevalue(who) if who else None)
    answers = {tell(client, {"coupon_id": number, "what": "dismissed"}) for number in (coupon.pk, 99_999)}
    coupon.refresh_from_db()
    assert (answers, coupon.state, coupon.dismissed_ms) == ({204}, "issued", None)
    assert client.get(OFFER).json() == {"offer": None}


BAD = [
    " ", "no json", "[]", "{}", '{"coupon_id": "1", "what": "seen"}', '{"coupon_id": 1, "what": "used"}',
    '{"coupon_id": 1}', '{"coupon_id": -1, "what": "seen"}', '{"coupon_id": true, "what": "seen"}',
    '{"coupon_id": 9223372036854775808, "what": "seen"}', '{"coupon_id": 1, "what": ["seen"]}',
    '{"coupon_id": 1, "what": "seen", "more": "' + "x" * 200 + '"}',
]  # fmt: skip


@pytest.mark.parametrize("body", BAD)
def test_what_is_not_understood_is_refused(anna: Any, door: Any, body: str) -> None:
    assert tell(door(anna), body) == 400


def test_only_our_own_pages_may_tell(anna: Any, coupon: Coupon, door: Any) -> None:
    client, body = door(anna), {"coupon_id": coupon.pk, "what": "dismissed"}
    assert tell(client, body, Origin="https://elsewhere.test") == 403
    assert client.post(URL, body).status_code == 403
    assert client.get(URL).status_code == 405
    coupon.refresh_from_db()
    assert coupon.dismissed_ms is None


@pytest.mark.parametrize(("sink", "later"), [("database", "no"), ("redis://127.0.0.1:1/0", "yes")])
def test_a_page_knows_when_offers_come_later(settings: Any, sink: str, later: str) -> None:
    settings.EVENT_SINK = sink
    client = Client()
    client.cookies["consent"] = "yes"
    page = client.get("/").content.decode()
    assert f'data-later="{later}"' in page
    assert 'id="offer" role="status"' in page


def test_who_is_not_watched_is_offered_nothing() -> None:
    page = Client().get("/").content.decode()
    assert "offer.js" not in page
    assert 'id="offer"' not in page
