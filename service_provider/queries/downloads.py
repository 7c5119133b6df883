"""What can be downloaded, and its rows as the screens show them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.contracts import (
    LABEL_NAMES,
    MEMBERS,
    MODEL_NAMES,
    SHOPPER_TYPES,
    Measure,
    PolicyRow,
    RehearsalReport,
    RevenueReport,
)
from service_provider.adapters.spreadsheets import FORMATS, Column
from service_provider.models import ModelVersion, Rehearsal, RevenuePrediction
from service_provider.queries import (
    catalogue,
    churn_sheets,
    coupon_sheets,
    decision_sheets,
    feedback,
    mall,
    predictions,
    segment_sheets,
)
from service_provider.queries.learning import REVENUE
from service_provider.queries.mall import MallSettings
from service_provider.queries.people import shoppers

CHUNK = 2000
FILE_FORMATS = FORMATS
_METRICS = ("accuracy", "balanced_accuracy", "roc_auc", "precision", "recall", "f1")
METRICS = (*_METRICS, "train_accuracy", *(f"cv_{name}" for name in _METRICS))
Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table on its way into a file; `rows` reads the database in chunks while it is walked, once."""

    title: str
    columns: tuple[Column, ...]
    total: int
    rows: Iterator[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Kind:
    """`timed` where the rows depend on the moment at which they are asked for."""

    verb: str
    sheet: Callable[[Params, MallSettings], Sheet] | None = None
    timed: Callable[[Params, MallSettings, datetime], Sheet] | None = None


class UnknownDownload(Exception):
    """There is no such download or file format."""


def get_verb(what: str, file_format: str = "csv") -> str:
    """The verb of `queries/access.py` that downloading `what` needs. UnknownDownload where there is none."""
    if what not in KINDS or file_format not in FILE_FORMATS:
        raise UnknownDownload(f"{what} as {file_format}")
    return KINDS[what].verb


def get_sheet(what: str, params: Params, *, now: datetime) -> Sheet:
    """The rows of `what`, filtered by `params` as on the screen."""
    get_verb(what)
    kind, settings = KINDS[what], mall.get_settings()
    if kind.timed is not None:
        return kind.timed(params, settings, now)
    assert kind.sheet is not None
    return kind.sheet(params, settings)


def _name_of(label: int | None) -> str | None:
    return None if label is None else LABEL_NAMES[label]


# ---- predictions ------------------------------------------------------------------------------------

_PREDICTION_FIELDS = (
    "pk", "created_at", "shopper__key", "tid", "coupon_no", "customer_id", "gender", "age", "category",
    "quantity", "price_minor", "payment_method", "invoice_date", "shopping_mall", "source",
    "model_version__number", "votes", "result", "actual", "actual_at",
)  # fmt: skip
_SOURCES = {str(value): str(name) for value, name in RevenuePrediction.Source.choices}


def _predictions(params: Params, settings: MallSettings) -> Sheet:
    rows = predictions.filtered(params)
    columns = (
        Column("prediction", "integer"), Column("predicted_at", "moment"), Column("shopper"),
        Column("Tid"), Column("coupon_no"), Column("customer_id"), Column("gender"),
        Column("age", "integer"), Column("category"), Column("quantity", "integer"),
        Column("price", "money", settings.minor_digits), Column("payment_method"),
        Column("invoice_date", "date"), Column("shopping_mall"), Column("source"),
        Column("model_version", "integer"), *(Column(member) for member in MEMBERS), Column("result"),
        Column("actual"), Column("actual_at", "moment"),
    )  # fmt: skip
    found = rows.values_list(*_PREDICTION_FIELDS).iterator(chunk_size=CHUNK)
    return Sheet("predictions", columns, rows.count(), (_prediction(row, settings) for row in found))


def _prediction(row: tuple[Any, ...], settings: MallSettings) -> tuple[Any, ...]:
    number, created_at, shopper, *fields, source, version, votes, result, actual, actual_at = row
    return (
        number, settings.local(created_at), shopper, *fields, _SOURCES.get(source, source), version,
        *(_name_of(votes.get(member)) for member in MEMBERS), _name_of(result), _name_of(actual),
        settings.local(actual_at) if actual_at else None,
    )  # fmt: skip


# ---- shoppers ---------------------------------------------------------------------------------------


def _shoppers(params: Params, settings: MallSettings) -> Sheet:
    rows = shoppers.filtered(params)
    columns = (
        Column("shopper"), Column("username"), Column("name"), Column("email"), Column("phone"),
        Column("country"), Column("state"), Column("city"), Column("registered_at", "moment"),
        Column("last_seen_at", "moment"), Column("predictions", "integer"),
        Column("blocked_at", "moment"),
    )  # fmt: skip
    found = (shoppers.row_of(user) for user in rows.iterator(chunk_size=CHUNK))
    return Sheet("shoppers", columns, rows.count(), (_shopper(row, settings) for row in found))


def _shopper(row: shoppers.ShopperRow, settings: MallSettings) -> tuple[Any, ...]:
    return (
        row.key, row.username, row.full_name, row.email, row.phone, row.country, row.state, row.city,
        settings.local(row.joined_at), settings.local(row.seen_at) if row.seen_at else None,
        row.predictions, settings.local(row.blocked_at) if row.blocked_at else None,
    )  # fmt: skip


# ---- the catalogue ----------------------------------------------------------------------------------


def _catalogue(params: Params, settings: MallSettings) -> Sheet:
    """In the layout of a catalogue file, so that it can be changed in a spreadsheet and imported again."""
    rows = catalogue.filtered(params)
    columns = (
        Column("product_id"), Column("title"), Column("category"), Column("mall"),
        Column("price", "money", settings.minor_digits), Column("margin", "money", 4),
        Column("stock", "integer"), Column("active", "integer"),
    )  # fmt: skip
    found = rows.values_list(
        "product_id", "title", "category", "mall", "price_minor", "margin_bp", "stock", "is_active"
    ).iterator(chunk_size=CHUNK)
    return Sheet("catalogue", columns, rows.count(), ((*row[:-1], int(row[-1])) for row in found))


# ---- accuracies -------------------------------------------------------------------------------------


def _accuracies(params: Params, settings: MallSettings) -> Sheet:
    """One row for each model of each version; `version` chooses one as the page of accuracies does."""
    versions = ModelVersion.objects.filter(kind=REVENUE).order_by("-number")
    chosen = params.get("version", "")
    if chosen:
        versions = versions.filter(number=int(chosen)) if _is_number(chosen) else versions.none()
    columns = (
        Column("model_version", "integer"), Column("live"), Column("trained_at", "moment"),
        Column("data"), Column("rows", "integer"), Column("label_rule"),
        Column("majority_rate", "number"), Column("model"),
        *(Column(f"{name}{part}", "number") for name in METRICS for part in ("", "_low", "_high")),
        Column("fit_seconds", "number"), Column("better_than_majority"), Column("p_value", "number"),
    )  # fmt: skip
    found = _measured(versions.iterator(chunk_size=50), settings)
    return Sheet("accuracies", columns, versions.count() * len(MODEL_NAMES), found)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _measured(versions: Iterable[ModelVersion], settings: MallSettings) -> Iterator[tuple[Any, ...]]:
    for version in versions:
        report = RevenueReport.from_json(version.report)
        about = (
            version.number, "yes" if version.live_kind else "no", settings.local(version.created_at),
            version.data_name, report.rows, report.label_rule, report.majority_rate,
        )  # fmt: skip
        for model in report.models:
            figures = (figure for name in METRICS for figure in _figures(model.metrics.get(name)))
            better = "yes" if model.better_than_majority else "no"
            yield (*about, model.name, *figures, model.fit_seconds, better, model.p_value)


def _figures(measure: Measure | None) -> tuple[float | None, float | None, float | None]:
    return (measure.value, measure.low, measure.high) if measure else (None, None, None)


# ---- rehearsals -------------------------------------------------------------------------------------

_FIGURES = ("value", "gain", "oracle_share", "spend", "coupons", "redemptions", "conversion")
_IN_MONEY = {"value", "gain", "spend"}  # means, so they are numbers and not whole parts of the currency


def _rehearsals(params: Params, settings: MallSettings) -> Sheet:
    """One row for each policy of each rehearsal; `rehearsal` chooses one as its page does."""
    found = Rehearsal.objects.order_by("-pk")
    chosen = params.get("rehearsal", "")
    if chosen:
        found = found.filter(pk=int(chosen)) if _is_number(chosen) else found.none()
    columns = (
        Column("rehearsal", "integer"), Column("rehearsed_at", "moment"),
        *(Column(name, "integer") for name in ("first_seed", "seeds", "shoppers", "days")),
        *(Column(name, "number") for name in ("depth", "budget_rate", "margin_scale")),
        Column("currency"), Column("policy"),
        *(Column(f"{name}{part}", "number") for name in _FIGURES for part in ("", "_low", "_high")),
        *(Column(f"coupons_to_{name}", "number") for name in SHOPPER_TYPES),
    )  # fmt: skip
    total = sum(len(plain["policies"]) for plain in found.values_list("settings", flat=True))
    return Sheet("rehearsals", columns, total, _rehearsed(found.iterator(chunk_size=50), settings))


def _rehearsed(rehearsals: Iterable[Rehearsal], settings: MallSettings) -> Iterator[tuple[Any, ...]]:
    for row in rehearsals:
        report = RehearsalReport.from_json(row.report)
        asked = report.settings
        about = (
            row.pk, settings.local(row.created_at), asked.first_seed, asked.seeds, asked.shoppers, asked.days,
            asked.depth, asked.budget_rate, asked.margin_scale, settings.currency,
        )  # fmt: skip
        for policy in report.rows:
            figures = (figure for name in _FIGURES for figure in _policy_figures(policy, name, settings))
            yield (*about, policy.name, *figures, *(policy.by_type.get(name) for name in SHOPPER_TYPES))


def _policy_figures(policy: PolicyRow, name: str, settings: MallSettings) -> Iterator[float | None]:
    for figure in _figures(getattr(policy, name)):
        scale = 10**settings.minor_digits if name in _IN_MONEY else 1
        yield None if figure is None else figure / scale


# ---- feedback ---------------------------------------------------------------------------------------


def _feedback(params: Params, settings: MallSettings) -> Sheet:
    """Without the words that name a writer, whoever takes it."""
    rows = feedback.filtered(params)
    columns = (
        Column("feedback", "integer"), Column("written_at", "moment"), Column("shopper"), Column("topic"),
        Column("rating", "integer"), Column("text"), Column("state"), Column("answer"),
        Column("answered_at", "moment"), Column("closed_at", "moment"),
    )  # fmt: skip
    return Sheet("feedback", columns, rows.count(), (_said(row, settings) for row in feedback.unnamed(rows)))


def _said(row: feedback.FeedbackRow, settings: MallSettings) -> tuple[Any, ...]:
    return (
        row.id, settings.local(row.created_at), row.shopper_key, row.topic, row.rating, row.text, row.state,
        row.answer, settings.local(row.answered_at) if row.answered_at else None,
        settings.local(row.closed_at) if row.closed_at else None,
    )  # fmt: skip


KINDS = {
    "predictions": _Kind("download", _predictions),
    "shoppers": _Kind("download_people", _shoppers),
    "catalogue": _Kind("download", _catalogue),
    "accuracies": _Kind("download", _accuracies),
    "rehearsals": _Kind("download", _rehearsals),
    "feedback": _Kind("see_feedback", _feedback),
    "decisions": _Kind("download", lambda p, s: Sheet("decisions", *decision_sheets.decisions(p, s))),
    "coupons": _Kind("download", lambda p, s: Sheet("coupons", *coupon_sheets.coupons(p, s))),
    "redemptions": _Kind("download", lambda p, s: Sheet("redemptions", *coupon_sheets.redemptions(p, s))),
    "campaign-report": _Kind(
        "download", timed=lambda p, s, now: Sheet("campaign-report", *coupon_sheets.report(p, s, now=now))
    ),
    "campaign-effect": _Kind(
        "download", timed=lambda p, s, now: Sheet("campaign-effect", *coupon_sheets.effect(p, s, now=now))
    ),
    "churn": _Kind("download", lambda p, s: Sheet("churn", *churn_sheets.ladder(p, s))),
    "segments": _Kind("download", lambda p, s: Sheet("segments", *segment_sheets.segments(p, s))),
    "segment-members": _Kind(
        "download", lambda p, s: Sheet("segment-members", *segment_sheets.members(p, s))
    ),
}
