"""Recording events: each once, in their visits, and purchases become orders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
from django.db import IntegrityError, transaction
from event_files import MINUTE, NINE

from engine.contracts import KINDS
from service_provider.adapters.event_files.columns import Events, ids_of
from service_provider.adapters.event_files.silence import cut_key
from service_provider.adapters.ledger import bulk
from service_provider.models import AuditEntry, Event, Order, OrderLine, Shopper, Visit
from service_provider.queries import segments
from service_provider.queries.access import COMMAND
from service_provider.services import event_imports
from service_provider.services.event_imports import Overtaken, Recorded

pytestmark = pytest.mark.django_db
VIEW, PURCHASE = KINDS.index("product_view"), KINDS.index("purchase")
Row = tuple[Any, ...]


def seen(minute: float = 0, shopper: str = "S1", visit: str = "V1", **fields: Any) -> Row:
    """One event as a row: a view of P1 unless `fields` say otherwise."""
    given = {"kind": VIEW, "product": "P1", "category": "Shoes", "price": 8990, "quantity": None} | fields
    return (shopper, NINE + round(minute * MINUTE), *given.values(), visit)


def bought(minute: float = 0, **fields: Any) -> Row:
    return seen(minute, **{"kind": PURCHASE, "quantity": 1} | fields)


def cut(minute: float, *, start: float, shopper: str = "S1") -> Row:
    """An event without a visit of its own, in the one that was cut from `start` on."""
    return seen(minute, shopper, cut_key(shopper, NINE + round(start * MINUTE)))


def record(*rows: Row) -> Recorded:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return event_imports.record(Events.of([ids_of(*columns), *columns]), now=make.NOON)


def visits() -> dict[str, tuple[str, float, float, int, bool]]:
    """Key -> shopper, first and last minute, events, whether something was bought."""
    found = Visit.objects.select_related("shopper")
    return {
        v.key: (
            v.shopper.key,
            (v.started_ms - NINE) / MINUTE,
            (v.last_ms - NINE) / MINUTE,
            v.event_count,
            v.is_buying,
        )
        for v in found
    }


def test_a_new_event_makes_its_shopper_and_its_visit() -> None:
    assert record(seen()) == Recorded(added=1, shoppers=1, visits=1)
    stored = Event.objects.select_related("visit__shopper").get()
    assert (stored.visit.key, stored.visit.shopper.key) == ("V1", "S1")
    assert (stored.occurred_ms, stored.received_ms) == (NINE, NINE + 180 * MINUTE)
    assert (stored.kind, stored.product_id, stored.category) == (VIEW, "P1", "Shoes")
    assert (stored.price_minor, stored.quantity) == (8990, None)
    assert Shopper.objects.get().created_at == moment(NINE)
    assert not Visit.objects.get().is_bot


def test_a_shopper_is_known_since_her_first_event_and_not_since_the_import() -> None:
    record(seen(5), seen(1), seen(9))
    assert Shopper.objects.get().created_at == moment(NINE + MINUTE)
    assert segments.find_standing("S1", now=make.NOON + timedelta(days=30)).tenure_days == 30


def test_nobody_is_known_since_tomorrow() -> None:
    record(seen(24 * 60))
    assert Shopper.objects.get().created_at == make.NOON


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def test_visits_know_their_events() -> None:
    record(seen(5), seen(1), bought(3), seen(2, shopper="S2", visit="V2"))
    assert visits() == {"V1": ("S1", 1, 5, 3, True), "V2": ("S2", 2, 2, 1, False)}


def test_events_are_received_in_the_order_of_the_file() -> None:
    record(seen(5), seen(1), seen(3))
    assert list(Event.objects.order_by("pk").values_list("occurred_ms", flat=True)) == [
        NINE + minute * MINUTE for minute in (5, 1, 3)
    ]


def test_a_second_time_nothing_happens() -> None:
    rows = [seen(0), bought(1), cut(100, start=100)]
    record(*rows)
    before = visits()
    assert record(*rows) == Recorded(known=3)
    assert visits() == before
    assert (Event.objects.count(), Order.objects.count(), OrderLine.objects.count()) == (3, 1, 1)


def test_a_row_that_repeats_is_stored_once() -> None:
    assert record(seen(), seen(1), seen()) == Recorded(added=2, known=1, shoppers=1, visits=1)
    assert visits()["V1"] == ("S1", 0, 1, 2, False)


def test_a_few_known_ones_among_many_are_found() -> None:
    record(seen(77.5))
    rows = [seen(minute) for minute in range(100)]
    assert record(*rows[:70], seen(77.5), *rows[70:]) == Recorded(added=100, known=1)
    assert visits()["V1"][3] == 101


def test_a_visit_goes_on_with_another_file() -> None:
    record(seen(10))
    assert record(seen(5), bought(20)) == Recorded(added=2, orders=1)
    assert visits() == {"V1": ("S1", 5, 20, 3, True)}


def test_shoppers_who_were_here_are_found() -> None:
    anna = make.user("anna").shopper
    record(seen(shopper=anna.key))
    assert Visit.objects.get().shopper == anna


def test_keys_are_compared_byte_by_byte() -> None:
    record(seen(shopper="ab", visit="va"), seen(shopper="AB", visit="VA"), seen(shopper="äb", visit="vä"))
    assert sorted(visits()) == ["VA", "va", "vä"]
    assert Shopper.objects.count() == 3


# ---- visits -----------------------------------------------------------------------------------------


def test_a_visit_id_that_two_shoppers_share_belongs_to_the_first() -> None:
    rows = [seen(0), seen(1, shopper="S2"), seen(2), seen(3, shopper="S2")]
    assert record(*rows).visits == 2
    (other,) = set(visits()) - {"V1"}
    assert visits() == {"V1": ("S1", 0, 2, 2, False), other: ("S2", 1, 3, 2, False)}
    assert record(seen(4, shopper="S2"), *rows) == Recorded(added=1, known=4)
    assert visits()[other] == ("S2", 1, 4, 3, False)


@pytest.mark.parametrize(
    ("minute", "joins"), [(35, True), (40, True), (40.001, False), (-30, True), (-31, False)]
)
def test_a_cut_visit_goes_on_where_one_of_an_earlier_file_ended(minute: float, joins: bool) -> None:
    record(cut(0, start=0), cut(10, start=0))
    assert record(cut(minute, start=minute)).visits == (not joins)
    assert sorted(visit[3] for visit in visits().values()) == ([3] if joins else [1, 2])


def test_a_cut_visit_keeps_to_its_shopper_and_to_visits_that_were_cut() -> None:
    record(cut(0, start=0, shopper="S2"), seen(0, visit="V1"))
    assert record(cut(5, start=5)).visits == 1


def test_batches_of_one_visit_make_one_visit() -> None:
    record(cut(0, start=0))
    record(cut(50, start=0))
    record(cut(25, start=0))
    assert [visit[1:4] for visit in visits().values()] == [(0, 50, 3)]


# ---- orders -----------------------------------------------------------------------------------------


def orders() -> list[tuple[str, float, int, list[tuple[str, int, int]]]]:
    """Shopper, minute, total, and the lines as product, price and quantity."""
    lines = OrderLine.objects.order_by("pk")
    return [
        (
            order.shopper.key,
            (order.placed_ms - NINE) / MINUTE,
            order.total_minor,
            [(line.product_id, line.price_minor, line.quantity) for line in lines.filter(order=order)],
        )
        for order in Order.objects.order_by("placed_ms", "pk")
    ]


def test_what_is_bought_at_one_moment_is_one_order() -> None:
    rows = [bought(5), bought(5, product="P2", price=500, quantity=3), bought(6)]
    assert record(*rows).orders == 2
    assert orders() == [
        ("S1", 5, 10490, [("P1", 8990, 1), ("P2", 500, 3)]),
        ("S1", 6, 8990, [("P1", 8990, 1)]),
    ]
    assert Order.objects.filter(visit__key="V1").count() == 2


def test_the_same_moment_in_two_visits_is_two_orders() -> None:
    assert record(bought(5), bought(5, shopper="S2", visit="V2")).orders == 2


def test_an_order_goes_on_with_the_next_batch() -> None:
    record(bought(5))
    assert record(bought(5), bought(5, product="P2", price=10)) == Recorded(added=1, known=1)
    assert orders() == [("S1", 5, 9000, [("P1", 8990, 1), ("P2", 10, 1)])]


def test_a_purchase_without_a_quantity_is_of_one_piece() -> None:
    record(bought(quantity=None))
    assert orders()[0][3] == [("P1", 8990, 1)]


def test_a_purchase_without_a_price_is_counted_and_makes_no_order() -> None:
    assert record(bought(price=None), bought(1, price=0)) == Recorded(
        added=2, shoppers=1, visits=1, orders=1, unpriced=1
    )
    assert orders() == [("S1", 1, 0, [("P1", 0, 1)])]
    assert visits()["V1"][4]


# ---- transactions -----------------------------------------------------------------------------------


def test_all_or_nothing_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any, **named: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(bulk, "insert", fail)
    with pytest.raises(IntegrityError), transaction.atomic():
        record(seen(), bought(1))
    assert not Event.objects.exists()
    assert not Visit.objects.exists()
    assert not Shopper.objects.exists()


def test_what_another_import_stores_meanwhile_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    insert_new = bulk.insert_new
    theirs = iter([seen(1)])

    def overtaken(model: Any, *given: Any) -> int:
        if model is Event:
            for row in theirs:
                record(row)
        return insert_new(model, *given)

    monkeypatch.setattr(bulk, "insert_new", overtaken)
    monkeypatch.setattr(event_imports, "FEW", 1)
    assert record(seen(), seen(1), seen(2)).added == 3
    assert visits() == {"V1": ("S1", 0, 2, 3, False)}


def test_who_is_always_overtaken_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "insert_new", lambda *given: 0)
    monkeypatch.setattr(event_imports.event_visits, "extend", lambda *given: ({("S1", "V1"): ("V1", 1)}, 0))
    monkeypatch.setattr(event_imports, "_shoppers", lambda moments: ({"S1": 1}, 0))
    with pytest.raises(Overtaken, match="Another import writes the same events"):
        record(seen())


def test_the_audit_log_has_one_line_an_import() -> None:
    event_imports.close(Recorded(added=2, known=1), "log.csv", by=COMMAND, now=make.NOON + timedelta(hours=1))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_kind, entry.target_id) == ("import_events", "events", "log.csv")
    nothing = dict.fromkeys(("shoppers", "visits", "orders", "unpriced", "removed", "old"), 0)
    assert entry.detail == {"added": 2, "known": 1} | nothing


def test_queries_do_not_grow_with_the_rows_of_a_batch(django_assert_num_queries: Any) -> None:
    record(seen())
    for start, rows in ((0, 10), (1000, 300)):
        with django_assert_num_queries(17):
            record(*(bought(start + n, shopper=f"S{start + n}", visit=f"V{start + n}") for n in range(rows)))
