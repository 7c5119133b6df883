"""The training pages: bring data, look at them, add to them, start."""

from pathlib import Path
from typing import Any

import make
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from make import NOON

from service_provider.adapters import file_store
from service_provider.models import DataSet, Job, LabelledTransaction
from service_provider.queries.access import COMMAND
from service_provider.services import data_sets

pytestmark = pytest.mark.django_db
COLUMNS = (
    "Tid,coupon_no,customer_id,gender,age,category,quantity,price,payment_method,invoice_date,shopping_mall"
)
ROW = "T1,,C1,Female,28,Clothing,5,1500.40,Cash,05-08-22,Kanyon"
LABELLED = f"{COLUMNS},Label\n{ROW},1\n"
ENTRY = {
    "Tid": "T9", "coupon_no": "", "customer_id": "", "gender": "Female", "age": "28", "category": "Clothing",
    "quantity": "5", "price": "10.50", "payment_method": "Cash", "invoice_date": "2026-05-19",
    "shopping_mall": "Kanyon", "Label": "1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def stored(content: str = LABELLED) -> DataSet:
    data_set_id = data_sets.add_upload("sales", [content.encode()], ".csv", by=COMMAND, now=NOON)
    return DataSet.objects.get(pk=data_set_id)


def upload(client: Any, content: bytes, name: str = "sales.csv") -> Any:
    return client.post(reverse("provider:data-set-upload"), {"file": SimpleUploadedFile(name, content)})


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


# ---- looking ----------------------------------------------------------------------------------------


def test_an_empty_site_teaches(office: Any) -> None:
    page = text(office.get(reverse("provider:training")))
    assert "No data yet" in page
    assert "Use the built-in data sets" in page
    office.post(reverse("provider:data-set-built-in"))
    assert "demo_transactions" in text(office.get(reverse("provider:training")))


def test_the_analyst_looks_and_is_offered_nothing_else(alan: Any, door: Any) -> None:
    data_set, analyst = stored(), door(alan)
    listed = text(analyst.get(reverse("provider:training")))
    shown = text(analyst.get(reverse("provider:data-set", args=[data_set.pk])))
    assert "sales" in listed
    assert "Kanyon" in shown
    for page in (listed, shown):
        assert "<form" not in page.split('id="main"')[1]
        assert "Start the training" not in page


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("data-set-upload", False),
        ("data-set-built-in", False),
        ("training-start", True),
        ("data-set-delete", True),
        ("entry-add", True),
    ],
)
def test_the_analyst_changes_nothing(alan: Any, door: Any, petra: Any, name: str, arguments: bool) -> None:
    data_set = stored()
    path = reverse(f"provider:{name}", args=[data_set.pk] if arguments else [])
    assert door(alan).post(path, ENTRY | {"seed": 0}).status_code == 403
    assert (DataSet.objects.count(), Job.objects.count(), LabelledTransaction.objects.count()) == (1, 0, 0)
    assert door(petra).post(path, ENTRY | {"seed": 0}).status_code in (302, 400)


def test_a_data_set_that_is_not_there(office: Any) -> None:
    assert office.get(reverse("provider:data-set", args=[99])).status_code == 404


# ---- bringing ---------------------------------------------------------------------------------------


def test_upload_and_look_at_it(office: Any) -> None:
    answer = upload(office, LABELLED.encode())
    data_set = DataSet.objects.get()
    assert answer.url == reverse("provider:data-set", args=[data_set.pk])
    assert (data_set.name, data_set.rows) == ("sales", 1)
    page = text(office.get(answer.url))
    assert "✓ invoice_date" in page
    assert "Start the training" in page
    assert "Label rule" not in page


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "sales.csv", "is empty"),
        (b"PK\x03\x04" + b"0" * 99, "sales.csv", " zip"),
        (LABELLED.encode(), "sales.pdf", "neither .csv nor .xlsx"),
    ],
)
def test_a_file_that_is_refused(office: Any, content: bytes, name: str, reason: str) -> None:
    answer = upload(office, content, name)
    page = text(answer)
    assert answer.status_code == 400
    assert reason in page
    assert "Past runs" in page  # the person is still on the page
    assert not DataSet.objects.exists()


def test_an_upload_of_sixty_megabytes(office: Any, tmp_path: Path) -> None:
    answer = upload(office, LABELLED.encode() + b"x" * (60 * 1024 * 1024))
    assert answer.status_code == 400
    assert "at most 50 MB" in text(answer)
    assert not list(tmp_path.glob("uploads/*"))


def test_no_file_at_all(office: Any) -> None:
    answer = office.post(reverse("provider:data-set-upload"))
    assert (answer.status_code, "Choose a file first." in text(answer)) == (400, True)


def test_faults_are_named_and_the_training_is_not_offered(office: Any) -> None:
    data_set = stored(f"{COLUMNS},Label\n{ROW.replace('Female', 'Robot')},1\n")
    page = text(office.get(reverse("provider:data-set", args=[data_set.pk])))
    assert "sales.csv, row 2, column gender: found &#x27;Robot&#x27;" in page
    assert "Start the training" not in page


def test_delete_asks_first(office: Any) -> None:
    data_set = stored()
    path = reverse("provider:data-set-delete", args=[data_set.pk])
    assert "cannot be undone" in text(office.get(path))
    assert DataSet.objects.exists()
    office.post(path)
    assert not DataSet.objects.exists()


def test_delete_refused(office: Any) -> None:
    data_set = make.data_set(origin="built_in")
    answer = office.post(reverse("provider:data-set-delete", args=[data_set.pk]))
    assert (answer.status_code, "comes with the application" in text(answer)) == (409, True)


# ---- adding -----------------------------------------------------------------------------------------


def test_add_a_labelled_transaction(office: Any) -> None:
    data_set = stored()
    path = reverse("provider:entry-add", args=[data_set.pk])
    assert '<option value="Clothing">' in text(office.get(path))  # learnt from the data
    assert office.post(path, ENTRY).status_code == 302
    entry = LabelledTransaction.objects.get()
    assert (entry.tid, entry.price_minor, entry.label, entry.by.username) == ("T9", 1050, 1, "petra")
    assert "T9" in text(office.get(reverse("provider:data-set", args=[data_set.pk])))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("price", "ten", "an amount of 0 or more"),
        ("quantity", "-1", "a whole number from 1"),
        ("invoice_date", "2026-02-30", "a date that exists"),
        ("gender", "Robot", "not one of the available choices"),
        ("Label", "2", "not one of the available choices"),
        ("Tid", "", "required"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_the_rest_stays(
    office: Any, field: str, value: str, reason: str
) -> None:
    path = reverse("provider:entry-add", args=[stored().pk])
    answer = office.post(path, ENTRY | {field: value})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert reason in answer.context["form"].errors[field][0]
    assert 'value="Kanyon"' in text(answer)
    assert not LabelledTransaction.objects.exists()


def test_the_same_tid_twice(office: Any) -> None:
    path = reverse("provider:entry-add", args=[stored().pk])
    office.post(path, ENTRY)
    answer = office.post(path, ENTRY)
    assert answer.status_code == 400
    assert "already" in answer.context["form"].errors["Tid"][0]


# ---- starting ---------------------------------------------------------------------------------------


def test_start(office: Any) -> None:
    data_set = stored()
    answer = office.post(reverse("provider:training-start", args=[data_set.pk]), {"seed": 3})
    job = Job.objects.get()
    assert answer.url == reverse("provider:job", args=[job.pk])
    assert job.args == {"data_set_id": data_set.pk, "data_name": "sales", "seed": 3, "label_rule": None}
    assert (job.kind, job.live_key, job.by_label) == ("train_revenue", "train_revenue", "petra")
    assert "Training of the revenue type" in text(office.get(reverse("provider:training")))


def test_two_at_once(office: Any) -> None:
    data_set = stored()
    running = make.job(live_key="train_revenue", state="running")
    answer = office.post(reverse("provider:training-start", args=[data_set.pk]), {"seed": 3})
    assert answer.status_code == 409
    assert "under way already" in text(answer)
    assert reverse("provider:job", args=[running.pk]) in text(answer)
    assert Job.objects.count() == 1


def test_without_labels_a_rule_is_asked_for(office: Any) -> None:
    data_set = stored(f"{COLUMNS}\n{ROW}\n")
    start = reverse("provider:training-start", args=[data_set.pk])
    assert "Label rule" in text(office.get(reverse("provider:data-set", args=[data_set.pk])))
    assert office.post(start, {"seed": 0}).status_code == 400
    assert not Job.objects.exists()
    office.post(start, {"seed": 0, "label_rule": "price_above_median"})
    assert Job.objects.get().args["label_rule"] == "price_above_median"


@pytest.mark.parametrize("seed", ["-1", "x", "", str(2**31)])
def test_a_seed_that_is_none(office: Any, seed: str) -> None:
    answer = office.post(reverse("provider:training-start", args=[stored().pk]), {"seed": seed})
    assert answer.status_code == 400
    assert "seed" in answer.context["form"].errors
    assert not Job.objects.exists()


def test_past_runs_are_paged_in_the_same_number_of_queries(office: Any) -> None:
    counts = []
    for number in (10, 50):
        for _ in range(number):
            make.job(state="failed", failure="It could not be.", args={"data_name": "sales"})
            make.data_set()
        with CaptureQueriesContext(connection) as queries:
            page = text(office.get(reverse("provider:training")))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "1 to 10 of 60" in page
    assert "1 to 25 of 60" in page
    assert "11 to 20 of 60" in text(office.get(reverse("provider:training"), {"page": 2}))


def test_stored_names_are_never_guessable(office: Any) -> None:
    upload(office, LABELLED.encode(), "../../secret_key.csv")
    assert file_store.upload_path(DataSet.objects.get().stored_name).exists()
