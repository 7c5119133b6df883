from collections.abc import Iterator
from pathlib import Path

import pytest
import redis_server

from service_provider.adapters.event_sink.stream import Stream


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis_server.Server]:
    with redis_server.running(Path(tmp_path_factory.mktemp("redis"))) as server:
        yield server


@pytest.fixture
def stream(redis: redis_server.Server) -> Stream:
    """An empty one."""
    stream = Stream(redis.url, most=8_000)
    stream.redis.flushall()
    return stream
