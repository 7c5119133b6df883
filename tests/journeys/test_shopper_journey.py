"""Anna registers, confirms her e-mail, logs in, predicts, sees and edits her profile, and leaves."""

import re
from typing import Any

import make
import pytest
from django.core import mail
from django.utils import timezone

from service_provider.models import RevenuePrediction, User

pytestmark = pytest.mark.django_db(transaction=True)


def register(visitor: Any) -> None:
    visitor.go("/account/signup/")
    visitor.look("register")
    visitor.fill(
        username="anna",
        email="anna@example.test",
        password1=make.PASSWORD,
        password2=make.PASSWORD,
        phone="+49 30 1234567",
        country="Germany",
        state="Berlin",
        city="Berlin",
    )
    visitor.press("Register")
    visitor.look("confirm e-mail")


def confirm(visitor: Any) -> None:
    code = re.search(r"\b([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\b\s*$", mail.outbox[-1].body, re.MULTILINE)
    assert code, mail.outbox[-1].body
    visitor.fill(code=code[1])
    visitor.press("Confirm")


def log_out_and_in(visitor: Any) -> None:
    visitor.page.get_by_role("button", name="Log out").click()
    visitor.go("/")
    visitor.look("home of nobody")
    visitor.page.get_by_role("navigation", name="Main").get_by_role("link", name="Log in").click()
    visitor.fill(login="anna", password=make.PASSWORD)
    visitor.press("Log in")
    assert visitor.reads("Good to see you, anna")
    visitor.look("home of a shopper")


def predict(visitor: Any) -> None:
    visitor.go("/predict/")
    visitor.look("predict, empty")
    visitor.fill(
        category="Clothing",
        shopping_mall="Kanyon",
        quantity="-2",
        price="600.16",
        payment_method="Cash",
        invoice_date=timezone.localdate().isoformat(),
        gender="Female",
        age="34",
    )
    visitor.press("Predict")
    visitor.look("predict, refused")
    assert visitor.page.locator("main [name=price]").input_value() == "600.16", "what was typed is kept"
    visitor.fill(quantity="2")
    visitor.press("Predict")
    assert visitor.reads("Revenue type:")
    visitor.look("prediction")
    visitor.follow("My predictions")
    visitor.look("my predictions")


def edit_profile(visitor: Any) -> None:
    visitor.page.get_by_role("navigation", name="Main").get_by_role("link", name="Profile").click()
    visitor.look("profile")
    visitor.follow("Edit")
    visitor.fill(city="Potsdam")
    visitor.look("profile, edit")
    visitor.press("Save")
    assert visitor.reads("Potsdam")


def look_around(visitor: Any) -> None:
    for path, title in (
        ("/profile/preferences/", "preferences"),
        ("/profile/consent/", "consent"),
        ("/account/password/change/", "change password"),
        ("/account/2fa/", "two-step log in"),
        ("/account/email/", "e-mail"),
        ("/profile/delete/", "delete my account"),
        ("/nowhere/", "not found"),
    ):
        visitor.go(path)
        visitor.look(title)


def delete_account(visitor: Any) -> None:
    visitor.go("/profile/delete/")
    visitor.fill(password=make.PASSWORD)
    for box in visitor.page.locator("main input[type=checkbox]").all():
        box.check()
    visitor.page.locator("main form button").first.click()
    visitor.page.wait_for_url("**/")


def test_register_verify_log_in_predict_see_profile_edit(visitor: Any, live_model: Any) -> None:
    register(visitor)
    confirm(visitor)
    log_out_and_in(visitor)
    predict(visitor)
    edit_profile(visitor)
    look_around(visitor)
    assert RevenuePrediction.objects.get().model_version == live_model
    delete_account(visitor)
    assert not User.objects.exists()
    assert RevenuePrediction.objects.count() == 1, "the pseudonymous prediction stays"
