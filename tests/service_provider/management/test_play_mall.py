"""play_mall on a terminal: what it asks for, what it prints, and how it ends where there is no site to walk in."""

import json
from io import StringIO
from typing import Any

import make
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from flaky_road import road_to

from engine.simulate.mall.catalogue import catalogue
from service_provider.models import Event
from service_provider.services import mall_history

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _demo(settings: LazySettings) -> None:
    settings.DEMO_CLOCK_KEY = "k" * 32


def play(*options: str) -> tuple[list[str], str]:
    """What was printed, line by line, and what was said beside it."""
    out, err = StringIO(), StringIO()
    call_command("play_mall", "--json", *options, stdout=out, stderr=err)
    return out.getvalue().splitlines(), err.getvalue()


def fails(*options: str) -> CommandError:
    with pytest.raises(CommandError) as failure:
        play(*options)
    return failure.value


def test_it_walks_for_a_while_and_ends_with_its_counts(live_server: Any) -> None:
    mall_history.stock(catalogue().products, now=make.NOON)
    (sentence, line), _ = play(
        "--url", live_server.url, "--shoppers", "2", "--speed", "1000", "--seconds", "2"
    )
    done = json.loads(line)

    assert done["events"] == Event.objects.exclude(event_id__startswith="order:").count()
    assert {"visits", "events", "orders", "refused", "events_per_second", "p50_ms", "p99_ms"} <= set(done)
    assert (done["shoppers"], done["speed"], done["seed"]) == (2, 1000.0, 1)
    assert "visits" in sentence


def test_a_site_that_stays_away_is_told_once_and_ends_with_one(live_server: Any) -> None:
    with road_to(live_server.url, lambda number, path: "closed") as road:
        out, err = StringIO(), StringIO()
        with pytest.raises(CommandError, match=r"did not answer for 0\.2 seconds") as failure:
            call_command("play_mall", "--url", road, "--patience", "0.2", stdout=out, stderr=err)

    assert failure.value.returncode == 1
    assert err.getvalue().strip() == f"{road} does not answer. Trying again for 0.2 seconds."


def test_where_nobody_listens_it_ends_with_one() -> None:
    failure = fails("--url", "http://127.0.0.1:1", "--patience", "0.1")
    assert (failure.returncode, "did not answer" in str(failure)) == (1, True)


def test_a_mall_without_the_demos_goods_is_told_how_to_get_them(live_server: Any) -> None:
    failure = fails("--url", live_server.url)
    assert failure.returncode == 1
    assert "load_demo" in str(failure)


def test_a_site_that_is_no_demo_is_left_alone(live_server: Any) -> None:
    with road_to(live_server.url, lambda number, path: "missing" if "demo" in path else "through") as road:
        failure = fails("--url", road)
    assert failure.returncode == 1
    assert "is no demo" in str(failure)
    assert not Event.objects.exists()


def test_outside_a_demo_there_are_no_simulated_shoppers(settings: LazySettings) -> None:
    settings.DEMO_CLOCK_KEY = ""
    failure = fails()
    assert failure.returncode == 2
    assert "MALL_DEMO=1" in str(failure)


@pytest.mark.parametrize(
    "options",
    [
        ("--shoppers", "0"), ("--shoppers", "501"), ("--speed", "0.5"), ("--speed", "1001"), ("--seed", "-1"),
        ("--seconds", "-1"), ("--rest", "-1"), ("--patience", "-1"), ("--speed", "nan"), ("--url", "localhost:8000"),
        ("--url", "ftp://localhost"), ("--url", "http://"),
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_two(options: tuple[str, ...]) -> None:
    assert fails(*options).returncode == 2
