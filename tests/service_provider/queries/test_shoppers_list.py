"""The list of shoppers: what is found, in which order, and how many queries it takes."""

from datetime import timedelta
from typing import Any

import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from make import NOON

from service_provider.models import Account, AuditEntry, Consent, RevenuePrediction, User
from service_provider.queries.people import shoppers


def _shopper(name: str, *, predictions: int = 0, **account: Any) -> User:
    user = make.user(name)
    Account.objects.filter(user=user).update(**account)
    version = make.ModelVersion.objects.first() or make.model_version()
    for n in range(predictions):
        make.prediction(version, shopper=user.shopper, created_at=NOON + timedelta(hours=n))
    return user


@pytest.fixture
def street(db: None) -> None:
    """anna of Berlin, bea of Izmir, Carla of Istanbul (blocked) and petra, who works here."""
    anna = _shopper("anna", predictions=2)
    bea = _shopper("bea", predictions=5, phone="+90 232 777", country="Turkey", state="Izmir", city="Izmir")
    carla = _shopper("Carla", country="Turkey", state="Marmara", city="Istanbul")
    User.objects.filter(pk=anna.pk).update(date_joined=NOON, last_login=NOON + timedelta(days=9))
    User.objects.filter(pk=bea.pk).update(date_joined=NOON - timedelta(days=3))
    User.objects.filter(pk=carla.pk).update(date_joined=NOON + timedelta(days=1), blocked_at=NOON)
    make.user("petra", role="provider")


def _names(**params: str) -> list[str]:
    return [row.username for row in shoppers.list_shoppers(params).rows]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["anna", "bea", "Carla"]),
        ({"search": "BEA"}, ["bea"]),
        ({"search": "carla@example"}, ["Carla"]),
        ({"search": "232 777"}, ["bea"]),
        ({"search": "berl"}, ["anna"]),
        ({"search": "example carla"}, ["Carla"]),
        ({"search": "petra"}, []),
        ({"search": "%"}, []),
        ({"country": "Turkey"}, ["bea", "Carla"]),
        ({"country": "Atlantis"}, ["anna", "bea", "Carla"]),
        ({"state": "izm"}, ["bea"]),
        ({"city": "ISTAN"}, ["Carla"]),
        ({"status": "blocked"}, ["Carla"]),
        ({"status": "active"}, ["anna", "bea"]),
        ({"predicted": "yes"}, ["anna", "bea"]),
        ({"predicted": "no"}, ["Carla"]),
        ({"predicted": "no", "status": "active"}, []),
    ],
)
@pytest.mark.usefixtures("street")
def test_filters(params: dict[str, str], found: list[str]) -> None:
    assert _names(**params) == found


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["anna", "bea", "Carla"]),
        ("-name", ["Carla", "bea", "anna"]),
        ("joined", ["bea", "anna", "Carla"]),
        ("-joined", ["Carla", "anna", "bea"]),
        ("seen", ["Carla", "bea", "anna"]),
        ("-seen", ["anna", "bea", "Carla"]),
        ("predictions", ["Carla", "anna", "bea"]),
        ("-predictions", ["bea", "anna", "Carla"]),
        ("password", ["anna", "bea", "Carla"]),
        ("-", ["anna", "bea", "Carla"]),
    ],
)
@pytest.mark.usefixtures("street")
def test_sorts_are_a_short_list(sort: str, order: list[str]) -> None:
    assert _names(sort=sort) == order


@pytest.mark.usefixtures("street")
def test_activity_is_the_later_of_log_in_and_prediction() -> None:
    anna, bea, carla = shoppers.list_shoppers({}).rows
    assert (anna.predictions, anna.seen_at) == (2, NOON + timedelta(days=9))
    assert (bea.predictions, bea.seen_at) == (5, NOON + timedelta(hours=4))
    assert (carla.predictions, carla.seen_at) == (0, None)


def _queries() -> int:
    with CaptureQueriesContext(connection) as taken:
        page = shoppers.list_shoppers({"sort": "-predictions"})
    assert page.rows
    return len(taken)


def test_sixty_shoppers_take_no_more_queries_than_ten(db: None) -> None:
    for n in range(10):
        _shopper(f"shopper{n}", predictions=n % 3)
    few = _queries()
    for n in range(10, 60):
        _shopper(f"shopper{n}", predictions=n % 3)
    assert _queries() == few == 2
    assert shoppers.list_shoppers({}).total == 60


def test_one_shopper_with_all_about_her(anna: Any, bea: Any) -> None:
    version = make.model_version()
    for n in range(12):
        make.prediction(version, shopper=anna.shopper, result=n % 2, created_at=NOON + timedelta(hours=n))
    RevenuePrediction.objects.filter(created_at=NOON + timedelta(hours=11)).update(actual=0)
    make.prediction(version, shopper=bea.shopper)
    for granted, hour in ((True, 1), (False, 2)):
        Consent.objects.create(user=anna, purpose="offers", granted=granted, at=NOON + timedelta(hours=hour))
    for key in ("key-anna", "key-bea"):
        AuditEntry.objects.create(
            at=NOON, actor_label="petra", verb="correct_shopper", target_kind="shopper", target_id=key,
            reason="typing error", detail={"fields": ["city"]},
        )  # fmt: skip
    detail = shoppers.get_shopper("key-anna")
    assert (detail.row.username, detail.row.city, detail.row.predictions) == ("anna", "Berlin", 12)
    assert len(detail.latest_predictions) == 10
    assert (detail.latest_predictions[0].is_high, detail.latest_predictions[0].actual_is_high) == (
        True,
        False,
    )
    assert [(c.purpose, c.granted) for c in detail.consents] == [("Personal offers", False)]
    assert [(h.told, h.reason, h.fields) for h in detail.history] == [
        ("corrected the profile of this shopper", "typing error", ("city",))
    ]


@pytest.mark.parametrize("key", ["key-nobody", "petra", ""])
def test_no_shopper_is_said(petra: Any, key: str) -> None:
    with pytest.raises(shoppers.ShopperNotFound):
        shoppers.get_shopper(key)
