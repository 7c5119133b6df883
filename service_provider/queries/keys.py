"""Machines' keys, without their secrets: those are nowhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from service_provider.models import ApiKey
from service_provider.queries import page

SCOPES = {
    "predict": "Ask for predictions",
    "till": "Check, redeem and take back coupons at a till",
    "decide": "Tell of visits in a shop of your own, and be told offers",
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    by_label: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    mall: str = ""  # of a till

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None


@dataclass(frozen=True, slots=True)
class KeyCard:
    """What a request must know of the key it came with."""

    id: int
    name: str
    scopes: tuple[str, ...]
    mall: str = ""  # of a till; empty: any


_FIELDS = ("pk", "name", "prefix", "scopes", "by_label", "created_at", "last_used_at", "revoked_at", "mall")


def _rows() -> Any:
    return ApiKey.objects.annotate(by_label=F("by__username")).values_list(*_FIELDS)


def _row(values: tuple[Any, ...]) -> KeyRow:
    row = dict(zip(_FIELDS, values, strict=True))
    key_id = row.pop("pk")
    return KeyRow(id=key_id, **row | {"scopes": tuple(row["scopes"]), "by_label": row["by_label"] or ""})


def list_keys(number: int) -> page.Page[KeyRow]:
    """Live keys first, newest first. Two queries."""
    return page.cut(_rows().order_by(F("revoked_at").desc(nulls_first=True), "-pk"), number, _row)


def find_live(key_id: int) -> KeyRow | None:
    key = _rows().filter(pk=key_id, revoked_at__isnull=True).first()
    return _row(key) if key else None


def find_by_hash(sha256: str) -> KeyCard | None:
    """The live key whose secret has this SHA-256. One query."""
    key = (
        ApiKey.objects.filter(sha256=sha256, revoked_at__isnull=True)
        .values_list("pk", "name", "scopes", "mall")
        .first()
    )
    return KeyCard(key[0], key[1], tuple(key[2]), key[3]) if key else None
