"""The key of who is not logged in: a signed cookie, given when it is needed and taken away at log in."""

from typing import Any

import make
import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from remote_user import visitor
from remote_user.middleware import VisitorMiddleware
from service_provider.models import Shopper
from service_provider.services import visitors

pytestmark = pytest.mark.django_db


def ask(user: Any = None, cookie: str | None = None, *, needs_key: bool = True) -> tuple[Any, Any]:
    """The response to one request, and the key that it was seen under."""
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    if cookie is not None:
        request.COOKIES[visitor.COOKIE] = cookie
    seen = []

    def view(asked: Any) -> HttpResponse:
        seen.append(visitor.ensure(asked) if needs_key else visitor.key_of(asked))
        return HttpResponse()

    response = VisitorMiddleware(view)(request)
    return response.cookies.get(visitor.COOKIE), seen[0]


def test_who_only_looks_gets_no_cookie_and_no_row() -> None:
    assert ask(needs_key=False) == (None, None)
    assert not Shopper.objects.exists()


def test_the_first_thing_kept_makes_a_key_that_comes_back() -> None:
    cookie, key = ask()
    assert len(key) == 32
    assert ask(cookie=cookie.value) == (None, key)
    assert not Shopper.objects.exists()


def test_the_cookie_is_for_this_site_alone(settings: Any) -> None:
    cookie, _ = ask()
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    assert cookie["max-age"] == 180 * 24 * 3600
    settings.SESSION_COOKIE_SECURE = True
    assert ask()[0]["secure"] is True


@pytest.mark.parametrize("needs_key", [True, False])
def test_a_tampered_cookie_is_replaced(needs_key: bool) -> None:
    cookie, key = ask()
    replaced, seen = ask(cookie="0" * 32 + cookie.value[32:], needs_key=needs_key)
    assert replaced.value != cookie.value
    assert seen not in ("0" * 32, key)


def test_a_shopper_is_known_by_her_account_whatever_the_cookie_says(anna: Any) -> None:
    cookie, _ = ask()
    assert ask(anna, cookie.value) == (None, "key-anna")


def test_staff_are_no_visitors(petra: Any) -> None:
    cookie, _ = ask()
    assert ask(petra, cookie.value, needs_key=False) == (None, None)
    with pytest.raises(visitor.NoVisitor, match="Log in as a shopper"):
        ask(petra)


def log_in(client: Client, path: str, who: str) -> None:
    answer = client.post(path, {"login": who, "password": make.PASSWORD})
    assert answer.status_code == 302, answer.content


def test_log_in_merges_the_visitor_and_takes_the_cookie_away(anna: Any) -> None:
    client = Client()
    cookie, key = ask()
    client.cookies[visitor.COOKIE] = cookie.value
    row = visitors.ensure(key, now=make.NOON)
    log_in(client, reverse("account_login"), "anna")
    assert Shopper.objects.get(pk=row).merged_into_id == anna.shopper_id
    assert client.cookies[visitor.COOKIE].value == ""


def test_staff_who_log_in_are_not_merged(petra: Any) -> None:
    client = Client()
    cookie, key = ask()
    client.cookies[visitor.COOKIE] = cookie.value
    row = visitors.ensure(key, now=make.NOON)
    log_in(client, reverse("provider:login"), "petra")
    assert Shopper.objects.get(pk=row).merged_into is None
