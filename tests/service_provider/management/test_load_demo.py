"""load_demo: an empty database becomes a mall with a history, once; its passwords are shown once."""

import csv
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import make
import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.test import Client
from django.urls import reverse

from engine.churn.fit import TrainingRefused
from engine.segments import fit
from engine.simulate.mall.catalogue import catalogue
from engine.simulate.transactions import COLUMNS, cells, generate
from service_provider.adapters import data_files
from service_provider.management.demo import cast, churn, history, opinions, segments, world
from service_provider.models import (
    AuditEntry,
    Campaign,
    Event,
    Feedback,
    Job,
    Membership,
    ModelVersion,
    Order,
    Product,
    RevenuePrediction,
    Shopper,
    Transaction,
    User,
    Visit,
)


@pytest.fixture(autouse=True)
def a_small_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The same demo with a table of 400 rows, five accounts, sixty questions and twenty days of eighty shoppers."""
    file = tmp_path / "demo_transactions" / "demo_transactions.csv"
    file.parent.mkdir()
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *cells(generate(400, seed=1))])
    monkeypatch.setattr(data_files, "built_in_folder", lambda: tmp_path)
    monkeypatch.setattr(cast, "CROWD", 3)
    monkeypatch.setattr(history, "QUESTIONS", 60)
    monkeypatch.setattr(world, "SHOPPERS", 80)
    monkeypatch.setattr(world, "DAYS", 20)
    monkeypatch.setattr(
        segments, "AGO", (timedelta(days=400),)
    )  # nobody was there: no fit that takes seconds
    monkeypatch.setattr(churn.job, "train", _too_little)
    return file


def _too_little(*given: Any, **more: Any) -> Any:
    raise TrainingRefused("There is no visit to learn from.")


def load(*options: str) -> tuple[str, dict[str, Any]]:
    out = StringIO()
    call_command("load_demo", "--json", *options, stdout=out, stderr=StringIO())
    *said, facts = out.getvalue().splitlines()
    return "\n".join(said), json.loads(facts)


def can_log_in(name: str, password: str) -> bool:
    door = "provider:login" if name in cast.OFFICE else "account_login"
    answer = Client().post(reverse(door), {"login": name, "password": password})
    return answer.status_code == 302 and "verify" not in answer["Location"]


@pytest.mark.django_db
def test_an_empty_database_becomes_a_mall_and_stays_so() -> None:
    said, facts = load()

    assert set(facts["log_ins"]) == {"provider", "analyst", "anna", "bea"}
    assert all(password in said for password in facts["log_ins"].values())
    assert {name: can_log_in(name, word) for name, word in facts["log_ins"].items()} == dict.fromkeys(
        cast.LOG_INS, True
    )
    first, second = ModelVersion.objects.filter(kind="revenue").order_by("number")
    assert (first.live_kind, second.live_kind) == (None, "revenue")
    assert {first.job.state, second.job.state} == {"done"}
    assert User.objects.filter(shopper__isnull=False).count() == 5
    named = User.objects.filter(username__in=cast.NAMED).values("shopper")
    made = RevenuePrediction.objects.filter(source="demo")
    assert made.count() == 60
    assert 0 < made.filter(actual__isnull=False).count() == Transaction.objects.count() < 60
    assert made.filter(actual=F("result")).count() > 0
    assert Campaign.objects.filter(published_at__isnull=False).count() == 1
    assert not made.filter(created_at__lt=F("shopper__created_at")).exclude(shopper__in=named).exists()
    stored = " ".join(User.objects.values_list("password", flat=True)) + str(
        list(AuditEntry.objects.values())
    )
    assert not [word for word in facts["log_ins"].values() if word in stored]

    again, nothing = load()

    assert "nothing to do" in again
    assert "make demo-passwords" in again
    assert nothing == {"loaded": False, "log_ins": {}}
    assert User.objects.filter(shopper__isnull=False).count() == 5
    assert made.count() == 60


def past() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Product, Shopper, Visit, Event, Order)}


@pytest.mark.django_db
def test_the_mall_has_a_catalogue_and_a_past_in_which_the_accounts_came_too() -> None:
    make.trained_version()

    load()

    assert Product.objects.count() == 2001
    visits = Visit.objects.all()
    assert visits.aggregate(events=Sum("event_count"))["events"] == Event.objects.count() > 1000
    assert visits.filter(is_bot=True).count() < visits.filter(is_bot=False).count()
    assert visits.filter(is_buying=True).count() == Order.objects.count()
    for name in cast.NAMED:
        assert visits.filter(shopper=User.objects.get(username=name).shopper).exists()
    counted = past()

    load()

    assert past() == counted


@pytest.mark.django_db
def test_some_shoppers_have_said_what_they_think_and_say_it_once() -> None:
    make.trained_version()
    load()
    said = Feedback.objects.all()

    assert said.count() == len(opinions.OPINIONS)
    assert said.exclude(answer="").count() == sum(bool(one.answer) for one in opinions.OPINIONS)
    assert said.filter(closed_at__isnull=False).count() == sum(one.is_closed for one in opinions.OPINIONS)
    assert not said.filter(created_at__lt=F("shopper__created_at")).exclude(
        shopper__in=User.objects.filter(username__in=cast.NAMED).values("shopper")
    )
    assert load()[1] == {"loaded": False, "log_ins": {}}

    said.delete()
    load()
    assert not said.exists(), "what was taken away does not come again"


@pytest.mark.django_db
def test_a_demo_without_segments_gets_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make.trained_version()
    load()
    assert not Membership.objects.exists()
    AuditEntry.objects.filter(verb="load_demo_segments").delete()
    monkeypatch.setattr(fit, "LEAST_SHOPPERS", 5)  # it is a small mall
    monkeypatch.setattr(segments, "AGO", (timedelta(days=1), timedelta()))
    monkeypatch.setattr(segments, "BETWEEN", timedelta(hours=12))

    assert load()[1] == {"loaded": False, "log_ins": {}, "segments": True}
    made = ModelVersion.objects.filter(kind="segments").order_by("number")
    assert [one.live_kind for one in made] == [None, "segments"]
    assert Membership.objects.exclude(live_shopper=None).exists()
    assert not Job.objects.exclude(state="done").exists()
    assert load()[1] == {"loaded": False, "log_ins": {}}


@pytest.mark.django_db
def test_a_demo_in_which_nobody_has_spoken_yet_is_completed() -> None:
    make.trained_version()
    load()
    Feedback.objects.all().delete()
    AuditEntry.objects.filter(verb="load_demo_feedback").delete()
    User.objects.filter(username="anna").update(blocked_at=make.NOON)

    text, facts = load()
    assert "said what they think, 5 times" in text
    assert facts == {"loaded": False, "log_ins": {}, "feedback": True}
    assert load()[1] == {"loaded": False, "log_ins": {}}
    assert Feedback.objects.count() == 5


@pytest.mark.django_db
def test_a_demo_of_the_first_release_gets_its_past_once_and_keeps_all_it_has() -> None:
    make.trained_version()
    load()
    for model in (Event, Order, Visit, Product):
        model.objects.all().delete()
    AuditEntry.objects.filter(verb="load_demo_history").delete()
    Shopper.objects.exclude(pk__in=User.objects.values("shopper")).delete()
    kept = make.product("mine", price_minor=5)
    changed = make.product(catalogue().products[0].product_id, margin_bp=1)
    accounts = list(User.objects.order_by("pk").values("username", "password", "shopper__key"))

    said, facts = load()

    assert "has its catalogue now" in said
    assert facts == {"loaded": False, "log_ins": {}, "history": True}
    assert list(User.objects.order_by("pk").values("username", "password", "shopper__key")) == accounts
    assert RevenuePrediction.objects.filter(source="demo").count() == 60
    changed.refresh_from_db()
    assert (changed.margin_bp, Product.objects.count()) == (1, 2002)
    assert Product.objects.filter(pk=kept.pk).exists()
    assert Visit.objects.filter(shopper__in=User.objects.values("shopper")).exists()
    counted = past()

    said, facts = load()

    assert "nothing to do" in said
    assert past() == counted


@pytest.mark.django_db
def test_a_stopped_past_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    make.trained_version()

    def stop(*args: Any, **named: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(world.audit, "record", stop)
        with pytest.raises(KeyboardInterrupt):
            load()
    assert not User.objects.exists()
    assert set(past().values()) == {0}

    load()

    assert Event.objects.exists()


@pytest.mark.django_db
def test_new_passwords_take_the_place_of_the_old_ones(settings: Any) -> None:
    make.trained_version()
    _, first = load()

    _, second = load("--new-passwords")

    assert can_log_in("anna", second["log_ins"]["anna"])
    assert not can_log_in("anna", first["log_ins"]["anna"])
    settings.DEMO = False
    with pytest.raises(CommandError, match="demo mode only"):
        load("--new-passwords")


def test_a_database_in_use_is_left_alone(petra: Any) -> None:
    said, facts = load()

    assert "Somebody lives in this database" in said
    assert facts["loaded"] is False
    assert not Shopper.objects.exists()
    with pytest.raises(CommandError, match="no demo log in"):
        load("--new-passwords")


@pytest.mark.django_db
def test_a_stopped_run_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    make.trained_version()

    def stop(*args: Any, **named: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(history, "book", stop)
        with pytest.raises(KeyboardInterrupt):
            load()
    assert not User.objects.exists()
    assert not RevenuePrediction.objects.exists()

    _, facts = load()

    assert facts["loaded"] is True
    assert RevenuePrediction.objects.count() == 60


@pytest.mark.django_db
def test_a_missing_file_is_named(a_small_demo: Path) -> None:
    a_small_demo.unlink()

    with pytest.raises(CommandError, match=r"datasets/demo_transactions/demo_transactions\.csv is missing"):
        load()
