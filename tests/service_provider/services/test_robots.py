"""Robots are marked on their visit and count in no figure."""

import pytest
from shop_events import HOUR, NOW, SECOND, clicks, record

from service_provider.models import Visit
from service_provider.queries import mall, mall_history
from service_provider.services import robots

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari/604.1"


@pytest.mark.parametrize("agent", [FIREFOX, PHONE])
def test_a_browser_is_no_robot(agent: str) -> None:
    assert not robots.is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        " ",
        "Googlebot/2.1 (+http://www.google.com/bot.html)",
        "curl/8.5.0",
        "python-requests/2.32",
        "HeadlessChrome/126",
    ],
)
def test_a_robot_says_so_or_says_nothing(agent: str) -> None:
    assert robots.is_robot(agent)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("count", "every", "is_bot"),
    [(39, 100, False), (40, 100, True), (40, 500, False), (59, 600, False), (60, 600, True)],
)
def test_who_is_too_quick_or_never_dwells_is_marked(count: int, every: int, is_bot: bool) -> None:
    record(*clicks(count, every=every))

    assert Visit.objects.get().is_bot is is_bot


@pytest.mark.django_db
def test_a_person_dwells_now_and_then() -> None:
    record(*clicks(40, every=600, until=NOW - 60 * SECOND), *clicks(40, start=40, every=600))

    assert not Visit.objects.get().is_bot


@pytest.mark.django_db
def test_once_marked_a_visit_stays_marked() -> None:
    record(*clicks(2), is_robot=True)
    record(*clicks(2, start=2))

    assert Visit.objects.get().is_bot


@pytest.mark.django_db
def test_who_follows_the_hidden_link_is_marked_on_the_newest_visit() -> None:
    record(*clicks(1), who="S1")
    record(*clicks(1, start=1, until=NOW + HOUR), who="S1", now_ms=NOW + HOUR)

    assert robots.mark("S1")
    assert list(Visit.objects.order_by("pk").values_list("is_bot", flat=True)) == [False, True]
    assert not robots.mark("nobody")


@pytest.mark.django_db
def test_robots_are_counted_apart() -> None:
    record(*clicks(3), who="S1")
    record(*clicks(2, start=10), who="S2", is_robot=True)
    past = mall_history.get(mall.get_settings())

    assert (past.visits, past.events, past.robots) == (1, 3, 1)
