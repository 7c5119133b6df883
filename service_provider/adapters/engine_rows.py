"""Rows of the ledger as the engine's values, and back."""

from dataclasses import fields
from typing import Any

from engine.contracts import Transaction
from service_provider.models.transactions import TransactionFields

COLUMNS = tuple(field.name for field in fields(Transaction) if field.name != "label")
"""The eleven columns that every table of transactions has."""


def transaction_of(row: TransactionFields, *, label: int | None = None) -> Transaction:
    return Transaction(**{name: getattr(row, name) for name in COLUMNS}, label=label)


def columns_of(transaction: Transaction) -> dict[str, Any]:
    """For the making of a row; the label stands apart, because each table calls it otherwise."""
    return {name: getattr(transaction, name) for name in COLUMNS}
