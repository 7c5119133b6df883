"""Calm pages when something is refused or broken."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_refusal_gives_its_reason(petra: Any, door: Any) -> None:
    answer = door(petra).get(reverse("shop:profile"))
    assert answer.status_code == 403
    assert b"This needs the role shopper." in answer.content


def test_an_unknown_page(client: Client) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert b"There is no such page" in answer.content


def test_a_form_without_its_token() -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "anna"})
    assert answer.status_code == 403
    assert b"This form was too old" in answer.content


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_pages_for_the_worst_need_nothing(name: str) -> None:
    assert render_to_string(name).count("<h1>") == 1


def test_the_demo_page_shows_the_mails(client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "shopping_mall.demo_mail.Backend"
    client.post(reverse("account_reset_password"), {"email": "nobody@example.test"})
    page = client.get(reverse("demo-mail")).content
    assert b"There is no account with this e-mail" in page
    assert b"nobody@example.test" in page
