"""Every page that somebody may open, in a real browser: no fault, no sideways scroll, accessible."""

from typing import Any

import pytest
import walk
from django.conf import settings

pytestmark = pytest.mark.django_db(transaction=True)
LEAVE = ("account_logout", "provider:logout")  # opened last by the other journeys: they end the visit


def pages(client: Any, values: dict[str, Any]) -> list[str]:
    """The paths that answer this person with a page."""
    found = []
    for one in walk.doors():
        if one.name in LEAVE or one.name.startswith("admin:") or not set(one.arguments) <= set(values):
            continue
        path = one.path(values)
        answer = client.get(path)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            found.append(path)
    return found


@pytest.mark.parametrize("who", ["nobody", "anna", "petra"])
def test_every_page_is_sound(
    who: str, visitor: Any, door: Any, anna: Any, petra: Any, live_server: Any
) -> None:
    values = walk.furnish(anna, petra) | {"token": "x", "uidb36": "1"}
    client = door({"nobody": None, "anna": anna, "petra": petra}[who])
    open_to_her = pages(client, values)
    if who != "nobody":
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
        visitor.page.context.add_cookies([cookie])
    for path in open_to_her:
        visitor.go(path)
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.page.locator("h1").count() == 1, path
        visitor.look(f"{who}{path}")
    assert len(open_to_her) >= {"nobody": 7, "anna": 14, "petra": 30}[who], open_to_her
