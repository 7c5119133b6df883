"""What a page tells the browser about being watched, and the question to who has not answered."""

import gzip
import re
from typing import Any

import make
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from service_provider.models import Consent

pytestmark = pytest.mark.django_db
SCRIPT = settings.BASE_DIR / "static" / "remote_user" / "capture.js"
QUESTION = "May we remember what you look at?"
HERE = reverse("shop:cookie-consent")
PRIVATE = {"Sec-GPC": "1"}


def told(client: Client, path: str = "/", **headers: str) -> dict[str, str]:
    """The attributes by which the page speaks to the script."""
    page = client.get(path, headers=headers).content.decode()
    tags = " ".join(re.findall(r"<(?:script|main)[^>]*>", page))
    return dict(re.findall(r'data-([a-z-]+)="([^"]*)"', tags))


def answering(answer: str) -> Client:
    client = Client()
    client.post(HERE, {"answer": answer, "next": "/"})
    return client


def consent(user: Any, granted: bool) -> None:
    Consent.objects.create(user=user, purpose="analytics", granted=granted, at=make.NOON)


# ---- the script -------------------------------------------------------------------------------------


def test_the_script_is_under_six_kilobytes_compressed() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes())) < 6000


def test_the_script_asks_nobody_else() -> None:
    assert "//" not in re.sub(r"(?m)(^|\s)//.*$", "", SCRIPT.read_text())


@pytest.mark.parametrize(
    ("path", "kind", "product", "category"),
    [
        ("/", "page_view", None, None),
        ("/shop/m/kanyon/", "page_view", None, None),
        ("/shop/c/shoes/", "category_view", None, "Shoes"),
        ("/shop/p/P1/", "product_view", "P1", "Shoes"),
        ("/shop/search/?q=shoe", "search", None, None),
        ("/shop/search/?q=shoe&page=2", "page_view", None, None),
        ("/shop/search/", "page_view", None, None),
        ("/basket/", "cart_view", None, None),
    ],
)
def test_a_page_says_what_it_is(path: str, kind: str, product: str | None, category: str | None) -> None:
    for number in range(1, 40):
        make.product(f"P{number}", title=f"Trail shoe {number}")
    found = told(answering("yes"), path)

    assert (found["capture-kind"], found.get("capture-product"), found.get("capture-category")) == (
        kind,
        product,
        category,
    )
    assert (found["to"], found["watched"], found["who"]) == ("/capture/", "yes", "")


def test_without_a_yes_the_page_does_not_say_what_was_searched_for() -> None:
    for client in (Client(), answering("no")):
        assert "sandal" not in str(told(client, "/shop/search/?q=sandal"))
    assert "sandal" not in str(told(answering("yes"), "/shop/search/?q=sandal", **PRIVATE))


def test_forms_say_what_they_do() -> None:
    make.product("P1")
    client = answering("yes")
    bought = client.get("/shop/p/P1/").content.decode()
    client.post(reverse("shop:basket-add"), {"product_id": "P1", "quantity": "3"})
    basket = client.get(reverse("shop:basket")).content.decode()

    assert 'data-capture="add_to_cart"' in bought
    assert 'data-capture="change" data-capture-before="3"' in basket
    assert 'data-capture="remove_from_cart" data-capture-before="3"' in basket


def test_pages_of_the_account_are_not_told(anna: Any, door: Any) -> None:
    consent(anna, True)
    assert "capture-kind" not in told(door(anna), "/profile/")


def test_the_office_is_not_watched(petra: Any, door: Any) -> None:
    assert told(door(petra), "/provider/catalogue/") == {}
    assert told(door(petra))["watched"] == "no"


# ---- who is watched ---------------------------------------------------------------------------------


def test_nobody_is_watched_unasked() -> None:
    client = Client()

    assert told(client)["watched"] == "no"
    assert "visitor" not in client.cookies


def test_who_says_yes_has_her_key_before_anything_is_sent() -> None:
    client = answering("yes")

    assert told(client)["watched"] == "yes"
    assert "visitor" in client.cookies


def test_who_says_no_is_not_watched() -> None:
    client = answering("no")

    assert told(client)["watched"] == "no"
    assert "visitor" not in client.cookies


def test_a_shoppers_own_answers_count(anna: Any, door: Any) -> None:
    client = door(anna)
    client.cookies["consent"] = "yes"
    assert told(client)["watched"] == "no", "what was never answered is a no"
    consent(anna, True)
    assert told(client)["watched"] == "yes"
    assert told(client, **PRIVATE)["watched"] == "no"


def test_each_account_has_an_opaque_name(anna: Any, bea: Any, door: Any) -> None:
    names = {told(door(who))["who"] for who in (anna, bea)}

    assert len(names) == 2
    assert not names & {str(anna.shopper_id), str(bea.shopper_id), anna.shopper.key, bea.shopper.key, ""}


# ---- the question -----------------------------------------------------------------------------------


def test_who_has_not_answered_is_asked_and_both_answers_look_alike() -> None:
    page = Client().get("/").content.decode()

    assert QUESTION in page
    assert re.findall(r'<button class="(\w+)" name="answer" value="(\w+)">', page) == [
        ("quiet", "yes"),
        ("quiet", "no"),
    ]


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_answer_is_kept_for_half_a_year_and_not_asked_again(answer: str) -> None:
    client = Client()
    response = client.post(HERE, {"answer": answer, "next": "/shop/search/?q=a"})
    cookie = client.cookies["consent"]

    assert response["Location"] == "/shop/search/?q=a"
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == (answer, 180 * 24 * 3600, "Lax")
    assert QUESTION not in client.get("/").content.decode()


def test_a_mind_may_be_changed() -> None:
    client = answering("yes")
    assert "You said <strong>yes</strong>" in client.get(HERE).content.decode()
    client.post(HERE, {"answer": "no"})

    assert "You said <strong>no</strong>" in client.get(HERE).content.decode()
    assert told(client)["watched"] == "no"


@pytest.mark.parametrize("posted", [{}, {"answer": "maybe"}, {"answer": ""}])
def test_another_answer_is_none(posted: dict[str, str]) -> None:
    client = Client()

    assert "Choose yes or no." in client.post(HERE, posted).content.decode()
    assert "consent" not in client.cookies


def test_a_cookie_that_says_something_else_is_no_answer() -> None:
    client = Client()
    client.cookies["consent"] = "certainly"

    assert QUESTION in client.get("/").content.decode()
    assert told(client)["watched"] == "no"


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_an_answer_leads_to_pages_of_ours_only(there: str) -> None:
    assert Client().post(HERE, {"answer": "no", "next": there})["Location"] == HERE


def test_an_answer_from_another_site_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post(HERE, {"answer": "yes"}).status_code == 403


def test_who_is_private_by_her_browser_is_not_asked() -> None:
    client = Client()

    assert QUESTION not in client.get("/", headers=PRIVATE).content.decode()
    assert "Your browser says no for you" in client.get(HERE, headers=PRIVATE).content.decode()
    client.post(HERE, {"answer": "yes"}, headers=PRIVATE)
    assert "consent" not in client.cookies


def test_shoppers_answer_in_their_profile(anna: Any, door: Any) -> None:
    client = door(anna)

    assert QUESTION not in client.get("/").content.decode()
    assert reverse("shop:consent") in client.get(HERE).content.decode()
    assert client.post(HERE, {"answer": "yes"})["Location"] == reverse("shop:consent")
    assert "consent" not in client.cookies


def test_staff_are_not_asked(petra: Any, door: Any) -> None:
    client = door(petra)

    assert QUESTION not in client.get("/").content.decode()
    assert "is never kept" in client.post(HERE, {"answer": "yes"}).content.decode()
    assert "consent" not in client.cookies


def test_what_was_searched_for_is_told_on_the_first_page_only() -> None:
    for number in range(40):
        make.product(f"P{number}", title=f"Red shoe {number}")
    client = answering("yes")

    assert told(client, "/shop/search/?q=+Red++shoe+")["capture-words"] == "Red shoe"
    assert "capture-words" not in told(client, "/shop/search/?q=shoe&page=2")
    assert "capture-words" not in told(client, "/shop/search/")
