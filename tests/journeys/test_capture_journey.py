"""A visitor looks around in a real browser: the ledger then holds exactly what she clicked, or nothing at all."""

import time
from collections.abc import Callable
from typing import Any

import make
import pytest

from service_provider.models import Consent, Event, SearchDay, Visit
from service_provider.services import robots

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = (
    "page_view", "category_view", "product_view", "search", "add_to_cart", "remove_from_cart", "cart_view",
    "checkout", "purchase", "idle", "exit_intent",
)  # fmt: skip
QUEUE = "Object.keys(localStorage).filter(key => key.startsWith('capture:')).length"
Told = list[tuple[str, str]]


@pytest.fixture
def stocked(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # A browser without a head that clicks as fast as it can is no person to the mall; here it stands for one.
    monkeypatch.setattr(robots, "is_robot", lambda agent: False)
    monkeypatch.setattr(robots, "is_inhuman", lambda state: False)
    make.product("P1", title="Trail shoe")
    make.product("P2", title="Road shoe")
    make.product("T1", title="Wooden train", category="Toys")


def told() -> Told:
    """What the ledger holds, in the order of receipt."""
    rows = Event.objects.order_by("pk").values_list("kind", "product_id")
    return [(KINDS[kind], product_id) for kind, product_id in rows]


def until(is_so: Callable[[], bool], visitor: Any) -> None:
    """Lets the browser work until it is so, or a quarter of a minute has passed."""
    end = time.monotonic() + 15
    while not is_so() and time.monotonic() < end:
        visitor.page.wait_for_timeout(50)


def settle(visitor: Any, expected: Told) -> None:
    """Waits until all that waits in the browser is confirmed; then the ledger holds what was expected, once each."""
    until(lambda: visitor.page.evaluate(QUEUE) == 0 and len(told()) >= len(expected), visitor)
    assert told() == expected
    assert visitor.page.evaluate(QUEUE) == 0


def answer(visitor: Any, name: str) -> None:
    visitor.go("/")
    visitor.page.get_by_role("button", name=name, exact=True).click()
    visitor.page.get_by_role("heading", name="May we remember").wait_for(state="detached")


def search(visitor: Any, words: str) -> None:
    visitor.page.get_by_label("Search the shop").fill(words)
    visitor.page.get_by_role("button", name="Search", exact=True).click()
    visitor.page.wait_for_url("**/shop/search/**")


def test_the_ledger_holds_exactly_what_was_clicked(visitor: Any, stocked: None) -> None:
    visitor.go("/")
    visitor.look("question")
    answer(visitor, "Yes")
    visitor.look("question, answered")
    visitor.follow("Shoes")
    visitor.follow("Trail shoe")
    search(visitor, "train")
    visitor.follow("Wooden train")
    visitor.fill(quantity="2")
    visitor.press("Add to basket")
    visitor.page.wait_for_url("**/basket/")
    clicked = [
        ("page_view", ""), ("category_view", ""), ("product_view", "P1"), ("search", ""),
        ("product_view", "T1"), ("add_to_cart", "T1"), ("cart_view", ""),
    ]  # fmt: skip
    settle(visitor, clicked)
    visitor.page.go_back()
    settle(visitor, [*clicked, ("exit_intent", ""), ("product_view", "T1")])
    assert Event.objects.get(kind=KINDS.index("add_to_cart")).quantity == 2
    assert Visit.objects.count() == 1
    assert list(SearchDay.objects.values_list("words", "count")) == [("train", 1)]


def test_a_basket_is_changed_and_emptied(visitor: Any, stocked: None) -> None:
    answer(visitor, "Yes")
    visitor.go("/shop/p/P1/")
    visitor.fill(quantity="3")
    visitor.press("Add to basket")
    visitor.page.wait_for_url("**/basket/")
    visitor.fill(quantity="1")
    visitor.page.get_by_role("button", name="Change Trail shoe").click()
    visitor.page.get_by_text("1 in your basket now").wait_for()
    visitor.page.get_by_role("button", name="Remove Trail shoe").click()
    visitor.page.get_by_text("Your basket is empty").wait_for()
    until(lambda: visitor.page.evaluate(QUEUE) == 0, visitor)
    changes = [
        (KINDS[kind], quantity)
        for kind, quantity in Event.objects.order_by("pk").values_list("kind", "quantity")
        if quantity
    ]

    assert changes == [("add_to_cart", 3), ("remove_from_cart", 2), ("remove_from_cart", 1)]


@pytest.mark.parametrize("name", ["No", None])
def test_without_a_yes_nothing_is_kept(visitor: Any, stocked: None, name: str | None) -> None:
    asked = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    if name:
        answer(visitor, name)
    visitor.go("/shop/p/P1/")
    visitor.press("Add to basket")
    visitor.page.wait_for_url("**/basket/")
    visitor.page.go_back()
    visitor.page.wait_for_timeout(2500)

    assert told() == []
    assert visitor.page.evaluate("localStorage.length") == 0
    assert not [url for url in asked if url.endswith("/capture/")]


def test_a_lost_connection_loses_nothing_and_doubles_nothing(visitor: Any, stocked: None) -> None:
    answer(visitor, "Yes")
    visitor.go("/shop/p/P1/")
    settle(visitor, [("page_view", ""), ("exit_intent", ""), ("product_view", "P1")])
    visitor.page.context.set_offline(True)
    visitor.page.evaluate(
        "document.documentElement.dispatchEvent(new MouseEvent('mouseleave', {clientY: -1}))"
    )
    assert visitor.page.evaluate(QUEUE) == 1
    visitor.page.context.set_offline(False)
    settle(visitor, [("page_view", ""), ("exit_intent", ""), ("product_view", "P1"), ("exit_intent", "P1")])


def test_an_answer_that_is_lost_on_the_way_doubles_nothing(visitor: Any, stocked: None) -> None:
    """The mall has stored the batch, but its answer does not arrive: the same ids come again, after a reload too."""
    answer(visitor, "Yes")
    settle(visitor, [("page_view", "")])
    lost = []

    def lose(route: Any) -> None:
        lost.append(route.fetch().status)
        route.abort()

    visitor.page.route("**/capture/", lose)
    visitor.page.get_by_role("link", name="Wooden train").first.click()
    visitor.page.wait_for_url("**/T1/")
    until(lambda: len(lost) >= 2, visitor)
    visitor.page.reload()
    until(lambda: len(lost) >= 3, visitor)
    assert visitor.page.evaluate(QUEUE) >= 2
    visitor.page.unroute("**/capture/")
    seen = ("product_view", "T1")
    settle(visitor, [("page_view", ""), seen, ("exit_intent", "T1"), seen])
    assert set(lost) == {200}


def test_who_rests_or_looks_away_is_noticed(visitor: Any, stocked: None) -> None:
    visitor.page.clock.install()
    answer(visitor, "Yes")
    settle(visitor, [("page_view", "")])
    visitor.page.clock.run_for(21_000)
    settle(visitor, [("page_view", ""), ("idle", "")])
    visitor.page.evaluate("""() => {
        Object.defineProperty(document, "hidden", {value: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    settle(visitor, [("page_view", ""), ("idle", ""), ("exit_intent", "")])


def test_at_most_two_hundred_events_wait(visitor: Any, stocked: None) -> None:
    answer(visitor, "Yes")
    visitor.page.context.set_offline(True)
    visitor.page.evaluate("""() => {
        const form = document.createElement("form");
        form.dataset.capture = "add_to_cart";
        form.innerHTML = '<input name="product_id" value="P1"><input name="quantity" value="1">';
        form.target = "nowhere";
        document.querySelector("main").append(form);
        for (let times = 0; times < 230; times += 1) form.dispatchEvent(new Event("submit", {bubbles: true}));
    }""")

    assert visitor.page.evaluate(QUEUE) == 200
    visitor.page.context.set_offline(False)
    until(lambda: visitor.page.evaluate(QUEUE) == 0, visitor)
    assert Event.objects.filter(kind=KINDS.index("add_to_cart")).count() == 200


@pytest.mark.parametrize("by", ["header", "script"])
def test_a_browser_that_says_no_is_heard(visitor: Any, stocked: None, by: str) -> None:
    answer(visitor, "Yes")
    until(lambda: visitor.page.evaluate(QUEUE) == 0 and told() != [], visitor)
    if by == "header":
        visitor.page.context.set_extra_http_headers({"Sec-GPC": "1"})
    else:
        visitor.page.add_init_script(
            "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
        )
    visitor.go("/shop/p/P2/")
    visitor.press("Add to basket")
    visitor.page.wait_for_url("**/basket/")
    visitor.page.wait_for_timeout(2500)

    # The page where she had said yes may still tell that it was left; nothing after it tells anything.
    assert [kind for kind, _ in told() if kind != "exit_intent"] == ["page_view"]
    assert len(told()) <= 2
    assert visitor.page.evaluate(QUEUE) == 0


def test_an_answer_can_be_read_and_changed(visitor: Any, stocked: None) -> None:
    answer(visitor, "No")
    visitor.page.get_by_role("link", name="What we remember").click()
    visitor.press("Yes")
    visitor.page.get_by_text("You said yes").wait_for()
    visitor.look("what we remember")


def test_who_withdraws_takes_back_what_was_not_sent(visitor: Any, stocked: None) -> None:
    answer(visitor, "Yes")
    settle(visitor, [("page_view", "")])
    visitor.page.route("**/capture/", lambda route: route.abort())
    visitor.follow("Shoes")
    until(lambda: visitor.page.evaluate(QUEUE) > 0, visitor)
    visitor.page.get_by_role("link", name="What we remember").click()
    visitor.press("No")
    visitor.page.get_by_text("You said no").wait_for()
    until(lambda: visitor.page.evaluate(QUEUE) == 0, visitor)  # the script has thrown away what still waited
    visitor.page.unroute("**/capture/")
    visitor.go("/shop/p/P1/")
    visitor.page.wait_for_timeout(2500)
    assert told() == [("page_view", ""), ("category_view", "")]  # the second by a beacon, before she withdrew


def test_what_waited_is_not_told_in_somebody_elses_name(
    visitor: Any, stocked: None, anna: Any, live_server: Any, door: Any
) -> None:
    Consent.objects.create(user=anna, purpose="analytics", granted=True, at=make.NOON)
    session = door(anna).cookies["sessionid"].value
    browser = visitor.page.context
    browser.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    visitor.go("/")
    settle(visitor, [("page_view", "")])
    browser.route("**/capture/", lambda route: route.abort())
    visitor.follow("Shoes")
    until(lambda: visitor.page.evaluate(QUEUE) > 0, visitor)
    visitor.go("/robots.txt")
    assert visitor.page.evaluate(QUEUE) > 0
    browser.clear_cookies()
    browser.add_cookies([{"name": "consent", "value": "yes", "url": live_server.url}])
    browser.unroute("**/capture/")
    visitor.go("/shop/p/P1/")
    until(lambda: visitor.page.evaluate(QUEUE) == 0, visitor)
    others = Event.objects.exclude(visit__shopper=anna.shopper)

    assert list(others.values_list("kind", "product_id")) == [(KINDS.index("product_view"), "P1")]
