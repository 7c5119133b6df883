"""Named rules give labels where there are none."""

from dataclasses import replace

import pytest
import revenue_rows

from engine.revenue import labels


def rows(*lines):
    base = revenue_rows.signal(10)[0]
    return [replace(base, customer_id=who, price_minor=price, label=label) for who, price, label in lines]


def test_price_above_median_labels_only_what_is_missing():
    made = labels.apply_rule(
        rows(("a", 1, None), ("b", 2, None), ("c", 3, None), ("d", 9, 0)), "price_above_median"
    )
    assert [row.label for row in made] == [0, 0, 1, 0]


def test_spend_is_summed_over_the_shopper_and_the_median_is_of_shoppers():
    given = rows(("a", 5, None), ("a", 5, None), ("b", 7, None), ("c", 1, None))
    made = labels.apply_rule(given, "customer_spend_above_median")
    assert [row.label for row in made] == [1, 1, 0, 0]


def test_rows_without_a_customer_are_shoppers_of_their_own():
    made = labels.apply_rule(rows(("", 5, None), ("", 6, None), ("", 7, None)), "customer_spend_above_median")
    assert [row.label for row in made] == [0, 0, 1]


def test_an_unknown_rule_names_the_known_ones():
    with pytest.raises(ValueError, match="price_above_median"):
        labels.apply_rule([], "by_the_moon")
    assert labels.apply_rule([], "price_above_median") == []
