"""Downloads through the door: who may, what comes, and when a job makes the file."""

import csv
import io
import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import make
import pytest
import xlrd
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from service_provider.adapters import file_store
from service_provider.jobs.worker import Worker
from service_provider.models import AuditEntry, Job
from service_provider.queries import mall
from service_provider.services import downloads


def url(what: str = "predictions", file_format: str = "csv", **params: str) -> str:
    return reverse("provider:download", args=[what, file_format]) + (
        f"?{urlencode(params)}" if params else ""
    )


def body(response: Any) -> bytes:
    return response.getvalue()


def work() -> None:
    assert Worker("w", now=timezone.now, clock=lambda: 0.0).run_due() == 1


@pytest.fixture
def made(db: None) -> None:
    version = make.model_version()
    for number in range(3):
        make.prediction(version, tid=f"T{number}", category="Shoes" if number else "=Toys", result=number % 2)


@pytest.fixture
def large(made: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "AT_ONCE", 2)


def test_csv_comes_as_an_attachment(made: None, alan: Any, door: Any) -> None:
    response = door(alan).get(url())
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = response["Content-Disposition"]
    assert name.startswith('attachment; filename="predictions-')
    assert name.endswith('.csv"')
    assert response.streaming
    rows = list(csv.DictReader(io.StringIO(body(response).decode("utf-8-sig"))))
    assert [row["Tid"] for row in rows] == ["T2", "T1", "T0"]
    assert rows[2]["category"] == "'=Toys"


def test_xlsx_opens(made: None, alan: Any, door: Any) -> None:
    response = door(alan).get(url(file_format="xlsx"))
    assert response["Content-Disposition"].endswith('.xlsx"')
    assert "spreadsheetml" in response["Content-Type"]
    sheet = load_workbook(io.BytesIO(body(response))).worksheets[0]
    assert sheet.max_row == 4
    assert {cell.value: cell.data_type for cell in sheet["I"]}["=Toys"] == "s"


def test_xls_opens(made: None, alan: Any, door: Any) -> None:
    response = door(alan).get(url(file_format="xls"))
    assert response["Content-Type"] == "application/vnd.ms-excel"
    assert xlrd.open_workbook(file_contents=body(response)).sheet_by_index(0).nrows == 4


def test_the_filter_of_the_screen_is_kept(made: None, alan: Any, door: Any) -> None:
    response = door(alan).get(url(result="1", page="7"))
    assert body(response).count(b"\n") == 2
    assert AuditEntry.objects.get(verb="download").detail["filter"] == {"result": "1"}


def test_every_download_is_audited(made: None, alan: Any, door: Any) -> None:
    door(alan).get(url(file_format="xls"))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.actor_label) == ("download", "predictions", "alan")
    assert entry.detail == {"format": "xls", "rows": 3, "filter": {}}


@pytest.mark.parametrize(
    ("who", "what", "status"),
    [
        ("petra", "predictions", 200), ("petra", "shoppers", 200), ("petra", "accuracies", 200),
        ("alan", "predictions", 200), ("alan", "shoppers", 403), ("alan", "accuracies", 200),
        ("anna", "predictions", 403), ("anna", "shoppers", 403), ("nobody", "predictions", 302),
        ("petra", "secrets", 404), ("alan", "secrets", 404),
    ],
)  # fmt: skip
def test_who_may_download_what(request: Any, db: None, door: Any, who: str, what: str, status: int) -> None:
    user = None if who == "nobody" else request.getfixturevalue(who)
    response = door(user).get(url(what))
    assert response.status_code == status
    assert AuditEntry.objects.filter(verb="download").exists() == (status == 200)


def test_an_unknown_format(petra: Any, door: Any) -> None:
    assert door(petra).get(url(file_format="pdf")).status_code == 404


def test_nothing_changes_on_post(petra: Any, door: Any) -> None:
    assert door(petra).post(url()).status_code == 405


@pytest.mark.parametrize("file_format", ["xls", "xlsx", "csv"])
def test_a_large_download_is_made_by_a_job_and_fetched_by_who_asked(
    large: None, alan: Any, door: Any, file_format: str
) -> None:
    browser = door(alan)
    response = browser.get(url(file_format=file_format))
    job = Job.objects.get()
    assert response.url == reverse("provider:job", args=[job.pk])
    early = browser.get(reverse("provider:download-file", args=[job.pk]), follow=True)
    assert "not there yet" in early.content.decode()
    work()
    job.refresh_from_db()
    assert (job.state, job.failure) == ("done", "")
    assert job.result["download"] == job.pk
    assert job.result["rows"] == 3
    fetched = browser.get(reverse("provider:download-file", args=[job.pk]))
    name = f"predictions-{mall.get_settings().local(timezone.now()):%Y-%m-%d}.{file_format}"
    assert fetched["Content-Disposition"] == f'attachment; filename="{name}"'
    assert len(body(fetched)) > 100
    assert AuditEntry.objects.get(verb="download").detail == {
        "format": file_format, "rows": 3, "filter": {}, "job": job.pk,
    }  # fmt: skip


def test_the_job_keeps_the_filter(large: None, alan: Any, door: Any) -> None:
    make.prediction(make.model_version(9), category="Shoes")
    door(alan).get(url(category="Shoes"))
    work()
    assert Job.objects.get().result["rows"] == 3


def test_asking_again_meanwhile_leads_to_the_same_job(large: None, alan: Any, petra: Any, door: Any) -> None:
    first, again = door(alan).get(url()), door(alan).get(url())
    assert first.url == again.url
    assert door(alan).get(url(file_format="xls")).url != first.url
    assert door(petra).get(url()).url != first.url
    assert Job.objects.count() == 3


def test_the_file_is_out_of_reach_for_others(
    large: None, alan: Any, petra: Any, anna: Any, door: Any
) -> None:
    door(alan).get(url())
    work()
    job = Job.objects.get()
    file_url = reverse("provider:download-file", args=[job.pk])
    carla = make.user("carla", role="analyst")
    statuses = [door(user).get(file_url).status_code for user in (alan, petra, carla, anna, None)]
    assert statuses == [200, 200, 403, 403, 302]


def test_a_file_with_people_is_out_of_reach_for_an_analyst_even_if_she_started_it(
    large: None, alan: Any, door: Any
) -> None:
    args = {"what": "shoppers", "file_format": "csv", "params": {}}
    job = make.job("export", args=args, state="done", by_id=alan.pk, result={"stored_name": "x", "rows": 1})
    assert door(alan).get(reverse("provider:download-file", args=[job.pk])).status_code == 403


def test_another_kind_of_job_has_no_file(petra: Any, door: Any) -> None:
    assert door(petra).get(reverse("provider:download-file", args=[make.job().pk])).status_code == 404
    assert door(petra).get(reverse("provider:download-file", args=[999])).status_code == 404


def test_an_old_file_is_cleared_away_by_the_next_export_and_says_so(
    large: None, alan: Any, door: Any
) -> None:
    browser = door(alan)
    browser.get(url())
    work()
    job = Job.objects.get()
    path = file_store.path_of(file_store.EXPORTS, job.result["stored_name"])
    week_ago = (timezone.now() - timedelta(days=7, seconds=1)).timestamp()
    os.utime(path, (week_ago, week_ago))
    browser.get(url(file_format="xls"))
    work()
    assert not path.exists()
    gone = browser.get(reverse("provider:download-file", args=[job.pk]), follow=True)
    assert "cleared away after seven days" in gone.content.decode()


def test_the_links_keep_the_filter(made: None, alan: Any, door: Any) -> None:
    page = door(alan).get(reverse("provider:predictions") + "?result=1&category=Shoes").content.decode()
    for file_format in ("xls", "xlsx", "csv"):
        assert f'href="{url("predictions", file_format)}?result=1&amp;category=Shoes"' in page
