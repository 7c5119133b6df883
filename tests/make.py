"""Makers of rows, so that a test says only what matters to it."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from service_provider.models import (
    Account,
    Alarm,
    BasketLine,
    DataSet,
    Feedback,
    Job,
    ModelVersion,
    Order,
    OrderLine,
    Product,
    RevenuePrediction,
    Shopper,
    User,
)

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
PASSWORD = "a long enough pass phrase"


def user(username: str = "anna", *, role: str = "shopper", **fields: Any) -> User:
    """Somebody who can log in with PASSWORD, her e-mail confirmed."""
    from allauth.account.models import EmailAddress

    if role == "shopper":
        fields.setdefault("shopper", Shopper.objects.create(key=f"key-{username}", created_at=NOON))
    made = User.objects.create_user(
        username, f"{username}@example.test", PASSWORD, role=role, is_staff=role != "shopper", **fields
    )
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    if role == "shopper":
        Account.objects.create(
            user=made, phone="+49 30 1234", country="Germany", state="Berlin", city="Berlin"
        )
    return made


def data_set(name: str = "demo", **fields: Any) -> DataSet:
    given = {
        "origin": "upload",
        "stored_name": f"{name}.csv",
        "sha256": "0" * 64,
        "size_bytes": 1,
        "created_at": NOON,
    }
    return DataSet.objects.create(name=name, **given | fields)


def job(kind: str = "train_revenue", **fields: Any) -> Job:
    given = {"due_at": NOON, "created_at": NOON, "by_label": "petra"}
    return Job.objects.create(kind=kind, **given | fields)


def alarm(kind: str = "churn_drift", **fields: Any) -> Alarm:
    """One that stands."""
    given = {"live_kind": kind, "text": "Visits look different. Train anew.", "raised_at": NOON}
    return Alarm.objects.create(kind=kind, **given | fields)


def product(product_id: str = "P1", **fields: Any) -> Product:
    given = {
        "title": "Trail shoe",
        "category": "Shoes",
        "mall": "Kanyon",
        "price_minor": 8990,
        "margin_bp": 3500,
        "stock": 12,
        "changed_at": NOON,
    }
    return Product.objects.create(product_id=product_id, **given | fields)


def order(
    shopper: Shopper, key: str = "an-order", *, placed_at: datetime | None = None, **fields: Any
) -> Order:
    """An order of two shoes that are in no catalogue any more."""
    placed_ms = int((placed_at or NOON).timestamp() * 1000)
    given = {"placed_ms": placed_ms, "total_minor": 17980, "payment_method": "Cash"}
    made = Order.objects.create(key=key, shopper=shopper, **given | fields)
    OrderLine.objects.create(order=made, product_id="gone", category="Shoes", price_minor=8990, quantity=2)
    return made


def feedback(shopper: Shopper, number: int = 1, **fields: Any) -> Feedback:
    """Her first words of the day, of the shop, if nothing else is said."""
    given = {"on_date": NOON.date(), "topic": "shop", "text": "The lift is slow.", "created_at": NOON}
    return Feedback.objects.create(shopper=shopper, number=number, **given | fields)


def basket_line(shopper: Shopper, *, quantity: int = 1) -> BasketLine:
    """Some pieces of a product made for it."""
    return BasketLine.objects.create(shopper=shopper, product=product(), quantity=quantity, changed_at=NOON)


def measure(value: float) -> dict[str, Any]:
    return {"value": value, "ci": [value - 0.02, value + 0.02]}


def report(*, accuracy: float = 0.71, majority: float = 0.55, better: bool = True) -> dict[str, Any]:
    """A RevenueReport as it is stored, with the same figure for every model but the majority."""
    from engine.contracts import MODEL_NAMES

    names = ("accuracy", "balanced_accuracy", "roc_auc", "precision", "recall", "f1")

    def row(name: str) -> dict[str, Any]:
        value = majority if name == "majority" else accuracy
        metrics = {f"{prefix}{n}": measure(value) for prefix in ("", "cv_") for n in names}
        return metrics | {
            "train_accuracy": measure(value + 0.01),
            "confusion": [[40, 15], [10, 35]],
            "cv_confusion": [[200, 75], [50, 175]],
            "fit_seconds": 0.5,
            "rows_fitted": 400,
            "better_than_majority": better and name != "majority",
            "p_value": 0.001 if better else 0.6,
        }

    return {
        "protocol": {
            "split": "stratified 80/20 and 5-fold",
            "seeds": [0],
            "rows": 500,
            "rows_given": 500,
            "label_rule": None,
        },
        "majority_rate": majority,
        "baseline": {"name": "majority"} | {n: measure(majority) for n in names},
        "models": {name: row(name) for name in MODEL_NAMES},
        "paired_gain": {"vote": {"against": "majority", "accuracy": measure(accuracy - majority)}},
        "better_than_majority": better,
        "verdict": "Better than always answering High."
        if better
        else "No better than always answering High.",
        "leaks": [],
        "notes": [],
        "best_reachable_accuracy": None,
    }


def model_version(number: int = 1, *, live: bool = False, **fields: Any) -> ModelVersion:
    given = {
        "kind": "revenue",
        "live_kind": "revenue" if live else None,
        "sha256": "0" * 64,
        "stored_name": f"revenue-{number}.zip",
        "data_fingerprint": "f" * 64,
        "data_name": "demo",
        "rows": 500,
        "seed": 0,
        "report": report(),
        "by_label": "petra",
        "created_at": NOON,
    }
    return ModelVersion.objects.create(number=number, **given | fields)


FIELDS: dict[str, Any] = {
    "coupon_no": "", "customer_id": "", "gender": "Female", "age": 34, "category": "Clothing", "quantity": 2,
    "price_minor": 60016, "payment_method": "Cash", "invoice_date": date(2026, 5, 19), "shopping_mall": "Kanyon",
}  # fmt: skip


def prediction(version: ModelVersion, *, result: int = 1, **fields: Any) -> RevenuePrediction:
    given = FIELDS | {
        "source": "form",
        "votes": dict.fromkeys(("mlp", "linear_svm"), result),
        "created_at": NOON,
    }
    return RevenuePrediction.objects.create(model_version=version, result=result, **given | fields)


@cache
def _trained() -> Any:
    from time import perf_counter

    from engine.revenue import fit
    from engine.simulate.transactions import generate

    steps = fit.train(generate(400, seed=1), seed=0, clock=perf_counter)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def trained_version(number: int = 1) -> ModelVersion:
    """A promoted version that was really trained, on a few hundred rows; trained once a test run."""
    from service_provider.adapters import model_store

    name, trained = f"trained-{number}.model", _trained()
    sha256 = model_store.save(name, trained.artefact)
    return model_version(number, live=True, sha256=sha256, stored_name=name, report=trained.report.to_json())
