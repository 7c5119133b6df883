"""Every URL as nobody, shopper, other shopper, analyst and provider: who may pass which door."""

from typing import Any

import pytest
import walk

ANYBODY = {"nobody", "anna", "bea", "alan", "petra"}
SHOPPERS = {"anna", "bea"}
ANNA = {"anna"}  # what belongs to anna; bea must not learn that it exists
STAFF = {"alan", "petra"}
PROVIDER = {"petra"}
CASHIERS: set[str] = set()  # phones that are paired: their walk is in dashboard/till/test_till_pages.py

DOORS: dict[str, set[str]] = {
    "health-live": ANYBODY,
    "health-ready": ANYBODY,
    "demo-mail": ANYBODY,
    # the shop
    "shop:home": ANYBODY,
    "shop:capture": ANYBODY,
    "shop:capture-offer": ANYBODY,
    "shop:offer-told": ANYBODY,
    "shop:offers-for-robots": ANYBODY,
    "shop:robots-txt": ANYBODY,
    "shop:cookie-consent": ANYBODY,
    "shop:category": ANYBODY,
    "shop:mall": ANYBODY,
    "shop:product": ANYBODY,
    "shop:search": ANYBODY,
    "shop:profile": SHOPPERS,
    "shop:profile-edit": SHOPPERS,
    "shop:preferences": SHOPPERS,
    "shop:consent": SHOPPERS,
    "shop:my-data": SHOPPERS,
    "shop:account-delete": SHOPPERS,
    "shop:basket": {"nobody", *SHOPPERS},
    "shop:basket-add": {"nobody", *SHOPPERS},
    "shop:basket-change": {"nobody", *SHOPPERS},
    "shop:basket-remove": {"nobody", *SHOPPERS},
    "shop:basket-coupon": {"nobody", *SHOPPERS},
    "shop:wallet": {"nobody", *SHOPPERS},
    "shop:wallet-rate": {"nobody", *SHOPPERS},
    "shop:wallet-dismiss": {"nobody", *SHOPPERS},
    "shop:checkout": SHOPPERS,
    "shop:orders": SHOPPERS,
    "shop:order": ANNA,
    "shop:order-cancel": ANNA,
    "shop:feedback": SHOPPERS,
    "shop:predict": SHOPPERS,
    "shop:predictions": SHOPPERS,
    "shop:prediction": ANNA,
    # the office
    "provider:login": {"nobody", *STAFF},  # a shopper who is logged in is told so
    "provider:logout": ANYBODY,
    "provider:staff-join": ANYBODY,
    "provider:overview": STAFF,
    "provider:live": STAFF,
    "provider:accuracy": STAFF,
    "provider:accuracy-chart": STAFF,
    "provider:predictions": STAFF,
    "provider:prediction": STAFF,
    "provider:ratio": STAFF,
    "provider:ratio-chart": STAFF,
    "provider:trending": STAFF,
    "provider:catalogue": STAFF,
    "provider:feedback": STAFF,
    "provider:feedback-entry": STAFF,
    "provider:training": STAFF,
    "provider:data-set": STAFF,
    "provider:job": STAFF,
    "provider:job-state": STAFF,
    "provider:models": STAFF,
    "provider:model": STAFF,
    "provider:model-labelled": STAFF,
    "provider:alarms": STAFF,
    "provider:alarm-close": PROVIDER,
    "provider:churn": STAFF,
    "provider:churn-train": PROVIDER,
    "provider:visit": STAFF,
    "provider:segments": STAFF,
    "provider:segments-migration": STAFF,
    "provider:segments-train": PROVIDER,
    "provider:segment": STAFF,
    "provider:campaigns": STAFF,
    "provider:campaign": STAFF,
    "provider:campaign-add": PROVIDER,
    "provider:campaign-attack": PROVIDER,
    "provider:campaign-edit": PROVIDER,
    "provider:campaign-publish": PROVIDER,
    "provider:campaign-pause": PROVIDER,
    "provider:campaign-resume": PROVIDER,
    "provider:campaign-end": PROVIDER,
    "provider:campaign-duplicate": PROVIDER,
    "provider:campaign-report": STAFF,
    "provider:coupons": STAFF,
    "provider:redemptions": STAFF,
    "provider:coupons-stop": PROVIDER,
    "provider:coupons-allow": PROVIDER,
    "provider:decisions": STAFF,
    "provider:decision": STAFF,
    "provider:rehearsals": STAFF,
    "provider:rehearsal": STAFF,
    "provider:rehearsal-add": PROVIDER,
    "provider:download": STAFF,
    "provider:download-file": STAFF,
    "provider:shoppers": PROVIDER,
    "provider:shopper": PROVIDER,
    "provider:shopper-block": PROVIDER,
    "provider:shopper-unblock": PROVIDER,
    "provider:shopper-correct": PROVIDER,
    "provider:staff": PROVIDER,
    "provider:staff-invite": PROVIDER,
    "provider:staff-change": PROVIDER,
    "provider:staff-revoke": PROVIDER,
    "provider:audit": PROVIDER,
    "provider:settings": PROVIDER,
    "provider:schedule": PROVIDER,
    "provider:schedule-change": PROVIDER,
    "provider:schedule-start": PROVIDER,
    "provider:data-set-upload": PROVIDER,
    "provider:data-set-built-in": PROVIDER,
    "provider:data-set-delete": PROVIDER,
    "provider:entry-add": PROVIDER,
    "provider:training-start": PROVIDER,
    "provider:job-cancel": PROVIDER,
    "provider:model-promote": PROVIDER,
    "provider:model-roll-back": PROVIDER,
    "provider:imports": PROVIDER,
    "provider:import-example": PROVIDER,
    "provider:category-margin": PROVIDER,
    "provider:product-edit": PROVIDER,
    "provider:feedback-answer": PROVIDER,
    "provider:feedback-close": PROVIDER,
    "provider:feedback-reopen": PROVIDER,
    "provider:keys": PROVIDER,
    "provider:key-add": PROVIDER,
    "provider:key-revoke": PROVIDER,
    "provider:tills": PROVIDER,
    "provider:till-add": PROVIDER,
    "provider:till-revoke": PROVIDER,
    # a phone at a counter
    "till:pair": ANYBODY,
    "till:sale": CASHIERS,
    "till:redeem": CASHIERS,
    "till:redemption": CASHIERS,
    "till:take-back": CASHIERS,
}
# Redirects for old bookmarks, and the API, whose doors open to keys only and have tests of their own.
ELSEWHERE = ("published-", "published:", "api-1:", "api-1.0.0:", "api:")
LOG_INS = ("/account/login/", "/provider/login/")


def ours() -> list[walk.Door]:
    return [d for d in walk.doors() if not d.is_foreign and not d.name.startswith(ELSEWHERE)]


@pytest.fixture
def values(anna: Any, petra: Any) -> dict[str, Any]:
    return walk.furnish(anna, petra)


def is_refusal(answer: Any, who: str) -> bool:
    """Nobody is sent to a log in, or told no; somebody is told no, or that there is no such thing."""
    if who == "nobody" and answer.status_code != 403:
        return answer.status_code == 302 and answer["Location"].startswith(LOG_INS)
    return answer.status_code in {403, 404}


def test_every_door_is_in_the_table() -> None:
    assert {d.name for d in ours()} == set(DOORS)


@pytest.mark.parametrize("who", sorted(ANYBODY))
def test_who_may_pass_which_door(who: str, values: dict[str, Any], request: Any, door: Any) -> None:
    client = door(None if who == "nobody" else request.getfixturevalue(who))
    client.raise_request_exception = False
    wrong = {}
    for one in ours():
        answer = client.get(one.path(values))
        if who in DOORS[one.name]:
            fine = answer.status_code < 500 and answer.status_code != 403
            fine = fine and not (
                answer.status_code == 302 and answer["Location"].startswith(LOG_INS) and who != "nobody"
            )
        else:
            fine = is_refusal(answer, who) or answer.status_code == 405
        if not fine:
            wrong[one.name] = (answer.status_code, answer.get("Location", ""))
        if one.name == "provider:logout":
            client = door(None if who == "nobody" else request.getfixturevalue(who))

    assert wrong == {}


@pytest.mark.parametrize("who", sorted(ANYBODY))
def test_a_refused_door_refuses_what_is_sent_to_it(
    who: str, values: dict[str, Any], request: Any, door: Any
) -> None:
    client = door(None if who == "nobody" else request.getfixturevalue(who))
    closed = [one for one in ours() if who not in DOORS[one.name]]
    answers = {
        one.name: client.post(one.path(values), {"reason": "because", "confirm": "on"}) for one in closed
    }

    assert {
        n: a.status_code for n, a in answers.items() if not (is_refusal(a, who) or a.status_code == 405)
    } == {}


@pytest.mark.parametrize("who", ["anna", "petra"])
def test_an_open_door_shows_a_page(who: str, values: dict[str, Any], request: Any, door: Any) -> None:
    """The same walk, so that a door which refuses everybody is seen."""
    client = door(request.getfixturevalue(who))
    plain = [
        one
        for one in ours()
        if who in DOORS[one.name] and not one.arguments and one.name != "provider:logout"
    ]
    shown = {one.name: client.get(one.path(values)).status_code for one in plain}
    takes_posts_only = [name for name, status in shown.items() if status == 405]
    pages = [name for name, status in shown.items() if status == 200]

    assert len(pages) >= len(plain) - len(takes_posts_only) - 4, shown  # some lead on


def test_every_door_of_a_face_names_its_verb() -> None:
    without = [
        one.name
        for one in ours()
        if DOORS.get(one.name) != ANYBODY
        and not hasattr(one.view, "needs")
        and not hasattr(one.view, "view_class")
    ]

    assert without == []


def test_one_name_walks_through_every_floor() -> None:
    """View and URL share their name: `shopper-block` is `shopper_block`, and `shoppers` may be `shopper_list`."""
    odd = {}
    for one in ours():
        name = one.name.partition(":")[2].replace("-", "_")
        fitting = {name, f"{name}_list", f"{name.removesuffix('s')}_list", name.removesuffix("_chart")}
        view = getattr(one.view, "__name__", "")
        if name and view not in fitting and one.name != "provider:login":  # a class of Django's, wrapped
            odd[one.name] = view

    assert odd == {}


def test_no_door_is_a_placeholder() -> None:
    assert [one.name for one in walk.doors() if getattr(one.view, "__name__", "") == "_later"] == []
