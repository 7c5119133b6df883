"""The model in memory: read once, changed at the request after a promotion, shared by threads."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import fake_model
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from service_provider.models import ModelVersion
from service_provider.queries.serving import LiveModel
from service_provider.services import serving


@pytest.fixture(autouse=True)
def _served(monkeypatch):
    fake_model.serve(monkeypatch)


def test_a_loaded_model_costs_one_small_query(db):
    fake_model.live()
    serving.get_loaded()
    with CaptureQueriesContext(connection) as seen:
        serving.get_loaded()
    assert len(seen) == 1
    assert "report" not in seen[0]["sql"]


def test_two_processes_take_a_promotion_up_at_once(db, monkeypatch):
    """Each process has a memory of its own; here they take turns in putting theirs in place."""
    memories: dict[str, object] = {"one": {}, "two": {}}

    def ask(process):
        monkeypatch.setattr(serving, "_held", memories[process])
        number = serving.get_loaded().live.number
        memories[process] = serving._held
        return number

    fake_model.live(1)
    assert (ask("one"), ask("two")) == (1, 1)
    ModelVersion.objects.update(live_kind=None)
    fake_model.live(2)
    assert (ask("one"), ask("two")) == (2, 2)


def test_a_version_made_again_under_the_same_id_is_read_again(db):
    version = fake_model.live(1)
    first = serving.get_loaded()
    version.sha256 = serving.model_store.save(version.stored_name, b"fake: always low")
    version.save()
    assert serving.get_loaded() is not first


def test_thirty_two_threads_read_the_artefact_once_and_agree(db, monkeypatch):
    version = fake_model.live()
    quality = serving.serving.get_quality(version.pk)
    live = LiveModel(version.pk, version.number, version.sha256, version.stored_name)
    reads = []

    def slow_read(name, *, sha256):
        reads.append(name)
        time.sleep(0.05)  # long enough for every thread to arrive
        return b"fake"

    monkeypatch.setattr(serving.serving, "find_live", lambda kind: live)
    monkeypatch.setattr(serving.serving, "get_quality", lambda version_id: quality)
    monkeypatch.setattr(serving.model_store, "read", slow_read)
    together = threading.Barrier(32)

    def ask(_):
        together.wait()
        return serving.get_loaded()

    with ThreadPoolExecutor(32) as threads:
        loaded = list(threads.map(ask, range(32)))
    assert reads == [version.stored_name]
    assert len(set(map(id, loaded))) == 1


def test_a_file_put_back_is_taken_up(db):
    version = fake_model.live()
    path = serving.model_store.path_of(version.stored_name)
    whole = path.read_bytes()
    path.write_bytes(b"half")
    with pytest.raises(serving.NoModel):
        serving.get_loaded()
    path.write_bytes(whole)
    assert serving.get_loaded().live.id == version.pk
