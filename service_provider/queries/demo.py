"""Whether the demo mall stands in this database, and what it is trained on."""

from service_provider.models import AuditEntry, DataSet

LOADED, REMEMBERED, SPOKEN = "load_demo", "load_demo_history", "load_demo_feedback"
SEGMENTED, LEARNT, OFFERING = "load_demo_segments", "load_demo_churn", "load_demo_campaign"
NETS = "load_demo_nets"


def is_loaded() -> bool:
    return AuditEntry.objects.filter(verb=LOADED).exists()


def has_history() -> bool:
    """Whether the demo mall's catalogue and its last three months stand here; the first release had neither."""
    return AuditEntry.objects.filter(verb=REMEMBERED).exists()


def has_feedback() -> bool:
    """Whether the demo's shoppers have said what they think; in the first releases they had not."""
    return AuditEntry.objects.filter(verb=SPOKEN).exists()


def has_segments() -> bool:
    """Whether the demo's shoppers were put into segments; in the first releases they were not."""
    return AuditEntry.objects.filter(verb=SEGMENTED).exists()


def has_churn() -> bool:
    """Whether the demo has had its first model of churn; in the first releases it had none."""
    return AuditEntry.objects.filter(verb=LEARNT).exists()


def has_nets() -> bool:
    """Whether the nets that ship stand among the demo's models of churn; in the first releases they did not."""
    return AuditEntry.objects.filter(verb=NETS).exists()


def has_campaign() -> bool:
    """Whether the demo has had its first campaign; in the first releases there were none."""
    return AuditEntry.objects.filter(verb=OFFERING).exists()


def find_data_set(stored_name: str) -> tuple[int, str] | None:
    """Id and name of a file that comes with the application."""
    return (
        DataSet.objects.filter(origin=DataSet.Origin.BUILT_IN, stored_name=stored_name)
        .values_list("id", "name")
        .first()
    )
