"""The pages of versions: figures beside the majority, promote and roll back with a question first."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import fake_model
import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from service_provider.adapters import model_store, transaction_writer
from service_provider.models import AuditEntry, ModelVersion
from service_provider.queries import learning

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path
    fake_model.serve(monkeypatch)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def whole(number: int, **fields: Any) -> ModelVersion:
    name = f"v{number}.model"
    fields.setdefault("created_at", timezone.now())
    return make.model_version(number, stored_name=name, sha256=model_store.save(name, b"fake"), **fields)


def promote(client: Any, version: ModelVersion) -> Any:
    return client.post(reverse("provider:model-promote", args=[version.pk]))


def live() -> int | None:
    found = learning.find_live()
    return found.number if found else None


def test_no_version_yet(office: Any) -> None:
    page = text(office.get(reverse("provider:models")))
    assert "No version yet" in page
    assert reverse("provider:training") in page


def test_the_list(office: Any) -> None:
    whole(1, live=True)
    whole(2, report=make.report(accuracy=0.5, better=False))
    page = text(office.get(reverse("provider:models")))
    assert "71.0 % (69.0 to 73.0 %)" in page
    assert "55.0 %" in page
    assert "no better" in page
    assert "in use" in page
    assert "Promote 2 …" in page
    assert "Promote 1 …" not in page


def test_an_old_model_is_called_stale(office: Any) -> None:
    version = whole(1, live=True)
    assert "days ago" not in text(office.get(reverse("provider:models")))
    ModelVersion.objects.filter(pk=version.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert "more than 30 days ago" in text(office.get(reverse("provider:models")))


def test_nothing_promoted_yet(office: Any) -> None:
    whole(1)
    assert "No version is in use" in text(office.get(reverse("provider:models")))


def test_sixty_versions_cost_what_ten_cost(office: Any) -> None:
    counts = []
    for numbers in (range(1, 11), range(11, 61)):
        for number in numbers:
            promote(office, whole(number))
        with CaptureQueriesContext(connection) as queries:
            office.get(reverse("provider:models"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_whole_report(office: Any) -> None:
    report = make.report()
    report["best_reachable_accuracy"] = 0.8
    report["leaks"] = [
        {"columns": ["category", "price"], "determines": "revenue", "share": 1.0, "note": "by rule"}
    ]
    report["notes"] = ["Ten rows were left out."]
    version = whole(1, report=report)
    page = text(office.get(reverse("provider:model", args=[version.pk])))
    for told in (
        "Better than always answering High.",
        "best reachable accuracy on this data is 80.0 %; the vote is 9.0 points from it",
        "category and price",
        "Ten rows were left out.",
        version.sha256,
        version.data_fingerprint,
        "Published (id only)",
        "72.0 %",  # training accuracy
        "Came true",
        reverse("provider:accuracy"),
    ):
        assert told in page, told


def test_promote_asks_first_and_then_does_it(office: Any) -> None:
    version = whole(1)
    asked = text(office.get(reverse("provider:model-promote", args=[version.pk])))
    assert "Promote version 1?" in asked
    assert live() is None
    assert promote(office, version).status_code == 302
    assert live() == 1


def test_a_damaged_version_is_refused_on_the_page(office: Any) -> None:
    promote(office, whole(1))
    second = whole(2)
    model_store.path_of(second.stored_name).write_bytes(b"fake!")
    answer = promote(office, second)
    assert answer.status_code == 409
    assert "Version 2 cannot serve" in text(answer)
    assert live() == 1


def test_roll_back(office: Any) -> None:
    promote(office, whole(1))
    path = reverse("provider:model-roll-back")
    assert "no earlier version" in text(office.get(path))
    assert office.post(path).status_code == 409
    promote(office, whole(2))
    assert "Roll back to version 1?" in text(office.get(path))
    assert office.post(path).status_code == 302
    assert live() == 1
    assert "Rolled back" in text(office.get(reverse("provider:models")))


def test_the_analyst_reads_and_promotes_nothing(alan: Any, petra: Any, door: Any) -> None:
    version, analyst = whole(1), door(alan)
    for name, arguments in (("models", []), ("model", [version.pk])):
        page = analyst.get(reverse(f"provider:{name}", args=arguments))
        assert page.status_code == 200
        assert "Promote" not in text(page).split('id="main"')[1]
    assert promote(analyst, version).status_code == 403
    assert analyst.post(reverse("provider:model-roll-back")).status_code == 403
    assert live() is None
    promote(door(petra), version)
    assert live() == 1


def test_the_labelled_data_are_downloaded_and_audited(alan: Any, anna: Any, door: Any) -> None:
    version = whole(1, labelled_name=transaction_writer.save_labelled([], minor_digits=2))
    path = reverse("provider:model-labelled", args=[version.pk])
    assert door(anna).get(path).status_code == 403
    answer = door(alan).get(path)
    assert b"Tid,coupon_no,customer_id" in b"".join(answer.streaming_content)
    assert "labelled-data-version-1.csv" in answer["Content-Disposition"]
    assert answer["Content-Type"].startswith("text/csv")
    entry = AuditEntry.objects.get(verb="download")
    assert (entry.actor_label, entry.target_id) == ("alan", str(version.pk))


@pytest.mark.parametrize("name", ["", "0" * 32 + ".csv", "../secret_key"])
def test_labelled_data_that_are_not_there(office: Any, name: str) -> None:
    version = whole(1, labelled_name=name)
    assert office.get(reverse("provider:model-labelled", args=[version.pk])).status_code == 404
    assert not AuditEntry.objects.filter(verb="download").exists()


def test_no_such_version(office: Any) -> None:
    for name in ("model", "model-promote", "model-labelled"):
        assert office.get(reverse(f"provider:{name}", args=[99])).status_code == 404
