"""What /health/ready asks: the database, its migrations, the worker's heartbeat, a Redis of events."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from service_provider.adapters.event_sink.stream import DATABASE, Stream
from service_provider.models import Worker

SILENT_AFTER = timedelta(seconds=30)


def check(*, now: datetime) -> dict[str, str]:
    """Each part with "ok" or what is wrong with it."""
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        beat_at = (
            Worker.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()
            if not missing
            else None
        )
    except DatabaseError:
        return {"database": "not reachable"}
    return {
        "database": "ok",
        "migrations": f"{len(missing)} not applied" if missing else "ok",
        "worker": "ok"
        if beat_at and now - beat_at < SILENT_AFTER
        else "no sign of life: start `manage.py run_jobs`",
    } | _events()


def _events() -> dict[str, str]:
    """The Redis that events go through, where there is one."""
    if settings.EVENT_SINK == DATABASE:
        return {}
    is_there = Stream(settings.EVENT_SINK, most=settings.EVENT_STREAM_LIMIT).is_there()
    return {"events": "ok" if is_there else "Redis does not answer"}
