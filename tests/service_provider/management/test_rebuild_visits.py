"""The log gives the same states again, byte by byte, as of any moment of receipt."""

import json
from io import StringIO
from typing import Any

import make
import pytest
from django.core.management import CommandError, call_command
from shop_events import HOUR, MINUTE, NOW, SECOND, clicks, record, sent

from engine import visit
from engine.contracts import KINDS
from service_provider.adapters.event_files.columns import Events, ids_of
from service_provider.models import Event, Visit
from service_provider.services import event_imports, intake
from service_provider.services.intake import Bought

pytestmark = pytest.mark.django_db


def rebuild(*args: str) -> dict[str, Any]:
    out = StringIO()
    call_command("rebuild_visits", *args, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def states() -> list[bytes]:
    return [bytes(state) for state in Visit.objects.order_by("pk").values_list("state", flat=True)]


@pytest.fixture
def day() -> None:
    """Two shoppers, late events, repeats, an order, and a visit after a pause."""
    make.product("P1", category="Shoes")
    record(*clicks(20), who="S1")
    record(*clicks(20), sent("late", at=NOW - 5 * MINUTE), now_ms=NOW + SECOND, who="S1")
    record(sent("a", "product_view", product_id="P1"), sent("b", "add_to_cart", product_id="P1"), who="S2")
    intake.record_order("o", [Bought("P1", "Shoes", 8990, 1)], shopper_key="S2", now_ms=NOW + MINUTE)
    record(sent("c", at=NOW + HOUR), now_ms=NOW + HOUR, who="S1")


def test_the_log_gives_the_same_bytes(day: None) -> None:
    before = states()
    Visit.objects.update(state=None)
    done = rebuild("--at", str(NOW + HOUR))

    assert states() == before
    assert (done["visits"], done["missing"], done["written"]) == (3, 3, 3)
    assert rebuild("--check")["same"] == 3


def test_what_is_kept_is_what_the_log_says(day: None) -> None:
    done = rebuild("--check", "--at", "2026-05-20T13:00:00Z")

    assert (done["same"], done["differ"], done["events"]) == (3, 0, 26)


def test_as_of_a_moment_only_what_was_received_counts(day: None) -> None:
    Visit.objects.update(state=b"x")
    kept = states()
    done = rebuild("--at", str(NOW))

    assert (done["visits"], done["events"], done["newer"]) == (2, 22, 2)
    assert states() == kept, "what has newer events is left alone"


def test_the_same_moment_gives_the_same_checksum(day: None) -> None:
    assert rebuild("--at", str(NOW))["sha256"] == rebuild("--at", str(NOW), "--check")["sha256"]
    assert rebuild("--at", str(NOW))["sha256"] != rebuild("--at", str(NOW + SECOND))["sha256"]


def test_a_state_that_differs_is_told_and_mended(day: None) -> None:
    before = states()
    first = Visit.objects.order_by("pk").first()
    Visit.objects.filter(pk=first.pk).update(state=before[1])
    with pytest.raises(CommandError, match="1 states differ") as told:
        rebuild("--check")
    assert told.value.returncode == 1
    assert states() != before

    assert rebuild()["written"] == 1
    assert states() == before


def test_imported_visits_have_no_state_and_get_one(day: None) -> None:
    Visit.objects.filter(is_buying=True).update(state=None, state_version=0)

    assert rebuild("--check")["missing"] == 1
    assert rebuild()["written"] == 1
    assert rebuild("--check")["same"] == 3


@pytest.mark.parametrize("at", ["yesterday", "2026-13-40T00:00", "-5"])
def test_what_is_no_moment_is_refused(at: str) -> None:
    with pytest.raises(CommandError, match="is no moment") as told:
        call_command("rebuild_visits", f"--at={at}")
    assert told.value.returncode == 2


def test_an_empty_mall_has_nothing_to_fold() -> None:
    assert rebuild()["visits"] == 0


# ---- visits of a file -------------------------------------------------------------------------------


def imported(*minutes: float, visit_key: str = "V1") -> None:
    """Events of one visit, as an import stores them: in the order of the file, without a state."""
    rows = [
        ("S9", NOW + round(m * MINUTE), KINDS.index("product_view"), "P1", "Shoes", 8990, None, visit_key)
        for m in minutes
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    event_imports.record(Events.of([ids_of(*columns), *columns]), now=make.NOON)


def test_imported_visits_get_a_state() -> None:
    imported(0, 1, 2)
    imported(60, visit_key="V2")
    assert set(Visit.objects.values_list("state", flat=True)) == {None}
    done = rebuild("--at", str(NOW + HOUR))

    assert (done["visits"], done["missing"], done["written"]) == (2, 2, 2)
    assert list(Visit.objects.order_by("key").values_list("event_count", "state_version")) == [(3, 3), (1, 1)]
    assert rebuild("--check", "--at", str(NOW + HOUR))["same"] == 2


def test_an_imported_visit_that_an_import_goes_on_with_is_folded_anew() -> None:
    imported(0, 1)
    rebuild("--at", str(NOW + HOUR))
    imported(2)
    done = rebuild("--at", str(NOW + HOUR))

    assert (done["differ"], done["written"]) == (1, 1)
    assert visit.from_bytes(states()[0]).counts[KINDS.index("product_view")] == 3


def test_a_visit_whose_events_were_removed_keeps_its_state(day: None) -> None:
    before = states()
    gone = Visit.objects.order_by("pk").first()
    Event.objects.filter(visit=gone).delete()
    Visit.objects.filter(pk=gone.pk).update(is_summed=True)
    done = rebuild()

    assert (done["visits"], done["same"], done["written"]) == (2, 2, 0)
    assert states() == before
