"""The page of a job: it moves, it can be stopped, and it says how it ended."""

from datetime import timedelta
from typing import Any

import make
import pytest
from django.urls import reverse
from django.utils import timezone

from service_provider.models import Job
from service_provider.services import jobs

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def running(**fields: Any) -> Job:
    started = timezone.now() - timedelta(seconds=1000)
    given = {"state": "running", "stage": "fold 2: mlp", "done": 25, "total": 100, "started_at": started}
    return make.job(
        **given | {"lease_until": timezone.now() + timedelta(minutes=5), "leased_by": "first"} | fields
    )


def page(client: Any, job: Job) -> str:
    return text(client.get(reverse("provider:job", args=[job.pk])))


def test_a_running_job(petra: Any, door: Any) -> None:
    shown = page(door(petra), running(args={"data_name": "sales"}))
    assert "on sales" in shown
    assert "fold 2: Neural net (MLP)" in shown
    assert 'value="25"' in shown
    assert "about 50 min left" in shown
    assert "progress.js" in shown
    assert '<noscript><meta http-equiv="refresh"' in shown


def test_a_waiting_job_says_when_there_is_no_worker(petra: Any, door: Any) -> None:
    job = make.job()
    assert "No worker is running" in page(door(petra), job)
    jobs.beat("first", now=timezone.now())
    assert "No worker is running" not in page(door(petra), job)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"state": "done", "result": {"version_id": 7}}, "/provider/models/7/"),
        ({"state": "done", "kind": "export", "result": {"download": "x.csv"}}, "Download the file"),
        (
            {"state": "done", "kind": "import_transactions", "result": {"added": 12}},
            "<li>12 new</li>",
        ),
        ({"state": "failed", "failure": "sales.csv, row 3: <wrong>"}, "sales.csv, row 3: &lt;wrong&gt;"),
        ({"state": "cancelled"}, "It was cancelled"),
    ],
)
def test_how_it_ended(petra: Any, door: Any, fields: dict[str, Any], told: str) -> None:
    job = make.job(finished_at=timezone.now(), **fields)
    shown = page(door(petra), job)
    assert told in shown
    assert "progress.js" not in shown
    assert "Cancel …" not in shown


def test_the_state_as_json_and_304_when_nothing_moved(petra: Any, door: Any) -> None:
    client, job = door(petra), running()
    path = reverse("provider:job-state", args=[job.pk])
    first = client.get(path)
    assert first.json() == {
        "state": "running", "label": "Running", "stage": "fold 2: Neural net (MLP)", "percent": 25,
        "left": "about 50 min left", "live": True,
    }  # fmt: skip
    assert "no-cache" in first["Cache-Control"]
    again = client.get(path, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    Job.objects.filter(pk=job.pk).update(done=26)
    moved = client.get(path, headers={"if-none-match": first["ETag"]})
    assert (moved.status_code, moved.json()["percent"]) == (200, 26)


def test_the_state_costs_one_query_beside_the_log_in(
    petra: Any, door: Any, django_assert_num_queries: Any
) -> None:
    client, job = door(petra), running()
    with django_assert_num_queries(3):  # session, user, job
        client.get(reverse("provider:job-state", args=[job.pk]))


def test_cancel_asks_first(petra: Any, door: Any) -> None:
    client, job = door(petra), running()
    path = reverse("provider:job-cancel", args=[job.pk])
    assert "Cancel this work?" in text(client.get(path))
    job.refresh_from_db()
    assert job.cancel_asked_at is None
    client.post(path)
    job.refresh_from_db()
    assert job.cancel_asked_at is not None
    assert "Stopping" in page(client, job)


def test_cancel_what_has_ended(petra: Any, door: Any) -> None:
    job = make.job(state="done", finished_at=timezone.now())
    for method in ("get", "post"):
        answer = getattr(door(petra), method)(reverse("provider:job-cancel", args=[job.pk]), follow=True)
        assert "had ended already" in text(answer)


def test_who_may_cancel(petra: Any, alan: Any, door: Any) -> None:
    hers, his = running(by=petra), running(by=alan, kind="export")
    analyst = door(alan)
    assert "Cancel …" not in page(analyst, hers)
    assert "Cancel …" in page(analyst, his)
    answers = [analyst.post(reverse("provider:job-cancel", args=[job.pk])).status_code for job in (hers, his)]
    assert answers == [403, 302]
    hers.refresh_from_db()
    assert hers.cancel_asked_at is None


def test_a_shopper_sees_no_job(anna: Any, door: Any) -> None:
    job = running()
    for name in ("job", "job-state", "job-cancel"):
        assert door(anna).get(reverse(f"provider:{name}", args=[job.pk])).status_code == 403


def test_no_such_job(petra: Any, door: Any) -> None:
    assert door(petra).get(reverse("provider:job", args=[99])).status_code == 404
