"""The demo's model: trained by the ordinary job, walked by a worker in this process, then promoted."""

import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from tqdm import tqdm

from service_provider.jobs.worker import Worker
from service_provider.queries import demo, learning
from service_provider.queries import jobs as job_rows
from service_provider.queries.access import COMMAND
from service_provider.services import data_sets, jobs
from service_provider.services import learning as learning_service

FILE = "demo_transactions/demo_transactions.csv"
KIND = "train_revenue"
SEEDS = (1, 0)  # two runs, so that accuracy over runs and rolling back can be seen


class TrainingFailed(Exception):
    """The job ended without a model; the text says why."""


def ensure_model(*, now: Callable[[], datetime]) -> None:
    """A live model trained on the demo file; nothing where one is live already."""
    data_sets.register_built_in(now=now())
    if learning.find_live() is None:
        for seed in SEEDS:
            learning_service.promote(_train(seed, now), by=COMMAND, now=now())


def _train(seed: int, now: Callable[[], datetime]) -> int:
    found = demo.find_data_set(FILE)
    if found is None:
        raise TrainingFailed(f"The file datasets/{FILE} is missing.")
    args = {"data_set_id": found[0], "data_name": found[1], "seed": seed, "label_rule": None}
    try:
        job_id = jobs.start(KIND, args=args, by=COMMAND, now=now(), live_key=KIND)
    except jobs.AlreadyRunning as running:  # left by a run that was stopped: it is taken over
        if running.job_id is None:
            raise
        job_id = running.job_id
    _run(job_id, now)
    job = job_rows.find(job_id)
    if job is None or "version_id" not in job.result:
        raise TrainingFailed(
            job.failure if job and job.failure else "The training was cancelled. Start again."
        )
    version_id: int = job.result["version_id"]
    return version_id


def _run(job_id: int, now: Callable[[], datetime]) -> None:
    worker = Worker(name=f"load_demo {secrets.token_hex(4)}", now=now, clock=time.monotonic)
    with _bar(job_id):
        while (job := job_rows.find(job_id)) is not None and job.is_live:
            if not worker.run_next():  # another worker has it, or its lease has to run out first
                time.sleep(1)


@contextmanager
def _bar(job_id: int) -> Iterator[None]:
    """A progress bar fed from the job's row, where somebody looks."""
    if not sys.stderr.isatty():
        yield
        return
    ended = threading.Event()

    def draw() -> None:
        with tqdm(total=0, file=sys.stderr, leave=False) as bar:
            while not ended.wait(0.5):
                if job := job_rows.find(job_id):
                    bar.set_description_str(job.stage or "Training", refresh=False)
                    bar.total, bar.n = job.total or None, job.done
                    bar.refresh()
        connection.close()

    drawer = threading.Thread(target=draw)
    drawer.start()
    try:
        yield
    finally:
        ended.set()
        drawer.join()
