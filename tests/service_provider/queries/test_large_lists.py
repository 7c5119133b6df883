"""No list does more queries with ten thousand rows than with ten."""

from collections.abc import Callable
from typing import Any

import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from service_provider.models import (
    Account,
    AuditEntry,
    Feedback,
    ModelVersion,
    Product,
    RevenuePrediction,
    Shopper,
    User,
)
from service_provider.queries.kept import Kept

MANY = 10_000


def predictions(count: int) -> None:
    version = ModelVersion.objects.first() or make.model_version(live=True)
    RevenuePrediction.objects.bulk_create(
        [
            RevenuePrediction(
                **make.FIELDS,
                model_version=version,
                source="form",
                result=n % 2,
                votes={},
                created_at=make.NOON,
            )
            for n in range(count)
        ],
        batch_size=500,
    )


def shoppers(count: int) -> None:
    start = User.objects.count()
    keys = Shopper.objects.bulk_create(
        [Shopper(key=f"key {start + n}", created_at=make.NOON) for n in range(count)], batch_size=500
    )
    saved = {s.key: s.pk for s in Shopper.objects.filter(key__startswith="key ")}
    users = [
        User(username=f"u{start + n}", email=f"u{start + n}@example.test", shopper_id=saved[key.key])
        for n, key in enumerate(keys)
    ]
    User.objects.bulk_create(users, batch_size=500)
    new = User.objects.filter(username__startswith="u", account__isnull=True).values_list("pk", flat=True)
    Account.objects.bulk_create(
        [Account(user_id=pk, phone="1", country="Germany", state="Berlin", city="Berlin") for pk in new],
        batch_size=500,
    )


def audit_entries(count: int) -> None:
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                at=make.NOON, actor_label="petra", verb="promote", target_kind="model_version", target_id=n
            )
            for n in range(count)
        ],
        batch_size=500,
    )


def products(count: int) -> None:
    start = Product.objects.count()
    Product.objects.bulk_create(
        [
            Product(
                product_id=f"P{start + n}",
                title=f"Product {start + n}",
                category=f"Category {n % 8}",
                mall=f"Mall {n % 10}",
                price_minor=100 * n,
                margin_bp=n,
                stock=n,
                changed_at=make.NOON,
            )
            for n in range(count)
        ],
        batch_size=500,
    )


def feedback(count: int) -> None:
    start = Shopper.objects.count()
    Shopper.objects.bulk_create(
        [Shopper(key=f"said {start + n}", created_at=make.NOON) for n in range(count)], batch_size=500
    )
    Feedback.objects.bulk_create(
        [
            Feedback(
                shopper_id=pk,
                on_date=make.NOON.date(),
                number=1,
                topic="till",
                rating=n % 5 + 1,
                text="The queue is long.",
                created_at=make.NOON,
            )
            for n, pk in enumerate(
                Shopper.objects.filter(key__startswith="said ")
                .order_by("-pk")
                .values_list("pk", flat=True)[:count]
            )
        ],
        batch_size=500,
    )


@pytest.mark.parametrize(
    ("page", "fill"),
    [
        ("predictions", predictions),
        ("ratio", predictions),
        ("overview", predictions),
        ("trending", predictions),
        ("shoppers", shoppers),
        ("audit", audit_entries),
        ("catalogue", products),
        ("category-margin", products),
        ("feedback", feedback),
    ],
)
def test_queries_do_not_grow_with_rows(page: str, fill: Callable[[int], None], petra: Any, door: Any) -> None:
    client = door(petra)

    def count_queries() -> int:
        Kept.forget_all()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"provider:{page}")).status_code == 200
        return len(queries)

    fill(10)
    count_queries()  # what is cached for good is cached now
    few = count_queries()
    fill(MANY - 10)
    assert count_queries() == few
