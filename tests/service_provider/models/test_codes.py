"""Identifiers are compared byte by byte on every database."""

import make
import pytest

from service_provider.models import Shopper, Transaction


@pytest.mark.django_db
def test_ids_that_differ_in_case_only_are_two_ids() -> None:
    for tid in ("ab-1", "AB-1"):
        Transaction.objects.create(tid=tid, imported_at=make.NOON, **make.FIELDS)

    assert list(Transaction.objects.filter(tid="AB-1").values_list("tid", flat=True)) == ["AB-1"]


@pytest.mark.django_db
def test_keys_that_differ_in_case_only_are_two_shoppers() -> None:
    for key in ("k1", "K1"):
        Shopper.objects.create(key=key, created_at=make.NOON)

    assert Shopper.objects.filter(key="k1").count() == 1
