"""What the ledger was told by a browser, for journeys: waits are for states, never for a time."""

import time
from collections.abc import Callable
from typing import Any

from engine.contracts import KINDS
from service_provider.models import Event

QUEUE = "Object.keys(localStorage).filter(key => key.startsWith('capture:')).length"
PATIENCE = 30  # seconds; what takes longer is stuck
NEVER_IDLE = """(real => {
    window.setTimeout = (what, wait, ...rest) => wait === 20000 ? 0 : real(what, wait, ...rest);
})(window.setTimeout)"""
Told = list[tuple[str, str]]


def told() -> Told:
    """Kind and product of every event, in the order of receipt."""
    rows = Event.objects.order_by("pk").values_list("kind", "product_id")
    return [(KINDS[kind], product_id) for kind, product_id in rows]


def until(is_so: Callable[[], bool], visitor: Any) -> None:
    """Lets the browser work until it is so."""
    end = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < end:
        visitor.page.wait_for_timeout(50)


def settle(visitor: Any, expected: Told) -> None:
    """Waits until nothing waits in the browser any more; then the ledger holds what was expected, once each."""
    until(lambda: visitor.page.evaluate(QUEUE) == 0 and len(told()) >= len(expected), visitor)
    assert told() == expected
    assert visitor.page.evaluate(QUEUE) == 0


def say_yes(visitor: Any) -> None:
    """She answers the question, and is taken to rest on no page, however slow the machine is."""
    visitor.page.add_init_script(NEVER_IDLE)
    visitor.go("/")
    visitor.page.get_by_role("button", name="Yes", exact=True).click()
    visitor.page.get_by_role("heading", name="May we remember").wait_for(state="detached")
