"""The page of imports: an upload becomes a job, and what became of it is told in words."""

from pathlib import Path
from typing import Any

import make
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from service_provider.adapters import file_store
from service_provider.jobs.worker import Worker
from service_provider.models import Job, RevenuePrediction, Transaction

HEADER = "Tid,customer_id,gender,age,category,quantity,price,payment_method,invoice_date,shopping_mall,Label"
GOOD = f"""{HEADER}
T1,C1,Female,28,Shoes,2,1200.34,Cash,05-08-22,Kanyon,1
T2,C2,Male,30,Toys,1,35.84,Cash,6/8/2022,Kanyon,0
"""


def upload(content: str | bytes, name: str = "march.csv", *, door: str = "transactions") -> dict[str, Any]:
    return {
        "door": door,
        "file": SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content),
    }


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def stored(tmp_path: Path) -> list[str]:
    folder = tmp_path / file_store.UPLOADS
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def work() -> None:
    assert Worker("w", now=timezone.now, clock=lambda: 0.0).run_due() == 1


def page_of(office: Any) -> str:
    return office.get(reverse("provider:imports")).content.decode()


def test_an_upload_is_imported_in_the_background(
    office: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    waiting = make.prediction(make.model_version(), tid="T1", result=0)
    response = office.post(reverse("provider:imports"), upload(GOOD))
    job = Job.objects.get()
    assert response.url == reverse("provider:job", args=[job.pk])
    assert not Transaction.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        work()
    job.refresh_from_db()
    assert (job.state, job.by_label) == ("done", "petra")
    assert job.result == {"added": 2, "known": 0, "outcomes": 1, "conflicts": 0, "rows": 2, "labelled": True}
    assert Transaction.objects.get(tid="T1").price_minor == 120034
    assert RevenuePrediction.objects.get(pk=waiting.pk).actual == 1
    assert stored(tmp_path) == []
    assert "march.csv" in page_of(office)


def test_a_second_import_tells_what_was_known_and_what_contradicts(office: Any) -> None:
    for content in (GOOD, GOOD.replace("Kanyon,1", "Kanyon,0")):
        office.post(reverse("provider:imports"), upload(content))
        work()
    assert Job.objects.latest("pk").result["conflicts"] == 1
    assert "1 with another label; the first stays" in page_of(office)


def test_a_bad_row_fails_the_whole_import_with_its_place(office: Any, tmp_path: Path) -> None:
    office.post(reverse("provider:imports"), upload(GOOD.replace("Male,30", "Male,old")))
    work()
    job = Job.objects.get()
    assert job.state == "failed"
    assert "Nothing was imported." in job.failure
    assert "march.csv, row 3, column age: found 'old', expected a whole number from 0 to 120." in job.failure
    assert not Transaction.objects.exists()
    assert "row 3, column age" in page_of(office)
    office.post(reverse("provider:imports"), upload(GOOD))
    assert len(stored(tmp_path)) == 2
    work()
    assert Job.objects.get(pk=job.pk).args["stored_name"] not in stored(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("march.csv", b"", "march.csv is empty"),
        ("march.xls", b"\xd0\xcf\x11\xe0", "neither .csv nor .csv.gz nor .csv.xz nor .xlsx"),
        ("march.csv", b"PK\x03\x04zip", "a zip archive named as something else"),
        ("march.csv", b"a\x00b", "binary data"),
        ("march.xlsx", b"Tid,x", "is no workbook"),
    ],
)
def test_a_refused_upload_says_why_and_stores_nothing(
    office: Any, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    response = office.post(reverse("provider:imports"), upload(content, name))
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not Job.objects.exists()
    assert stored(tmp_path) == []


def test_sixty_megabytes_are_refused(office: Any, tmp_path: Path) -> None:
    response = office.post(reverse("provider:imports"), upload(GOOD.encode() + b"x" * 60 * 1024 * 1024))
    assert response.status_code == 400
    assert "at most 50 MB can be uploaded" in response.content.decode()
    assert stored(tmp_path) == []


def test_no_file_at_all(office: Any) -> None:
    response = office.post(reverse("provider:imports"), {"door": "events"})
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()


def test_one_import_at_a_time(office: Any, tmp_path: Path) -> None:
    office.post(reverse("provider:imports"), upload(GOOD))
    response = office.post(reverse("provider:imports"), upload(GOOD))
    assert "Another import is under way" in response.content.decode()
    assert len(stored(tmp_path)) == 1
    work()


def test_a_file_gone_from_the_disk(office: Any, tmp_path: Path) -> None:
    office.post(reverse("provider:imports"), upload(GOOD))
    file_store.delete_upload(stored(tmp_path)[0])
    work()
    assert Job.objects.get().failure == "The file of march.csv is gone from the disk. Upload it once more."


@pytest.mark.parametrize(("who", "status"), [("alan", 403), ("anna", 403), (None, 302), ("petra", 200)])
def test_only_the_provider_imports(request: Any, db: None, door: Any, who: str | None, status: int) -> None:
    browser = door(request.getfixturevalue(who) if who else None)
    assert browser.get(reverse("provider:imports")).status_code == status
    browser.post(reverse("provider:imports"), upload(GOOD))
    assert Job.objects.exists() == (status == 200)


def test_the_empty_page_teaches(office: Any) -> None:
    assert "Nothing has been imported yet" in page_of(office)


def test_sixty_imports_take_as_many_queries_as_ten(office: Any) -> None:
    counts = []
    for known, wanted in ((0, 10), (10, 60)):
        for _ in range(known, wanted):
            make.job("import_transactions", args={"name": "a.csv"}, state="failed", failure="No.")
        with CaptureQueriesContext(connection) as queries:
            page_of(office)
        counts.append(len(queries))
    assert counts[0] == counts[1]
