"""Together or not at all, and never twice."""

import make
import pytest
from django.db import IntegrityError

from service_provider.models import Account, Shopper, User
from service_provider.services.people import registration
from service_provider.services.people.registration import NewShopper, Taken

pytestmark = pytest.mark.django_db


def new(**changed: str) -> NewShopper:
    given = {
        "username": "carla", "email": "carla@example.test", "password": "seven green bottles",
        "phone": "12345", "country": "Germany", "state": "Berlin", "city": "Berlin",
    }  # fmt: skip
    return NewShopper(**given | changed)  # type: ignore[arg-type]


def test_two_shoppers_have_two_keys() -> None:
    first = registration.register(new(), now=make.NOON)
    second = registration.register(new(username="dora", email="dora@example.test"), now=make.NOON)
    assert first.shopper.key != second.shopper.key  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"email": "other@example.test", "username": "CARLA"}, "username"), ({"username": "other"}, "email")],
)
def test_what_is_taken_is_named(changed: dict[str, str], field: str) -> None:
    registration.register(new(), now=make.NOON)
    with pytest.raises(Taken) as refused:
        registration.register(new(**changed), now=make.NOON)
    assert refused.value.field == field
    assert Shopper.objects.count() == 1


def test_a_failure_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**fields: object) -> None:
        raise IntegrityError("no")

    monkeypatch.setattr(registration.Account.objects, "create", refuse)
    with pytest.raises(IntegrityError):
        registration.register(new(), now=make.NOON)
    assert not User.objects.exists()
    assert not Shopper.objects.exists()
    assert not Account.objects.exists()
