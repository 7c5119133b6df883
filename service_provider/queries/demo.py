"""Whether the demo mall stands in this database, and what it is trained on."""

from service_provider.models import AuditEntry, DataSet

LOADED = "load_demo"


def is_loaded() -> bool:
    return AuditEntry.objects.filter(verb=LOADED).exists()


def find_data_set(stored_name: str) -> tuple[int, str] | None:
    """Id and name of a file that comes with the application."""
    return (
        DataSet.objects.filter(origin=DataSet.Origin.BUILT_IN, stored_name=stored_name)
        .values_list("id", "name")
        .first()
    )
