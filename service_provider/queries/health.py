"""What /health/ready asks: the database, its migrations, the worker's heartbeat."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

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
    }
