"""Events of a file that are of a visit whose events were added up and removed: they must not come in twice.

Their ids went with them. What is left to know them by is the visit: its shopper, its span, its key.
"""

from collections.abc import Collection
from itertools import compress

from service_provider.adapters.event_files.columns import Events
from service_provider.adapters.event_files.silence import SILENCE_MS
from service_provider.adapters.ledger import bulk
from service_provider.models import Shopper, Visit
from service_provider.queries import retention
from service_provider.services import event_visits

Spans = dict[int, list[tuple[int, int]]]


def leave_out(events: Events) -> Events:
    """The events that are of no such visit. Costs one look where nothing was ever removed."""
    if not events.ids or not retention.has_removed():
        return events
    owners = owners_of(set(events.shoppers))
    spans = _spans(set(owners.values()), events)
    keys = _keys(events, owners)
    is_free = []
    for shopper, moment, visit in zip(events.shoppers, events.moments, events.visits, strict=True):
        owner = owners.get(shopper)
        is_free.append(
            owner is None
            or not (
                (visit, owner) in keys
                or (event_visits.key_apart(shopper, visit), owner) in keys
                or any(first <= moment <= last for first, last in spans.get(owner, ()))
            )
        )
    return events if all(is_free) else Events.of(list(compress(column, is_free)) for column in events)


def is_any(visit_ids: Collection[int]) -> bool:
    """Whether one of these visits was added up meanwhile."""
    return retention.has_removed() and bool(
        bulk.find(Visit, "id", set(visit_ids), fetch=["id"], also="is_summed = %s", with_values=[True])
    )


def owners_of(keys: Collection[str]) -> dict[str, int]:
    """Key -> id of every shopper that is known; of a visitor who logged in since, that of her account."""
    found = bulk.find(Shopper, "key", keys, fetch=["key", "id", "merged_into_id"])
    return {key: merged_into or pk for key, pk, merged_into in found}


def _spans(owners: Collection[int], events: Events) -> Spans:
    """From when to when the visits of each shopper would have taken an event in."""
    spans: Spans = {}
    for owner, first, last in bulk.find(
        Visit,
        "shopper_id",
        owners,
        fetch=["shopper_id", "started_ms", "last_ms"],
        also="is_summed = %s AND last_ms >= %s AND started_ms <= %s",
        with_values=[True, min(events.moments) - SILENCE_MS, max(events.moments) + SILENCE_MS],
    ):
        spans.setdefault(owner, []).append((first - SILENCE_MS, last + SILENCE_MS))
    return spans


def _keys(events: Events, owners: dict[str, int]) -> set[tuple[str, int]]:
    """Key and shopper of the visits that the events name."""
    pairs = set(zip(events.shoppers, events.visits, strict=True))
    apart = {event_visits.key_apart(*pair) for pair in pairs if pair[0] in owners}
    names = apart | {visit for _, visit in pairs}
    fetch, also = ["key", "shopper_id"], "is_summed = %s"
    return set(bulk.find(Visit, "key", names, fetch=fetch, also=also, with_values=[True]))
