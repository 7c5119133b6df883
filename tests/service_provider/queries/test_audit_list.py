"""The audit log: filtered by who, what and when in the mall's own days."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from service_provider.models import AuditEntry, Mall
from service_provider.queries import audit

LATE = datetime(2026, 5, 19, 22, 30, tzinfo=UTC)  # half past midnight on the 20th in Berlin


def _entry(actor: str, verb: str, kind: str, target: str, at: datetime, **more: Any) -> None:
    AuditEntry.objects.create(at=at, actor_label=actor, verb=verb, target_kind=kind, target_id=target, **more)


@pytest.fixture
def log(db: None) -> None:
    Mall.objects.create(pk=1, zone="Europe/Berlin")
    _entry("petra", "block_shopper", "shopper", "key-anna", LATE, reason="stolen cards")
    _entry("command", "create_provider", "staff", "petra", LATE.replace(hour=21))
    _entry(
        "paula",
        "change_staff",
        "staff",
        "alan",
        LATE.replace(day=21),
        detail={"role": ["analyst", "provider"]},
    )
    _entry("petra", "water_the_plants", "foyer", "3", LATE.replace(day=22))


def _told(**params: str) -> list[str]:
    return [f"{row.actor} {row.sentence}" for row in audit.list_entries(params).rows]


BLOCKED = "petra blocked shopper key-anna"
MADE = "command made the provider staff petra"
CHANGED = "paula changed the account of staff alan"
WATERED = "petra water the plants: foyer 3"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, [WATERED, CHANGED, BLOCKED, MADE]),
        ({"actor": "PETRA"}, [WATERED, BLOCKED]),
        ({"verb": "change_staff"}, [CHANGED]),
        ({"kind": "staff"}, [CHANGED, MADE]),
        ({"since": "2026-05-20"}, [WATERED, CHANGED, BLOCKED]),
        ({"until": "2026-05-19"}, [MADE]),
        ({"since": "2026-05-20", "until": "2026-05-20"}, [BLOCKED]),
        ({"since": "yesterday"}, [WATERED, CHANGED, BLOCKED, MADE]),
        ({"verb": "no_such_verb"}, [WATERED, CHANGED, BLOCKED, MADE]),
        ({"actor": "nobody"}, []),
    ],
)
@pytest.mark.usefixtures("log")
def test_filters(params: dict[str, str], told: list[str]) -> None:
    assert _told(**params) == told


@pytest.mark.usefixtures("log")
def test_reason_and_details_are_told() -> None:
    rows = {row.sentence: row for row in audit.list_entries({}).rows}
    assert rows["blocked shopper key-anna"].reason == "stolen cards"
    assert rows["changed the account of staff alan"].details == ("role: analyst → provider",)


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ({"zone": {"before": "UTC", "after": "Asia/Tokyo"}}, ("zone: UTC → Asia/Tokyo",)),
        ({"fields": ["last_name", "city"]}, ("fields: last name, city",)),
        ({"rows": 7, "format": "xlsx"}, ("format: xlsx", "rows: 7")),
        ({}, ()),
    ],
)
def test_details_are_words(db: None, detail: dict[str, Any], told: tuple[str, ...]) -> None:
    _entry("petra", "change_settings", "mall", "1", LATE, detail=detail)
    assert audit.list_entries({}).rows[0].details == told


def _queries() -> int:
    with CaptureQueriesContext(connection) as taken:
        assert audit.list_entries({}).rows
    return len(taken)


def test_sixty_entries_take_no_more_queries_than_ten(db: None) -> None:
    for _ in range(10):
        _entry("petra", "block_shopper", "shopper", "key-anna", LATE)
    few = _queries()
    for _ in range(50):
        _entry("petra", "block_shopper", "shopper", "key-anna", LATE)
    assert _queries() == few
