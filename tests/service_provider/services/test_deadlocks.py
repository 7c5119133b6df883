"""A transaction that lost a deadlock is begun again; any other fault is told."""

import pytest
from django.db import OperationalError, transaction

from service_provider.adapters.ledger import bulk
from service_provider.models import Shopper
from service_provider.services import deadlocks


@pytest.fixture(autouse=True)
def _any_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite knows no deadlocks; here it takes MariaDB's word for one."""
    monkeypatch.setattr(bulk, "is_deadlock", lambda error: error.args[:1] == (1213,))


DEADLOCK = OperationalError(1213, "Deadlock found")


def failing(times: int, error: Exception = DEADLOCK) -> tuple[list[int], object]:
    """A service that fails so often, and how often it was begun."""
    begun: list[int] = []

    @deadlocks.atomic
    def service() -> int:
        begun.append(1)
        if len(begun) <= times:
            raise error
        return Shopper.objects.count()

    return begun, service


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [0, 1, 7])
def test_it_is_begun_again(times: int) -> None:
    begun, service = failing(times)
    assert service() == 0
    assert len(begun) == times + 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "tries"), [(DEADLOCK, 8), (OperationalError(2006, "gone"), 1), (ValueError(), 1)]
)
def test_but_not_for_ever_and_not_for_other_faults(error: Exception, tries: int) -> None:
    begun, service = failing(99, error)
    with pytest.raises(type(error)):
        service()
    assert len(begun) == tries


@pytest.mark.django_db(transaction=True)
def test_a_part_of_a_larger_one_is_left_to_it() -> None:
    begun, service = failing(1)
    with pytest.raises(OperationalError), transaction.atomic():
        service()
    assert len(begun) == 1
