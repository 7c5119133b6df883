"""The provider's browser, and a campaign that runs."""

from typing import Any

import pytest
from campaign_office import on_now

from service_provider.models import Campaign


@pytest.fixture
def office(petra: Any, door: Any) -> Any:
    return door(petra)


@pytest.fixture
def running(db: None) -> Campaign:
    return on_now()
