"""The audit log: one line for every change a person made."""

from datetime import datetime
from typing import Any

from service_provider.models import AuditEntry
from service_provider.queries.access import Actor


def record(
    by: Actor,
    verb: str,
    target_kind: str,
    target_id: object,
    *,
    now: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Adds one entry, inside the caller's transaction."""
    AuditEntry.objects.create(
        at=now,
        actor_id=by.user_id,
        actor_label=by.label,
        verb=verb,
        target_kind=target_kind,
        target_id=str(target_id),
        reason=reason,
        detail=detail or {},
    )
