"""A mall that sells the demo's goods, and crowds that walk a given route through it."""

from collections.abc import Iterable
from typing import Any

import make
import pytest
from django.conf import LazySettings

from engine.simulate.mall.catalogue import catalogue
from service_provider.management.play import crowd
from service_provider.management.play.accounts import Accounts
from service_provider.management.play.crowd import Crowd, Plan
from service_provider.management.play.tally import Tally
from service_provider.management.play.walks import Walk
from service_provider.services import mall_history

KEY = "k" * 32


@pytest.fixture
def mall(settings: LazySettings, live_server: Any) -> Any:
    """The running demo."""
    settings.DEMO_CLOCK_KEY = KEY
    mall_history.stock(catalogue().products, now=make.NOON)
    return live_server


@pytest.fixture
def send(mall: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`send(walks)` lets two shoppers walk them all, very fast, and gives the count and what was said."""

    monkeypatch.setattr(crowd, "DOORS_S", 0.0)

    def walk(
        route: Iterable[Walk],
        *,
        url: str = "",
        speed: float = 500.0,
        key: str = KEY,
        accounts: Accounts | None = None,
    ) -> tuple[Tally, list[str]]:
        said: list[str] = []
        plan = Plan(url or mall.url, shoppers=2, speed=speed, seed=1, key=key, patience_s=30.0)
        some = Crowd(plan, accounts or Accounts(), tell=said.append, route=route)
        some.walk(seconds=None, look=lambda tally: None)
        return some.tally, said

    return walk
