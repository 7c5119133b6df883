"""An order is placed once, with the prices and the stock of its moment, and cancelled while there is time."""

import random
from datetime import datetime, timedelta
from typing import Any

import make
import pytest
from allauth.account.models import EmailAddress

from service_provider.models import AuditEntry, BasketLine, Event, Order, OrderLine, Product
from service_provider.queries import baskets as kept
from service_provider.queries import orders as known
from service_provider.queries.access import ANONYMOUS, Actor, Refused, actor_of
from service_provider.services import baskets, orders

pytestmark = pytest.mark.django_db
TOKEN = "a" * 32


def fill(user: Any, **quantities: int) -> None:
    for product_id, quantity in quantities.items():
        baskets.add(user.shopper.key, product_id, quantity=quantity, now=make.NOON)


def place(
    user: Any,
    *,
    token: str = TOKEN,
    method: str = "Cash",
    agreed: int | None = None,
    now: datetime = make.NOON,
) -> orders.Placed:
    total = kept.get(user.shopper_id).total_minor if agreed is None else agreed
    return orders.place(token=token, payment_method=method, agreed_minor=total, by=actor_of(user), now=now)


def stock(product_id: str = "P1") -> int:
    return Product.objects.get(product_id=product_id).stock


def unchanged(user: Any, *, pieces: int, in_stock: int) -> bool:
    same = stock() == in_stock and kept.count_of(user.shopper_id) == pieces
    return same and not Order.objects.exists() and not Event.objects.exists()


@pytest.fixture
def shoe() -> Product:
    return make.product(stock=5, price_minor=8990)


def test_an_order_takes_the_stock_and_empties_the_basket(anna: Any, shoe: Product) -> None:
    make.product("P2", category="Toys", price_minor=250, stock=9)
    fill(anna, P1=2, P2=3)
    placed = place(anna, method="Debit Card")
    order = Order.objects.get(key=placed.key)
    assert (order.shopper, order.total_minor, order.payment_method) == (anna.shopper, 18730, "Debit Card")
    assert [line.total_minor for line in known.find_own(actor_of(anna), order.key, now=make.NOON).lines] == [
        17980, 750,
    ]  # fmt: skip
    assert (stock("P1"), stock("P2")) == (3, 6)
    assert not BasketLine.objects.exists()
    assert (placed.order_id, placed.is_new, len(placed.lines)) == (order.pk, True, 2)


def test_its_events_stand_in_the_visit_it_was_placed_in(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    place(anna)
    checkout, purchase = Event.objects.order_by("pk")
    order = Order.objects.get()
    assert checkout.visit_id == purchase.visit_id == order.visit_id
    assert (purchase.product_id, purchase.price_minor, purchase.quantity) == ("P1", 8990, 2)
    assert order.visit.shopper == anna.shopper
    assert order.visit.is_buying


def test_the_same_form_twice_is_one_order(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    first = place(anna)
    fill(anna, P1=1)
    again = place(anna)
    assert (again.key, again.is_new, first.is_new) == (first.key, False, True)
    assert Order.objects.count() == 1
    assert (stock(), kept.count_of(anna.shopper_id)) == (3, 1)
    assert AuditEntry.objects.filter(verb="place_order").count() == 1


def test_another_shoppers_form_with_the_same_token_is_another_order(
    anna: Any, bea: Any, shoe: Product
) -> None:
    for user in (anna, bea):
        fill(user, P1=1)
        place(user)
    assert Order.objects.count() == 2


def test_prices_are_those_of_the_moment_and_a_change_is_told(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    Product.objects.update(price_minor=9990)
    with pytest.raises(orders.AnotherTotal, match="the total is €199.80 now"):
        place(anna, agreed=17980)
    assert unchanged(anna, pieces=2, in_stock=5)
    place(anna, agreed=19980)
    assert OrderLine.objects.get().price_minor == 9990


@pytest.mark.parametrize(("left", "said"), [(1, "Only 1 left of Trail shoe"), (0, "Trail shoe is sold out")])
def test_what_was_sold_meanwhile_is_refused_whole(anna: Any, shoe: Product, left: int, said: str) -> None:
    make.product("P0", stock=7)
    fill(anna, P0=1, P1=2)
    Product.objects.filter(product_id="P1").update(stock=left)
    with pytest.raises(orders.TooFewLeft, match=said) as refusal:
        place(anna)
    assert refusal.value.left == left
    assert stock("P0") == 7, "nothing of the order was taken"
    assert unchanged(anna, pieces=3, in_stock=left)


def test_what_is_no_longer_on_sale_is_refused(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    Product.objects.update(is_active=False)
    with pytest.raises(orders.NotOnSale, match="Trail shoe is no longer on sale"):
        place(anna)
    assert unchanged(anna, pieces=2, in_stock=5)


def test_an_empty_basket_is_no_order(anna: Any) -> None:
    with pytest.raises(orders.EmptyBasket):
        place(anna)


def test_an_unconfirmed_email_does_not_check_out(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    EmailAddress.objects.update(verified=False)
    with pytest.raises(orders.EmailNotConfirmed, match="confirm your e-mail"):
        place(anna)
    assert unchanged(anna, pieces=2, in_stock=5)


@pytest.mark.parametrize("method", ["", "cash", "Coconuts"])
def test_an_unknown_payment_is_refused(anna: Any, shoe: Product, method: str) -> None:
    fill(anna, P1=2)
    with pytest.raises(orders.WrongPayment, match="Cash, Credit Card, Debit Card"):
        place(anna, method=method)
    assert unchanged(anna, pieces=2, in_stock=5)


@pytest.mark.parametrize("token", ["", "a" * 31, "G" * 32, "a" * 32 + "\n"])
def test_a_token_that_no_form_gave_is_refused(anna: Any, shoe: Product, token: str) -> None:
    fill(anna, P1=2)
    with pytest.raises(orders.WrongToken, match="out of date"):
        place(anna, token=token)


def test_nobody_and_staff_place_no_orders(petra: Any) -> None:
    for who in (ANONYMOUS, actor_of(petra)):
        with pytest.raises(Refused):
            orders.place(token=TOKEN, payment_method="Cash", agreed_minor=0, by=who, now=make.NOON)


def test_an_open_editor_does_not_undo_a_sale(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    place(anna)
    assert Product.objects.get().changed_at > shoe.changed_at


@pytest.mark.parametrize("seed", range(20))
def test_the_total_is_the_sum_of_the_lines(anna: Any, seed: int) -> None:
    rng = random.Random(seed)
    for number in range(rng.randint(1, 12)):
        make.product(f"P{number}", price_minor=rng.choice((0, 1, 99, rng.randint(1, 10**9))), stock=99)
        fill(anna, **{f"P{number}": rng.randint(1, 99)})
    seen = kept.get(anna.shopper_id)
    placed = place(anna)
    lines = OrderLine.objects.filter(order_id=placed.order_id)
    assert placed.total_minor == sum(line.price_minor * line.quantity for line in lines) == seen.total_minor
    assert sum(Product.objects.values_list("stock", flat=True)) == 99 * len(seen.lines) - seen.pieces


# ---- cancelling -------------------------------------------------------------------------------------


def cancel(user: Any, key: str, *, minutes: float = 5) -> None:
    orders.cancel(key, by=actor_of(user), now=make.NOON + timedelta(minutes=minutes))


def test_a_cancelled_order_gives_its_pieces_back(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    key = place(anna).key
    cancel(anna, key, minutes=30)
    assert stock() == 5
    assert Order.objects.get().cancelled_ms == known.milliseconds(make.NOON + timedelta(minutes=30))
    assert AuditEntry.objects.filter(verb="cancel_order", target_id=key).exists()


def test_a_second_cancel_changes_nothing(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    key = place(anna).key
    cancel(anna, key)
    with pytest.raises(orders.TooLate, match="no more"):
        cancel(anna, key)
    assert stock() == 5


def test_after_thirty_minutes_an_order_stays(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    key = place(anna).key
    with pytest.raises(orders.TooLate):
        cancel(anna, key, minutes=30.1)
    assert (stock(), Order.objects.get().cancelled_ms) == (3, None)


def test_an_imported_order_is_not_cancelled_here(anna: Any) -> None:
    at = known.milliseconds(make.NOON)
    Order.objects.create(key="old", shopper=anna.shopper, placed_ms=at, total_minor=1)
    with pytest.raises(orders.TooLate):
        cancel(anna, "old")


def test_anothers_order_is_not_found(anna: Any, bea: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    key = place(anna).key
    with pytest.raises(orders.OrderNotFound):
        cancel(bea, key)
    assert known.find_own(actor_of(bea), key, now=make.NOON) is None
    assert known.find_own(Actor("nobody"), key, now=make.NOON) is None
    assert known.list_own(actor_of(bea), 1).total == 0
    assert known.list_own(Actor("nobody"), 1).total == 0
    assert known.list_own(actor_of(anna), 1).rows[0].key == key


def test_a_product_that_left_the_catalogue_keeps_its_place_in_the_order(anna: Any, shoe: Product) -> None:
    fill(anna, P1=2)
    key = place(anna).key
    Product.objects.all().delete()
    [line] = known.find_own(actor_of(anna), key, now=make.NOON).lines
    assert (line.title, line.total_minor) == ("P1", 17980)
    cancel(anna, key)
    assert known.find_own(actor_of(anna), key, now=make.NOON).listed.is_cancelled
