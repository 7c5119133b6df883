"""Each door says what it takes, gives an example that it takes, and tells in words what became of a file."""

import csv
import gzip
import io
import lzma
from pathlib import Path
from typing import Any

import make
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from service_provider.dashboard import import_doors
from service_provider.dashboard.import_doors import DOORS, Door
from service_provider.jobs.worker import Worker
from service_provider.models import Event, Job, Mall, Product, Transaction

every_door = pytest.mark.parametrize("one", DOORS, ids=lambda one: one.name)
STORED = {"transactions": (Transaction, 3), "events": (Event, 4), "catalogue": (Product, 3)}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def example(office: Any, name: str) -> str:
    return office.get(reverse("provider:import-example", args=[name])).content.decode()


def bring(office: Any, name: str, content: str | bytes, file: str = "mine.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    sent = {"door": name, "file": SimpleUploadedFile(file, data)}
    return office.post(reverse("provider:imports"), sent)


def work() -> Job:
    assert Worker("w", now=timezone.now, clock=lambda: 0.0).run_due() == 1
    return Job.objects.latest("pk")


@every_door
def test_the_page_says_what_a_file_must_hold(office: Any, one: Door) -> None:
    page = office.get(reverse("provider:imports")).content.decode()
    card = page[page.index(f'id="{one.name}"') :].partition("</section>")[0]
    for field in one.fields:
        assert f">{field.name}</th>" in card
    assert reverse("provider:import-example", args=[one.name]) in card
    assert f'accept="{one.accept}"' in card


@every_door
def test_an_example_comes_in_through_its_door(office: Any, one: Door) -> None:
    answer = bring(office, one.name, example(office, one.name))
    assert answer.status_code == 302
    job = work()
    assert (job.kind, job.state, job.failure) == (one.kind, "done", "")
    model, count = STORED[one.name]
    assert model.objects.count() == count
    page = office.get(reverse("provider:imports")).content.decode()
    assert f"{count} new" in page
    assert f"{count} new" in office.get(answer.url).content.decode()


@every_door
@pytest.mark.parametrize(("pack", "suffix"), [(gzip.compress, "gz"), (lzma.compress, "xz")], ids=["gz", "xz"])
def test_a_packed_file_comes_in_and_a_cut_one_is_named(
    office: Any, one: Door, pack: Any, suffix: str
) -> None:
    packed, name = pack(example(office, one.name).encode()), f"mine.csv.{suffix}"
    bring(office, one.name, packed[:-12], name)
    cut = work()
    assert cut.state == "failed"
    assert f"{name}: found a damaged archive" in cut.failure
    model, count = STORED[one.name]
    assert not model.objects.exists()
    bring(office, one.name, packed, name)
    assert work().state == "done"
    assert model.objects.count() == count


@every_door
def test_an_example_again_adds_nothing(office: Any, one: Door) -> None:
    for _ in range(2):
        bring(office, one.name, example(office, one.name))
        assert work().state == "done"
    model, count = STORED[one.name]
    assert model.objects.count() == count


@pytest.mark.parametrize(("currency", "price"), [("EUR", "89.90"), ("JPY", "90"), ("KWD", "89.900")])
def test_examples_are_in_the_malls_currency(office: Any, currency: str, price: str) -> None:
    Mall.objects.create(pk=1, currency=currency)
    rows = list(csv.DictReader(io.StringIO(example(office, "catalogue"))))
    assert rows[0]["price"] == price
    bring(office, "catalogue", example(office, "catalogue"))
    assert work().state == "done"


def test_a_downloaded_catalogue_comes_in_again_as_it_is(office: Any) -> None:
    make.product("P1")
    make.product("P2", title="Boot, high", mall="", margin_bp=4255, stock=0, is_active=False)
    answer = office.get(reverse("provider:download", args=["catalogue", "csv"]))
    downloaded = b"".join(answer.streaming_content).decode()
    bring(office, "catalogue", downloaded)
    result = work().result
    assert (result["known"], result["added"], result["changed"]) == (2, 0, 0)
    bring(office, "catalogue", downloaded.replace("0.4255", "0.4"))
    assert work().result["changed"] == 1
    assert Product.objects.get(product_id="P2").margin_bp == 4000


def test_who_edits_while_an_import_changes_the_product_is_told(office: Any) -> None:
    shoe = make.product("P1")
    path = reverse("provider:product-edit", args=[shoe.pk])
    form = office.get(path).context["form"]
    typed = {name: form[name].value() for name in form.fields} | {"title": "My title"}
    bring(office, "catalogue", example(office, "catalogue").replace("12", "7"))
    work()
    answer = office.post(path, typed)
    assert answer.status_code == 409
    assert "An import changed this product" in answer.content.decode()
    assert Product.objects.get(pk=shoe.pk).stock == 7


def test_an_example_is_a_file_of_its_own_name(office: Any) -> None:
    answer = office.get(reverse("provider:import-example", args=["events"]))
    assert answer["Content-Disposition"] == 'attachment; filename="events-example.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("name", ["", "orders"])
def test_no_such_door(office: Any, name: str) -> None:
    assert bring(office, name, "a,b\n1,2\n").status_code == 404
    assert office.get(reverse("provider:import-example", args=["orders"])).status_code == 404
    assert not Job.objects.exists()


@every_door
def test_a_refusal_stands_at_its_own_door(office: Any, one: Door) -> None:
    answer = bring(office, one.name, "%PDF", "march.pdf")
    assert answer.status_code == 400
    page = answer.content.decode()
    card = page[page.index(f'id="{one.name}"') :].partition("</section>")[0]
    assert "march.pdf" in card
    assert page.count("march.pdf") == 1


def told(kind: str, **result: Any) -> tuple[str, ...]:
    from service_provider.queries import jobs

    row = jobs.find(make.job(kind, state="done", result=result).pk)
    assert row is not None
    return import_doors.told(row)


def test_results_are_told_in_words(db: None) -> None:
    assert told("import_events", added=1, known=2000, unpriced=0, unknown_kinds={"swipe": 3}) == (
        "1 new event",
        "2,000 known already",
        "of unknown kinds, left out: swipe (3)",
    )
    assert told("import_events", added=0, unknown_kinds={}, unknown_columns=["brand", "colour"]) == (
        "columns that are not used: brand, colour",
    )
    assert told("import_transactions", added=0) == ("nothing new",)
    assert told("train_revenue", version_id=1) == ()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("import_events", "What was stored before that stays"),
        ("import_catalogue", "Nothing was changed"),
        ("import_transactions", "Nothing was changed"),
    ],
)
@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_a_stopped_import_says_what_stays(office: Any, kind: str, words: str, state: str) -> None:
    job = make.job(kind, state=state, args={"name": "march.csv"})
    assert words in office.get(reverse("provider:job", args=[job.pk])).content.decode()


def test_a_refused_file_of_events_leaves_nothing(office: Any) -> None:
    bring(office, "events", example(office, "events").replace("Z,", ","))
    job = work()
    assert job.state == "failed"
    page = office.get(reverse("provider:job", args=[job.pk])).content.decode()
    assert "column occurred_at" in page
    assert "Nothing was changed." in page
    assert not Event.objects.exists()


def test_events_come_in_as_parquet_too(office: Any, tmp_path: Path) -> None:
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    (tmp_path / "events.csv").write_text(example(office, "events"))
    parquet.write_table(arrow_csv.read_csv(tmp_path / "events.csv"), tmp_path / "events.parquet")
    content = (tmp_path / "events.parquet").read_bytes()
    sent = {"door": "events", "file": SimpleUploadedFile("events.parquet", content)}
    office.post(reverse("provider:imports"), sent)
    assert work().state == "done"
    bring(office, "events", example(office, "events"))
    assert work().result["known"] == Event.objects.count() == 4
