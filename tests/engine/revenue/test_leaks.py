"""What the leak report names, and what it leaves alone."""

from dataclasses import replace

import numpy as np
import pytest
import revenue_rows

from engine.revenue import leaks


def found(rows):
    return {(leak.columns, leak.determines) for leak in revenue_rows.finish(leaks.find(rows))}


def clean():
    """Labels by coin, and prices that everybody haggled over: nothing tells anything else."""
    factors = np.random.default_rng(7).uniform(0.7, 1.3, 1500)
    return [
        replace(row, price_minor=row.quantity * round(row.price_minor / row.quantity * factor))
        for row, factor in zip(revenue_rows.noise(1500), factors, strict=True)
    ]


@pytest.fixture(scope="module")
def table():
    return clean()


def test_a_clean_table_has_none(table):
    assert found(table) == set()


def test_the_prices_of_a_catalogue_tell_the_category_and_not_the_label():
    assert found(revenue_rows.noise(1500)) == {(("price", "shopping_mall"), "category")}


def test_one_unit_price_per_category_is_named(table):
    unit = {name: 1000 + 37 * i for i, name in enumerate(sorted({row.category for row in table}))}
    fixed = [replace(row, price_minor=row.quantity * unit[row.category]) for row in table]
    assert found(fixed) == {(("category", "quantity"), "revenue"), (("price",), "category")}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("gender", ("Male", "Female")),
        ("payment_method", ("Cash", "Card")),
        ("shopping_mall", ("Kanyon", "Metrocity")),
    ],
)
def test_a_column_equal_to_the_label_is_named(table, column, values):
    leaking = [replace(row, **{column: values[row.label]}) for row in table]
    assert ((column,), "label") in found(leaking)


def test_a_threshold_on_a_number_is_named(table):
    leaking = [replace(row, label=int(row.price_minor > 20_000)) for row in table]
    assert (("price",), "label") in found(leaking)


def test_a_pair_is_named_where_neither_does_it_alone(table):
    leaking = [replace(row, label=int((row.gender == "Female") ^ (row.quantity > 2))) for row in table]
    named = found(leaking)
    assert (("gender", "quantity"), "label") in named
    assert not any(len(columns) == 1 for columns, _ in named)


def test_a_shopper_who_comes_again_with_her_label_is_named(table):
    of_shopper = {row.customer_id: row.label for row in table}
    assert (("customer_id",), "label") in found(
        [replace(row, label=of_shopper[row.customer_id]) for row in table]
    )


def test_one_wrong_row_in_a_thousand_is_still_a_leak_and_one_in_twenty_is_not(table):
    rng = np.random.default_rng(0)
    for share, expected in ((0.001, True), (0.05, False)):
        wrong = rng.random(len(table)) < share
        leaking = [
            replace(row, gender=("Male", "Female")[row.label ^ int(w)])
            for row, w in zip(table, wrong, strict=True)
        ]
        assert ((("gender",), "label") in found(leaking)) is expected


def test_unique_and_nearly_unique_ids_determine_nothing(table):
    nearly = [replace(row, tid=f"t{max(i, 15)}") for i, row in enumerate(table)]
    assert found(nearly) == set()


def test_a_rare_label_does_not_make_every_column_a_leak():
    rare = [replace(row, label=int(i % 150 == 0)) for i, row in enumerate(clean())]
    assert found(rare) == set()


def test_two_rows_with_the_same_id_by_chance_are_no_leak():
    pairs = [replace(row, tid=f"t{i // 2}", label=i // 2 % 2) for i, row in enumerate(clean())]
    assert (("tid",), "label") in found(pairs)  # 750 pairs that agree are not chance
    chance = [replace(row, tid=f"t{i // 2}") for i, row in enumerate(clean())]
    assert found(chance) == set()
