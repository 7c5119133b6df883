"""Promote and roll back: two audited verbs; whatever cannot serve changes nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import fake_model
import make
import pytest
from django.db import connection
from make import NOON

from service_provider.adapters import model_store
from service_provider.models import AuditEntry, ModelVersion, Promotion
from service_provider.queries import learning as rows
from service_provider.queries.access import Actor
from service_provider.services import learning
from service_provider.services.learning import CannotPromote

pytestmark = pytest.mark.django_db
PETRA = Actor(label="petra", role="provider")


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path
    fake_model.serve(monkeypatch)


def version(number: int, **fields: Any) -> ModelVersion:
    name = f"v{number}.model"
    return make.model_version(
        number, stored_name=name, sha256=model_store.save(name, b"fake %d" % number), **fields
    )


def promote(*versions: ModelVersion) -> None:
    for one in versions:
        learning.promote(one.pk, by=PETRA, now=NOON)


def live() -> int | None:
    found = rows.find_live()
    return found.number if found else None


def test_promote_the_first() -> None:
    promote(version(1))
    assert live() == 1
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_label, entry.detail) == (
        "promote",
        "petra",
        {"number": 1, "previous": None},
    )
    made = Promotion.objects.get()
    assert (made.verb, made.previous, made.by_label, made.at) == ("promote", None, "petra", NOON)


def test_promote_takes_the_place_of_the_one_before() -> None:
    promote(version(1), version(2))
    assert live() == 2
    assert ModelVersion.objects.filter(live_kind="revenue").count() == 1


@pytest.mark.parametrize("damage", ["changed", "missing", "no model"])
def test_a_version_whose_file_is_no_good_changes_nothing(damage: str) -> None:
    first, second = version(1), version(2)
    promote(first)
    path = model_store.path_of(second.stored_name)
    if damage == "changed":
        path.write_bytes(b"fake 3")
    elif damage == "missing":
        path.unlink()
    else:
        second.sha256 = model_store.save(second.stored_name, b"something else")
        second.save()
    with pytest.raises(CannotPromote, match="Version 2 cannot serve"):
        promote(second)
    assert live() == 1
    assert Promotion.objects.count() == 1
    refused = AuditEntry.objects.get(verb="promote_refused")
    assert (refused.actor_label, refused.target_id) == ("petra", str(second.pk))
    assert "cannot serve" in refused.reason


def test_the_live_one_cannot_be_promoted_again() -> None:
    first = version(1)
    promote(first)
    with pytest.raises(CannotPromote, match="in use already"):
        promote(first)
    assert Promotion.objects.count() == 1


def test_there_is_nothing_to_roll_back_to() -> None:
    with pytest.raises(CannotPromote, match="no earlier version"):
        learning.roll_back("revenue", by=PETRA, now=NOON)
    promote(version(1))
    with pytest.raises(CannotPromote, match="no earlier version"):
        learning.roll_back("revenue", by=PETRA, now=NOON)
    assert live() == 1


@pytest.mark.parametrize(
    ("promoted", "goes_back_to"),
    [
        ([1, 2], [1]),
        ([1, 2, 3], [2, 1]),
        ([1, 2, 1], [2, 1]),
        ([1, 2, 1, 3], [1, 2, 1]),
    ],
)
def test_roll_back_walks_the_history(promoted: list[int], goes_back_to: list[int]) -> None:
    versions = {number: version(number) for number in sorted(set(promoted))}
    promote(*(versions[number] for number in promoted))
    walked = []
    for _ in goes_back_to:
        learning.roll_back("revenue", by=PETRA, now=NOON)
        walked.append(live())
    assert walked == goes_back_to
    with pytest.raises(CannotPromote):
        learning.roll_back("revenue", by=PETRA, now=NOON)
    assert AuditEntry.objects.filter(verb="roll_back").count() == len(goes_back_to)


def test_promote_after_a_roll_back() -> None:
    first, second, third = version(1), version(2), version(3)
    promote(first, second)
    learning.roll_back("revenue", by=PETRA, now=NOON)
    promote(third)
    learning.roll_back("revenue", by=PETRA, now=NOON)
    assert live() == 1


def test_roll_back_to_a_damaged_version_changes_nothing() -> None:
    first, second = version(1), version(2)
    promote(first, second)
    model_store.path_of(first.stored_name).unlink()
    with pytest.raises(CannotPromote, match="Version 1 cannot serve"):
        learning.roll_back("revenue", by=PETRA, now=NOON)
    assert live() == 2
    assert AuditEntry.objects.filter(verb="roll_back_refused").count() == 1


def test_of_two_promotions_at_once_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process promotes version 3 between this one's look and its write."""
    first, second, third = version(1), version(2), version(3)
    promote(first)
    real = learning._make_live

    def late(*args: Any, **options: Any) -> None:
        with connection.execute_wrapper(overtaken):
            real(*args, **options)

    def overtaken(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and not done:
            done.append(True)
            ModelVersion.objects.filter(pk=first.pk).update(live_kind=None)
            ModelVersion.objects.filter(pk=third.pk).update(live_kind="revenue")
        return execute(sql, params, many, context)

    done: list[bool] = []
    monkeypatch.setattr(learning, "_make_live", late)
    with pytest.raises(CannotPromote, match="Somebody else"):
        promote(second)
    assert done


def test_the_database_itself_refuses_a_second_live_version() -> None:
    """Where no version was live, both promotions pass the conditional update; the constraint stops one."""
    first, second = version(1), version(2)
    real = ModelVersion.objects.filter(live_kind="revenue").values_list("pk", flat=True)
    assert list(real) == []
    promote(first)
    found = ModelVersion.objects.get(pk=second.pk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(ModelVersion.objects.none()), "first", lambda self: None)
        with pytest.raises(CannotPromote, match="Somebody else"):
            learning._swap(found, Promotion.Verb.PROMOTE, by=PETRA, now=NOON)
    assert live() == 1


def test_a_version_grows_stale() -> None:
    promote(version(1))
    found = rows.find_live()
    assert found is not None
    assert not found.is_stale(now=NOON + timedelta(days=30), days=30)
    assert found.is_stale(now=NOON + timedelta(days=30, seconds=1), days=30)
