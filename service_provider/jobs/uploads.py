"""The files of imports, from upload to the end of their job."""

from pathlib import Path

from service_provider.adapters import file_store
from service_provider.jobs.kinds import JobFailed
from service_provider.queries import jobs as job_rows
from service_provider.queries.jobs import JobRow


def open_upload(job: JobRow) -> Path:
    """Where the job's file lies; the files of earlier imports of its kind that failed are cleared away first."""
    clear_leftovers(job.kind)
    path = file_store.upload_path(job.args["stored_name"])
    if not path.exists():
        raise JobFailed(f"The file of {job.args['name']} is gone from the disk. Upload it once more.")
    return path


def clear_leftovers(kind: str) -> None:
    """Removes the files of imports that failed or were cancelled; nobody reads them again."""
    for ended in job_rows.list_newest(kind=kind, limit=100):
        if not ended.is_live:
            file_store.delete_upload(ended.args["stored_name"])
