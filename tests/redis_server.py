"""A Redis of a test's own."""

import pytest

from scripts.own_redis import PROGRAM, Server, free_port, running

__all__ = ["Server", "free_port", "needs_redis", "running"]
needs_redis = pytest.mark.skipif(PROGRAM is None, reason="there is no redis-server on this machine")
