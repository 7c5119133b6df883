"""A real worker process, killed in the middle of a real training; and one that is asked to stop."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import make
import pytest
import small_mall
from django.conf import settings
from django.db import connection
from make import NOON

from engine import artefacts
from engine.churn import serve as churn_serve
from engine.revenue import serve
from engine.simulate import transactions
from service_provider.adapters import transaction_writer

pytestmark = [
    pytest.mark.django_db(transaction=True),  # a copy needs the rows committed
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="copies the test database into a file, which only SQLite can"
    ),
]
PATIENCE = 120  # seconds; a run that is this slow is stuck


class Site:
    """A site of its own in a folder: a copy of the test database, and workers as processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "mall.sqlite3"
        with closing(sqlite3.connect(self.file)) as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
        self.workers: list[subprocess.Popen[bytes]] = []

    def ask(self, sql: str) -> Any:
        with closing(sqlite3.connect(self.file, timeout=20)) as database:
            row = database.execute(sql).fetchone()
            database.commit()
            return row

    def worker(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "MALL_DEMO": "1", "MALL_VAR": str(self.folder), "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "shopping_mall.settings",
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_jobs", *arguments], cwd=settings.BASE_DIR, env=environment
        )
        self.workers.append(process)
        return process

    def until(self, sql: str) -> None:
        """Waits until the question has an answer."""
        for _ in range(PATIENCE * 20):
            if self.ask(sql):
                return
            time.sleep(0.05)
        pytest.fail(f"never: {sql}")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """With one training waiting: two hundred rows, a few seconds of work."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    stored_name = f"{'a' * 32}.csv"
    transaction_writer.write_transactions(transactions.generate(200, seed=1), folder / stored_name)
    data_set = make.data_set("sales", stored_name=stored_name)
    make.job(args={"data_set_id": data_set.pk, "seed": 0, "label_rule": None}, due_at=NOON.replace(year=2020))
    site = Site(tmp_path)
    yield site
    for process in site.workers:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_killed_training_is_taken_over_from_its_checkpoint(site: Site) -> None:
    first = site.worker()
    site.until("SELECT 1 FROM job WHERE state = 'running' AND checkpoint IS NOT NULL AND done > 2")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert site.ask("SELECT state, attempts FROM job") == ("running", 1)
    site.ask("UPDATE job SET lease_until = '2020-01-01 00:00:00'")  # thirty seconds later
    assert site.worker("--once").wait() == 0
    state, attempts, before = site.ask("SELECT state, attempts, done_before FROM job")
    assert (state, attempts) == ("done", 2)
    assert before > 2
    name, live = site.ask("SELECT stored_name, live_kind FROM model_version")
    assert live is None
    assert serve.load((site.folder / "models" / name).read_bytes()).card.choices["gender"]


def test_a_worker_asked_to_stop_gives_its_job_back(site: Site) -> None:
    worker = site.worker()
    site.until("SELECT 1 FROM job WHERE state = 'running' AND checkpoint IS NOT NULL")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE) == 0
    state, attempts, lease = site.ask("SELECT state, attempts, lease_until FROM job")
    assert (state, attempts, lease) == ("queued", 0, None)
    assert site.ask("SELECT 1 FROM job WHERE checkpoint IS NOT NULL")


@pytest.fixture
def site_of_visits(tmp_path: Path) -> Iterator[Site]:
    """With a training of the churn ladder waiting."""
    small_mall.store(small_mall.write(tmp_path / "events.csv", small_mall.crowd(32, days=40)))
    make.job("train_churn", args={"quick": True, "nets": False, "seed": 0}, due_at=NOON.replace(year=2020))
    site = Site(tmp_path)
    yield site
    for process in site.workers:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_killed_training_of_the_churn_ladder_is_taken_over(site_of_visits: Site) -> None:
    site, mine = site_of_visits, "FROM job WHERE kind = 'train_churn'"
    first = site.worker()
    site.until(f"SELECT 1 {mine} AND state = 'running' AND stage = 'Folding visits'")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert site.ask(f"SELECT state, attempts {mine}") == ("running", 1)
    assert site.ask("SELECT 1 FROM model_version") is None
    site.ask("UPDATE job SET lease_until = '2020-01-01 00:00:00' WHERE state = 'running'")
    assert site.worker("--once").wait() == 0
    assert site.ask(f"SELECT state, attempts {mine}") == ("done", 2)
    name, live = site.ask("SELECT stored_name, live_kind FROM model_version")
    assert live is None
    assert churn_serve.load((site.folder / "models" / name).read_bytes()).rung


@pytest.fixture
def site_of_nets(site_of_visits: Site) -> Site:
    """The same, and the nets are trained too."""
    pytest.importorskip("torch")
    site_of_visits.ask("""UPDATE job SET args = '{"quick": false, "nets": true, "seed": 0}'""")
    return site_of_visits


def test_a_training_that_is_killed_in_its_nets_goes_on_and_ends_as_if_unbroken(site_of_nets: Site) -> None:
    site, mine = site_of_nets, "FROM job WHERE kind = 'train_churn'"
    first = site.worker()
    site.until(f"SELECT 1 {mine} AND state = 'running' AND checkpoint IS NOT NULL")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert site.ask(f"SELECT state, attempts {mine}") == ("running", 1)
    (kept,) = site.ask(f"SELECT checkpoint {mine}")
    assert "b4" in artefacts.unpack(kept)
    site.ask("UPDATE job SET lease_until = '2020-01-01 00:00:00' WHERE state = 'running'")
    assert site.worker("--once").wait() == 0
    assert site.ask(f"SELECT state, attempts {mine}") == ("done", 2)
    broken = site.ask("SELECT sha256, report FROM model_version")

    site.ask("DELETE FROM model_version")
    site.ask(
        "UPDATE job SET state = 'queued', attempts = 0, checkpoint = NULL, done = 0 WHERE kind = 'train_churn'"
    )
    assert site.worker("--once").wait() == 0
    unbroken = site.ask("SELECT sha256, report FROM model_version")
    assert broken[0] == unbroken[0]
    assert said(broken[1]) == said(unbroken[1])


def said(report: str) -> dict[str, Any]:
    """What every rung, the nets among them, said of the test: log-losses to the last digit."""
    models = json.loads(report)["models"]
    assert {"b4", "b5", "b6", "b7"} <= models.keys()
    return {name: told["log_loss"] for name, told in models.items()}
