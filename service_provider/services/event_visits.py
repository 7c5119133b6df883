"""The visits of imported events: made, or made longer. Part of the transaction of `event_imports.record`."""

from dataclasses import dataclass
from hashlib import blake2b

from engine.contracts import KINDS
from service_provider.adapters.event_files.columns import Events
from service_provider.adapters.event_files.silence import CUT, SILENCE_MS
from service_provider.adapters.ledger import bulk
from service_provider.models import Visit

PURCHASE = KINDS.index("purchase")
_VISIT = ("key", "shopper_id", "started_ms", "last_ms", "event_count", "is_buying", "is_bot")

Pair = tuple[str, str]
"""A shopper and the visit that the file names, or that was cut for it."""


@dataclass(slots=True)
class _Span:
    """What a batch adds to a visit."""

    started_ms: int
    last_ms: int
    events: int
    is_buying: bool


def extend(events: Events, shoppers: dict[str, int]) -> tuple[dict[Pair, tuple[str, int]], int]:
    """Pair -> key and id of its visit, which counts these events now; and how many visits are new."""
    spans = _spans(events)
    keys, ids = _resolve(spans, shoppers)
    rows = [
        (keys[pair], shoppers[pair[0]], span.started_ms, span.last_ms, span.events, span.is_buying, False)
        for pair, span in spans.items()
    ]
    rows.sort()  # two imports at once take their locks in the same order
    bulk.add_up(
        Visit, "key", _VISIT, rows, sums=["event_count"], lows=["started_ms"], highs=["last_ms", "is_buying"]
    )
    new = {key for key in keys.values() if key not in ids}
    ids |= dict(bulk.find(Visit, "key", new, fetch=["key", "id"]))
    return {pair: (key, ids[key]) for pair, key in keys.items()}, len(new)


def _spans(events: Events) -> dict[Pair, _Span]:
    spans: dict[Pair, _Span] = {}
    pairs = zip(events.shoppers, events.visits, strict=True)
    for pair, moment, kind in zip(pairs, events.moments, events.kinds, strict=True):
        span = spans.get(pair)
        if span is None:
            spans[pair] = _Span(moment, moment, 1, kind == PURCHASE)
            continue
        span.events += 1
        if moment > span.last_ms:
            span.last_ms = moment
        elif moment < span.started_ms:
            span.started_ms = moment
        if kind == PURCHASE:
            span.is_buying = True
    return spans


def _resolve(spans: dict[Pair, _Span], shoppers: dict[str, int]) -> tuple[dict[Pair, str], dict[str, int]]:
    """Pair -> key of its visit, and the ids of those that are there already."""
    wanted = {visit for _, visit in spans}
    ids, owners = {}, {}
    for key, visit_id, owner in bulk.find(Visit, "key", wanted, fetch=["key", "id", "shopper_id"]):
        ids[key], owners[key] = visit_id, owner
    keys = {}
    for shopper, visit in spans:
        is_own = owners.setdefault(visit, shoppers[shopper]) == shoppers[shopper]
        keys[shopper, visit] = visit if is_own else key_apart(shopper, visit)
    keys |= _neighbours({pair: span for pair, span in spans.items() if _is_new_cut(pair[1], ids)}, shoppers)
    others = set(keys.values()) - wanted
    return keys, ids | dict(bulk.find(Visit, "key", others, fetch=["key", "id"]))


def key_apart(shopper: str, visit: str) -> str:
    """Some sources give two shoppers the same visit id. The first keeps it, the others get one of their own."""
    return f"of-{blake2b(f'{shopper}|{visit}'.encode(), digest_size=16).hexdigest()}"


def _is_new_cut(visit: str, ids: dict[str, int]) -> bool:
    return visit.startswith(CUT) and visit not in ids


def _neighbours(spans: dict[Pair, _Span], shoppers: dict[str, int]) -> dict[Pair, str]:
    """Cut visits that go on, within 30 minutes, where one of an earlier import ended or began: pair -> its key."""
    if not spans:
        return {}
    before = min(span.started_ms for span in spans.values()) - SILENCE_MS
    after = max(span.last_ms for span in spans.values()) + SILENCE_MS
    stored: dict[int, list[tuple[int, int, str]]] = {}
    for shopper_id, *visit in bulk.find(
        Visit,
        "shopper_id",
        {shoppers[shopper] for shopper, _ in spans},
        fetch=["shopper_id", "started_ms", "last_ms", "key"],
        also="last_ms >= %s AND started_ms <= %s AND is_summed = %s",
        with_values=[before, after, False],
    ):
        stored.setdefault(shopper_id, []).append(tuple(visit))
    found = {}
    for pair, span in spans.items():
        for started_ms, last_ms, key in sorted(stored.get(shoppers[pair[0]], [])):
            is_near = started_ms - SILENCE_MS <= span.last_ms and span.started_ms <= last_ms + SILENCE_MS
            if is_near and key.startswith(CUT):
                found[pair] = key
                break
    return found
