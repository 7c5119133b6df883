"""Petra watches the live mall: it moves by itself, says when the site is away, and rests while nobody looks."""

import time
from typing import Any

import make
import pytest
from shop_events import record, sent

pytestmark = pytest.mark.django_db(transaction=True)
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def arrive(who: str, *kinds: str) -> None:
    now_ms = int(time.time() * 1000)
    record(*(sent(f"{who}-{n}", kind, at=now_ms) for n, kind in enumerate(kinds)), who=who, now_ms=now_ms)


def figure(visitor: Any, key: str) -> Any:
    return visitor.page.locator(f"[data-part={key}] .stat")


def badge(visitor: Any) -> Any:
    return visitor.page.locator("[data-live-state]")


@pytest.fixture
def petra_watches(visitor: Any, petra: Any) -> Any:
    visitor.go("/provider/login/")
    visitor.fill(login="petra", password=make.PASSWORD)
    visitor.press("Log in")
    visitor.page.wait_for_url("**/provider/")
    return visitor


def shows(visitor: Any, key: str, text: str) -> None:
    figure(visitor, key).filter(has_text=text).wait_for()


def says(visitor: Any, text: str) -> None:
    badge(visitor).filter(has_text=text).wait_for()


def test_the_live_mall_moves_by_itself(petra_watches: Any) -> None:
    visitor = petra_watches
    shows(visitor, "visits", "0")
    visitor.look("live mall, empty")
    arrive("anna", "page_view", "product_view")
    shows(visitor, "visits", "1")  # the page was not loaded again
    funnel = visitor.page.locator("[data-part=funnel]")
    funnel.get_by_text("The same data as a table").click()
    arrive("bea", "page_view")
    shows(visitor, "visits", "2")
    assert funnel.locator("tbody tr").first.inner_text().split() == ["Visits", "2"]
    drawn = "canvas => Chart.getChart(canvas).data.datasets[0].data.slice(0, 2)"
    assert funnel.locator("canvas").evaluate(drawn) == [2, 1]
    visitor.look("live mall")


def test_it_says_when_the_site_is_away(petra_watches: Any) -> None:
    visitor = petra_watches
    says(visitor, "live")
    visitor.page.route("**/provider/live/", lambda route: route.abort())
    says(visitor, "not connected")
    assert visitor.page.locator("[data-live-said]").inner_text() == "not connected"
    visitor.faults.clear()  # the browser logs what could not be loaded
    visitor.page.unroute("**/provider/live/")
    arrive("anna", "page_view")
    shows(visitor, "visits", "1")
    says(visitor, "live")


def test_it_rests_while_nobody_looks(petra_watches: Any) -> None:
    visitor = petra_watches
    says(visitor, "live")
    visitor.page.evaluate(HIDE, True)
    says(visitor, "paused")
    visitor.page.wait_for_load_state("networkidle")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.wait_for_timeout(3_000)  # longer than it waits between two questions
    assert asked == []
    arrive("anna", "page_view")
    visitor.page.evaluate(HIDE, False)
    shows(visitor, "visits", "1")


def test_it_says_when_she_is_logged_out(petra_watches: Any) -> None:
    visitor = petra_watches
    says(visitor, "live")
    visitor.page.context.clear_cookies()
    says(visitor, "logged out")
