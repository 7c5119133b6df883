"""Predictions as those who asked for them may see them: a shopper her own, a key its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.contracts import LABEL_NAMES, Transaction
from service_provider.adapters import engine_rows
from service_provider.models import RevenuePrediction
from service_provider.queries import page
from service_provider.queries.access import Actor
from service_provider.queries.serving import Quality, quality_of


@dataclass(frozen=True, slots=True)
class ListedPrediction:
    id: int
    asked: Transaction
    result: int
    actual: int | None
    version_number: int
    created_at: datetime

    @property
    def result_name(self) -> str:
        return LABEL_NAMES[self.result]

    @property
    def actual_name(self) -> str:
        return "" if self.actual is None else LABEL_NAMES[self.actual]


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """One answer with its members' votes and what the version that gave it is worth."""

    id: int
    asked: Transaction
    result: int
    votes: dict[str, int]
    actual: int | None
    created_at: datetime
    version_id: int
    quality: Quality

    @property
    def result_name(self) -> str:
        return LABEL_NAMES[self.result]

    @property
    def actual_name(self) -> str:
        return "" if self.actual is None else LABEL_NAMES[self.actual]

    @property
    def named_votes(self) -> tuple[tuple[str, str], ...]:
        """Each member as people call it, and what it said."""
        return tuple((_member(name), LABEL_NAMES[vote]) for name, vote in self.votes.items())


SPOKEN = {"mlp": "neural network", "linear_svm": "linear SVM"}


def _member(name: str) -> str:
    return SPOKEN.get(name, name.replace("_", " "))


def _listed(row: RevenuePrediction) -> ListedPrediction:
    return ListedPrediction(
        row.pk,
        engine_rows.transaction_of(row),
        row.result,
        row.actual,
        row.model_version.number,
        row.created_at,
    )


def _full(row: RevenuePrediction | None) -> PredictionRow | None:
    if row is None:
        return None
    return PredictionRow(
        id=row.pk,
        asked=engine_rows.transaction_of(row),
        result=row.result,
        votes=row.votes,
        actual=row.actual,
        created_at=row.created_at,
        version_id=row.model_version_id,
        quality=quality_of(row.model_version),
    )


def _find(**owner: Any) -> PredictionRow | None:
    return _full(RevenuePrediction.objects.filter(**owner).select_related("model_version").first())


def list_own(actor: Actor, number: int) -> page.Page[ListedPrediction]:
    """A page of the shopper's own predictions, newest first. Two queries."""
    own = RevenuePrediction.objects.none()
    if actor.shopper_id is not None:
        own = RevenuePrediction.objects.filter(shopper_id=actor.shopper_id)
    rows = own.select_related("model_version").defer("model_version__report").order_by("-created_at", "-pk")
    return page.cut(rows, number, _listed)


def find_own(actor: Actor, prediction_id: int) -> PredictionRow | None:
    """A shopper's own prediction; None for another's as for one that never was."""
    if actor.shopper_id is None:
        return None
    return _find(pk=prediction_id, shopper_id=actor.shopper_id)


def find_of_key(api_key_id: int, prediction_id: int) -> PredictionRow | None:
    """A prediction that this key asked for."""
    return _find(pk=prediction_id, api_key_id=api_key_id)
