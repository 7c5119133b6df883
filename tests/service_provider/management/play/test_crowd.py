"""A crowd at a running site: what it sent is what the ledger holds, whatever the road does to it."""

from dataclasses import replace
from itertools import islice
from typing import Any

import make
import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from flaky_road import road_to

from engine.simulate.mall.catalogue import catalogue
from service_provider.management.play.accounts import Account, Accounts
from service_provider.management.play.visit import Unwelcome
from service_provider.management.play.walks import Step, Walk, walks
from service_provider.models import BasketLine, Event, Order, OrderLine, Product, Visit
from service_provider.queries.access import actor_of
from service_provider.services.people import profile

pytestmark = pytest.mark.django_db(transaction=True)
GOODS = catalogue().products


def people(count: int) -> list[Walk]:
    """Visits that buy nothing; of some an answer is lost, of some the connection is gone for a while."""
    route = [walk for walk in islice(walks(3), 200) if not walk.is_robot and not walk.buys][:count]
    first, second = replace(route[0].steps[0], is_repeated=True), replace(route[1].steps[0], is_late=True)
    route[0] = replace(route[0], steps=(first, *route[0].steps[1:]))
    route[1] = replace(route[1], steps=(second, *route[1].steps[1:]))
    return route


def browse(*kinds: str, robot: bool = False, every_ms: int = 10_000, number: int = 1) -> Walk:
    product = GOODS[number]
    steps = tuple(
        Step(n * every_ms, kind, product.product_id, product.category, 2 if kind == "add_to_cart" else None)
        for n, kind in enumerate(kinds)
    )
    return Walk(number, number, robot, not robot and "add_to_cart" in kinds, steps)


def test_what_was_sent_is_stored_once_in_visits_as_they_were_made(send: Any) -> None:
    route = people(8)
    tally, said = send(route)
    made = sum(len(walk.steps) for walk in route)
    done = tally.to_json()

    assert (done["visits"], done["sent"], done["events"], done["refused"]) == (8, made, made, 0)
    assert Event.objects.count() == made
    assert done["repeated"] > 0
    lasted = sorted(v.last_ms - v.started_ms for v in Visit.objects.all())
    assert lasted == sorted(walk.lasts_ms for walk in route)
    assert not Visit.objects.filter(is_bot=True).exists()
    assert said == []


def test_no_moment_lies_ahead_of_ours(send: Any) -> None:
    send(people(3))
    now_ms = timezone.now().timestamp() * 1000
    assert not Event.objects.filter(occurred_ms__gt=now_ms).exists()


def test_at_the_speed_of_life_nothing_is_signed(send: Any) -> None:
    quick = Walk(1, 1, False, False, (Step(0, "page_view"), Step(50, "idle")))
    tally, _ = send([quick], speed=1.0, key="foreign")

    assert tally.to_json()["events"] == Event.objects.count() == 2


def test_a_foreign_key_is_refused_and_the_crowd_told_why(send: Any) -> None:
    with pytest.raises(Unwelcome, match="not signed by this mall"):
        send(people(2), key="foreign")
    assert not Event.objects.exists()


def test_who_buys_logs_in_pays_and_logs_out(send: Any, anna: Any) -> None:
    profile.answer_consent(actor_of(anna), {"analytics": True, "offers": False}, now=make.NOON)
    lent = Accounts([Account("anna", make.PASSWORD)])
    tally, _ = send([browse("product_view", "add_to_cart", "cart_view")], accounts=lent)

    order = Order.objects.get()
    assert order.shopper == anna.shopper
    assert OrderLine.objects.values_list("product_id", "quantity").get() == (GOODS[1].product_id, 2)
    assert Product.objects.get(product_id=GOODS[1].product_id).stock == GOODS[1].stock - 2
    assert (tally.to_json()["orders"], tally.to_json()["refused"]) == (1, 0)
    assert Visit.objects.get().event_count == 3 + 2  # a checkout and a purchase, by the mall itself
    assert not Session.objects.exists()
    assert lent.take() is not None


def test_two_who_buy_share_an_account_one_after_the_other_or_leave(send: Any, anna: Any) -> None:
    route = [browse("product_view", "add_to_cart", number=number) for number in range(1, 5)]
    tally, _ = send(route, accounts=Accounts([Account("anna", make.PASSWORD)]))
    done = tally.to_json()

    assert done["orders"] == Order.objects.count() >= 1
    assert done["orders"] + done["refused"] >= 4 - BasketLine.objects.count()


def test_without_an_account_nobody_buys(send: Any) -> None:
    tally, _ = send([browse("product_view", "add_to_cart")])

    assert not Order.objects.exists()
    assert (tally.to_json()["orders"], tally.to_json()["refused"]) == (0, 1)
    assert BasketLine.objects.get().quantity == 2


def test_an_account_that_does_not_open_is_not_tried_again(send: Any, anna: Any) -> None:
    lent = Accounts([Account("anna", "a wrong pass phrase")])
    tally, _ = send([browse("product_view", "add_to_cart")], accounts=lent)

    assert (tally.to_json()["orders"], tally.to_json()["refused"]) == (0, 1)
    assert lent.take() is None


def test_what_is_sold_out_is_refused_and_not_paid(send: Any, anna: Any) -> None:
    Product.objects.filter(product_id=GOODS[1].product_id).update(stock=0)
    tally, _ = send(
        [browse("product_view", "add_to_cart")], accounts=Accounts([Account("anna", make.PASSWORD)])
    )

    assert (tally.to_json()["orders"], tally.to_json()["refused"]) == (0, 1)
    assert not BasketLine.objects.exists()


def test_what_is_taken_out_is_out_of_the_real_basket(send: Any) -> None:
    send([replace(browse("product_view", "add_to_cart", "remove_from_cart"), buys=False)])

    assert not BasketLine.objects.exists()
    assert Event.objects.count() == 3


@pytest.mark.parametrize(
    ("number", "clicks"), [(3, 3), (1, 3), (2, 80)], ids=["by its name", "by the trap", "by its speed"]
)
def test_robots_are_found_out(send: Any, number: int, clicks: int) -> None:
    views = ["product_view"] * clicks
    tally, _ = send([browse(*views, robot=True, every_ms=100, number=number), *people(2)])

    assert tally.to_json()["robots"] == 1
    assert Visit.objects.filter(is_bot=True).count() == 1
    assert Visit.objects.count() == 3


def test_lost_answers_lose_and_double_nothing(send: Any, mall: Any) -> None:
    """Every third answer is cut off after the mall has done what was asked."""
    route = people(5)
    with road_to(mall.url, lambda number, path: "lost" if number % 3 == 0 else "through") as road:
        tally, _ = send(route, url=road)
    made = sum(len(walk.steps) for walk in route)

    assert tally.to_json()["sent"] == Event.objects.count() == made
    assert Visit.objects.count() == 5
    assert tally.to_json()["lost"] > 0


def test_a_site_that_was_away_gets_everything_afterwards(send: Any, mall: Any) -> None:
    route = people(5)
    with road_to(mall.url, lambda number, path: "closed" if 20 <= number < 26 else "through") as road:
        tally, said = send(route, url=road)

    assert tally.to_json()["sent"] == Event.objects.count() == sum(len(walk.steps) for walk in route)
    assert [words for words in said if "does not answer. Trying again" in words]
    assert [words for words in said if "answers again" in words]


def test_an_order_whose_answer_is_lost_is_one_order(send: Any, mall: Any, anna: Any) -> None:
    asked: list[str] = []  # the page, the form whose answer is lost, the form again

    def fate(number: int, path: str) -> str:
        asked.extend([path] * (path == "/checkout/"))
        return "lost" if path == "/checkout/" and len(asked) == 2 else "through"

    with road_to(mall.url, fate) as road:
        lent = Accounts([Account("anna", make.PASSWORD)])
        tally, _ = send([browse("product_view", "add_to_cart")], url=road, accounts=lent)

    assert len(asked) == 3
    assert tally.to_json()["orders"] == Order.objects.count() == 1
