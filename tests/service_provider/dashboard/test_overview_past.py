"""The overview's block about what the mall has behind it."""

import re
from datetime import datetime
from typing import Any

import make
import pytest

from service_provider.adapters.event_files.columns import milliseconds
from service_provider.models import Order, Shopper, Visit


def visit(key: str, day: datetime, **fields: Any) -> Visit:
    shopper, _ = Shopper.objects.get_or_create(key="anna", defaults={"created_at": make.NOON})
    at = milliseconds(day)
    given = {"started_ms": at, "last_ms": at, "event_count": 1200}
    return Visit.objects.create(key=key, shopper=shopper, **given | fields)


def block(text: str) -> list[str]:
    """The words of the block, tag by tag."""
    inside = text.split('id="past"')[1].split("</section>")[0]
    return [word.strip() for word in re.sub("<[^>]*>", "|", f"<{inside}").split("|") if word.strip()]


def test_it_tells_from_when_to_when_and_how_much(alan: Any, door: Any) -> None:
    bought = visit("v1", make.NOON, is_buying=True)
    Order.objects.create(
        key="o", shopper=bought.shopper, visit=bought, placed_ms=bought.last_ms, total_minor=5
    )
    visit("v2", make.NOON.replace(day=3))
    visit("v3", make.NOON, is_bot=True)
    make.product()

    assert block(door(alan).get("/provider/").text) == [
        "The mall so far", "3 May 2026 to 20 May 2026", "Visits", "2", "and 1 by robots", "Events", "2,400", "Orders",
        "1", "from 1 visit", "Products", "1",
    ]  # fmt: skip


def test_a_catalogue_alone_has_no_span(alan: Any, door: Any) -> None:
    make.product()

    assert block(door(alan).get("/provider/").text) == [
        "The mall so far", "Visits", "0", "Events", "0", "Orders", "0", "Products", "1",
    ]  # fmt: skip


@pytest.mark.parametrize(("who", "links"), [("petra", 1), ("alan", 0)])
def test_an_empty_mall_says_how_to_begin(
    who: str, links: int, door: Any, request: pytest.FixtureRequest
) -> None:
    text = door(request.getfixturevalue(who)).get("/provider/").text

    assert "Import a catalogue and a file of events" in text
    assert text.count("Import events") == links
