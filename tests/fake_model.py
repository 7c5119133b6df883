"""A model that needs no training: High for a price from 100 on, and it remembers nothing."""

from typing import Any

import make

from engine.artefacts import ArtefactCorrupt
from engine.contracts import MEMBERS, ColumnCard, RevenueAnswer, Transaction
from service_provider.adapters import model_store
from service_provider.services import serving

CARD = ColumnCard(
    choices={
        "gender": ("Female", "Male"),
        "category": ("Books", "Clothing", "Shoes"),
        "payment_method": ("Cash", "Credit Card"),
        "shopping_mall": ("Kanyon", "Zorlu Center"),
    },
    ranges={"age": (18, 69), "quantity": (1, 5), "price_minor": (515, 525000)},
)


class FakeModel:
    def __init__(self, artefact: bytes) -> None:
        if not artefact.startswith(b"fake"):
            raise ArtefactCorrupt("not a model")
        self.artefact, self.card = artefact, CARD

    def answer(self, row: Transaction) -> RevenueAnswer:
        result = int(row.price_minor >= 10_000) if self.artefact != b"fake: always low" else 0
        return RevenueAnswer(result, dict.fromkeys(MEMBERS, result))


def serve(monkeypatch: Any) -> None:
    """From here on artefacts that begin with "fake" can be loaded, and this process remembers none."""
    monkeypatch.setattr(serving.serve, "load", FakeModel)
    serving.forget()


def live(number: int = 1, *, artefact: bytes = b"fake", **fields: Any) -> Any:
    """A promoted version whose artefact lies on disk."""
    name = f"fake-{number}.zip"
    sha256 = model_store.save(name, artefact)
    return make.model_version(number, live=True, sha256=sha256, stored_name=name, **fields)


FORM = {
    "gender": "Female",
    "age": "34",
    "category": "Clothing",
    "quantity": "2",
    "price": "600.16",
    "payment_method": "Cash",
    "invoice_date": "2026-05-19",
    "shopping_mall": "Kanyon",
    "tid": "",
    "coupon_no": "",
    "customer_id": "",
}
