"""A day of a simulated mall in the ledger: robots are marked, coupons taken off, known days left alone."""

from datetime import timedelta

import make
import pytest

from engine.contracts import KINDS
from engine.simulate.mall.catalogue import catalogue
from service_provider.adapters.event_files.columns import Events, milliseconds
from service_provider.models import Event, Order, Product, Shopper, Visit
from service_provider.services import mall_history
from service_provider.services.event_imports import order_key

pytestmark = pytest.mark.django_db

AT = milliseconds(make.NOON)
VIEW, PURCHASE = KINDS.index("product_view"), KINDS.index("purchase")
DAY = Events(
    ids=["v1-0", "v1-1", "v1-1", "v2-0"],
    shoppers=["anna", "anna", "anna", "robot"],
    moments=[AT, AT + 9_000, AT + 9_000, AT + 50],
    kinds=[VIEW, PURCHASE, PURCHASE, VIEW],
    products=["p1", "p1", "p1", "p2"],
    categories=["Books"] * 4,
    prices=[1500, 1500, 1500, 700],
    quantities=[None, 2, 2, None],
    visits=["v1", "v1", "v1", "v2"],
)


def record(**changes: object) -> object:
    given = {
        "bots": ["v2"],
        "paid": {order_key("v1", AT + 9_000): 2700},
        "now": make.NOON + timedelta(hours=9),
    }
    return mall_history.record_day(DAY, **given | changes)


def test_a_day_becomes_shoppers_visits_events_and_orders() -> None:
    done = record()

    assert (done.added, done.known, done.visits, done.orders) == (3, 1, 2, 1)
    assert set(Shopper.objects.values_list("key", flat=True)) == {"anna", "robot"}
    assert dict(Visit.objects.values_list("key", "is_bot")) == {"v1": False, "v2": True}
    assert dict(Visit.objects.values_list("key", "is_buying")) == {"v1": True, "v2": False}
    assert Order.objects.get().total_minor == 2700


def test_without_a_coupon_the_order_costs_what_its_lines_do() -> None:
    record(paid={})

    assert Order.objects.get().total_minor == 3000


def test_a_day_that_is_known_changes_nothing() -> None:
    record()

    again = record()

    assert (again.added, again.known) == (0, 4)
    assert (Event.objects.count(), Order.objects.get().total_minor) == (3, 2700)


def test_products_are_put_on_sale_once_and_stay_as_somebody_left_them() -> None:
    goods = catalogue().products
    make.product(goods[0].product_id, title="Ours")

    assert mall_history.stock(goods, now=make.NOON) == len(goods) - 1
    assert mall_history.stock(goods, now=make.NOON) == 0
    assert Product.objects.get(product_id=goods[0].product_id).title == "Ours"
    one = Product.objects.get(product_id=goods[1].product_id)
    assert (one.price_minor, one.margin_bp, one.is_active) == (goods[1].price_minor, goods[1].margin_bp, True)
