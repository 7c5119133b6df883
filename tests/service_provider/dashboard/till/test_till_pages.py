"""A paired phone checks, redeems and takes back; nobody else does."""

import re

import coupon_makers
import make
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from shop_events import DAY

from service_provider.models import Campaign, Coupon, Mall, Redemption, Till
from service_provider.queries.access import COMMAND
from service_provider.services import coupons, tills, wrong_codes

SALE = "/till/"
WRONG = "AAAAAAAAAAAAAA"


@pytest.fixture
def shoes(db):
    make.product("T1", category="Toys")
    return make.product()


@pytest.fixture
def coupon(shoes, anna):
    ends = int(timezone.now().timestamp() * 1000) + DAY
    return coupon_makers.issued(coupon_makers.campaign(), anna.shopper, expires_ms=ends)


def paired(name="shoes", mall="Kanyon"):
    client = Client()
    made = tills.make(name, mall, by=COMMAND, now=timezone.now())
    answer = client.post(reverse("till:pair", args=[made.token]))
    assert (answer.status_code, answer["Location"]) == (302, SALE)
    return client


@pytest.fixture
def phone(db):
    return paired()


def form(code, *lines, sale="s1", **fields):
    body = {"code": code, "sale": sale, "lines-TOTAL_FORMS": "3", "lines-INITIAL_FORMS": "0"}
    for number, (category, amount) in enumerate(lines or [("Shoes", "40.00")]):
        body |= {f"lines-{number}-category": category, f"lines-{number}-amount": amount}
    return body | fields


def page(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(phone):
    cookie = phone.cookies["till"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/till/")
    assert Till.objects.get().cookie_sha256 != cookie.value


def test_what_comes_off_is_shown_before_anything_is_used(phone, coupon):
    shown = page(phone.post(SALE, form(coupon.code, ("Shoes", "40,00"), ("Toys", "5"))))
    for said in ("Nothing is used yet", "4.00", "41.00", "Redeem it"):
        assert said in shown, said
    row = Coupon.objects.get()
    assert (row.state, bool(row.held_until_ms)) == ("issued", True)


def test_the_page_that_shows_it_carries_what_redeems_it(phone, coupon):
    shown = page(phone.post(SALE, form(coupon.code, ("Shoes", "40.00"), ("Toys", "5"))))
    hidden = re.findall(r'<input type="hidden" name="((?:code|sale|lines)[^"]*)" value="([^"]*)"', shown)
    answer = phone.post("/till/redeem/", dict(hidden), follow=True)
    assert "The coupon is redeemed." in page(answer)
    row = Redemption.objects.get()
    assert (row.till_id, row.basket_minor, row.discount_minor) == (Till.objects.get().pk, 4_500, 400)


def test_who_goes_back_to_change_the_basket_goes_on_with_the_same_sale(phone, coupon):
    """The coupon is held for it: under another name the very same phone would be refused."""
    shown = page(phone.post(SALE, form(coupon.code)))
    back = re.search(r'href="(/till/\?sale=[^"]+)"', shown)[1]
    sale = re.search(r'name="sale" value="([^"]+)"', page(phone.get(back)))[1]
    assert "5.00" in page(phone.post(SALE, form(coupon.code, ("Shoes", "60.00"), sale=sale)))
    assert "holds it for five minutes" in page(phone.post(SALE, form(coupon.code, sale="another")))


def test_a_code_is_typed_as_it_is_read_aloud(phone, coupon):
    spoken = f"{coupon.code[:5]}-{coupon.code[5:10]}-{coupon.code[10:]}".lower()
    assert phone.post("/till/redeem/", form(spoken)).status_code == 302


def test_the_second_time_staff_and_shopper_each_hear_their_sentence(phone, coupon):
    phone.post("/till/redeem/", form(coupon.code))
    for url in (SALE, "/till/redeem/"):
        shown = page(phone.post(url, form(coupon.code, sale="s2")))
        assert "Say: &ldquo;This coupon has been used already.&rdquo;" in shown
        assert "For you: The coupon was redeemed before." in shown
    assert Redemption.objects.count() == 1


def test_of_a_code_that_is_not_there_the_shopper_hears_what_a_revoked_one_gets(phone, coupon):
    coupons.revoke(coupon.coupon_id, by_label="a test", now_ms=int(timezone.now().timestamp() * 1000))
    for code in (coupon.code, WRONG):
        assert escape(coupons.redeeming.SENTENCES["unknown"]) in page(phone.post(SALE, form(code)))


def test_a_coupon_of_another_mall_is_refused(phone, coupon):
    Campaign.objects.update(malls=["Zorlu Center"])
    assert "This coupon is for another mall." in page(phone.post(SALE, form(coupon.code)))


def test_who_guesses_is_made_to_wait(phone, coupon, monkeypatch):
    monkeypatch.setattr(wrong_codes, "MOST", 2)
    for _ in range(2):
        phone.post(SALE, form(WRONG))
    for url in (SALE, "/till/redeem/"):
        assert "Try again in 10 min" in page(phone.post(url, form(coupon.code)))
    assert not Redemption.objects.exists()


def test_a_redemption_is_taken_back_with_a_reason(phone, coupon):
    answer = phone.post("/till/redeem/", form(coupon.code))
    back = f"{answer['Location']}take-back/"
    assert "can then be used again" in page(phone.get(back))
    assert page(phone.post(back, {"why": ""}))
    assert Coupon.objects.get().state == "redeemed"
    assert "Goods returned" in page(phone.post(back, {"why": "Goods returned"}, follow=True))
    assert Coupon.objects.get().state == "seen"
    assert "was taken back before" in page(phone.post(back, {"why": "Again"}, follow=True))


@pytest.mark.parametrize(
    "change",
    [
        {"code": ""}, {"code": "x" * 41}, {"sale": ""}, {"lines-0-category": ""}, {"lines-0-amount": ""},
        {"lines-0-category": "Boats"}, {"lines-0-amount": "-1"}, {"lines-0-amount": "0"},
        {"lines-0-amount": "0.001"}, {"lines-0-amount": "much"}, {"lines-0-amount": "NaN"},
        {"lines-0-amount": "99999999999"}, {"lines-0-category": "", "lines-0-amount": ""},
        {"lines-TOTAL_FORMS": "x"}, {"lines-TOTAL_FORMS": "9999"},
    ],
)  # fmt: skip
def test_a_wrong_form_is_shown_again_and_uses_nothing(phone, coupon, change):
    for url in (SALE, "/till/redeem/"):
        assert "Redeem a coupon" in page(phone.post(url, form(coupon.code) | change))
    row = Coupon.objects.get()
    assert (row.state, row.held_until_ms) == ("issued", 0)


def test_money_without_decimal_places(phone, coupon):
    Mall.objects.update_or_create(pk=1, defaults={"currency": "JPY"})
    assert "no decimal places" in page(phone.post(SALE, form(coupon.code, ("Shoes", "40.5"))))
    assert phone.post("/till/redeem/", form(coupon.code, ("Shoes", "4000"))).status_code == 302


def test_more_lines_keep_what_was_typed(phone, shoes):
    shown = page(phone.post(SALE, form("ABC", ("Shoes", "40.00"), more="yes")))
    assert 'value="ABC"' in shown
    assert 'value="40.00"' in shown
    assert 'name="lines-5-amount"' in shown
    assert page(phone.post(SALE, form("ABC", more="yes") | {"lines-TOTAL_FORMS": "x"}))


# ---- who may ----------------------------------------------------------------------------------------


def test_a_link_pairs_one_phone_and_looking_at_it_uses_nothing_up(db):
    made = tills.make("shoes", "Kanyon", by=COMMAND, now=timezone.now())
    link = reverse("till:pair", args=[made.token])
    for _ in range(2):
        assert "Make this phone the till shoes?" in page(Client().get(link))
    assert Client().post(link).status_code == 302
    for client in (Client(), Client()):
        assert "no longer works" in page(client.get(link), 410)
        assert "till" not in client.cookies
        assert page(client.post(link), 410)


def test_a_link_ends_after_half_an_hour_and_with_its_till(db):
    made = tills.make("shoes", "Kanyon", by=COMMAND, now=timezone.now() - tills.VALID_FOR)
    assert page(Client().post(reverse("till:pair", args=[made.token])), 410)
    other = tills.make("toys", "Kanyon", by=COMMAND, now=timezone.now())
    tills.revoke(other.id, by=COMMAND, now=timezone.now(), reason="lost")
    assert page(Client().post(reverse("till:pair", args=[other.token])), 410)


def test_a_revoked_phone_is_refused_from_its_next_click_on(phone, coupon):
    tills.revoke(Till.objects.get().pk, by=COMMAND, now=timezone.now(), reason="stolen")
    assert "This phone is no till" in page(phone.get(SALE), 403)
    assert phone.post("/till/redeem/", form(coupon.code)).status_code == 403
    assert Coupon.objects.get().state == "issued"


@pytest.mark.parametrize("who", ["nobody", "anna", "alan", "petra"])
def test_only_a_paired_phone_comes_in(who, coupon, door, request):
    client = door(None if who == "nobody" else request.getfixturevalue(who))
    client.cookies["till"] = "guessed"
    for url in (SALE, "/till/redeem/", "/till/redemptions/1/", "/till/redemptions/1/take-back/"):
        assert client.get(url).status_code in (403, 405)
        assert client.post(url, form(coupon.code)).status_code in (403, 405)
    assert Coupon.objects.get().state == "issued"


def test_a_till_sees_its_own_redemptions_only(phone, coupon):
    seen = phone.post("/till/redeem/", form(coupon.code))["Location"]
    other = paired("toys")
    assert other.get(seen).status_code == 404
    assert other.post(f"{seen}take-back/", {"why": "Mine"}).status_code == 404
    assert "off" in page(phone.get(SALE))
    assert "Nothing yet" in page(other.get(SALE))


def test_a_cashiers_forms_ask_for_the_token(coupon):
    phone = paired()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["till"] = phone.cookies["till"].value
    assert strict.post("/till/redeem/", form(coupon.code)).status_code == 403
    assert Coupon.objects.get().state == "issued"
