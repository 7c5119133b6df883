"""Visits as aggregates: read by header; a fault names file, row, column and what was expected."""

import numpy as np
import pytest
import visit_tables

from service_provider.adapters.faults import BadFile
from service_provider.adapters.public_layouts import visit_table


def walk(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture
def read(tmp_path):
    def reading(rows, name="visits.csv"):
        return walk(visit_table.read(visit_tables.put_visits(tmp_path / name, rows)))

    return reading


def with_cells(rows, **cells):
    return [row | cells for row in rows]


@pytest.mark.parametrize("name", ["v.csv", "v.csv.gz", "v.csv.xz"])
def test_packed_or_not_it_is_the_same(read, name):
    rows = visit_tables.visits(50)
    table = read(rows, name).table

    assert len(table) == 50
    assert table.names[:2] == ("Administrative", "Administrative_Duration")
    assert list(table.labels) == [int(row["Revenue"] == "TRUE") for row in rows]
    assert list(table.periods[:5]) == [2, 3, 6, 11, 12]


def test_months_are_in_the_order_of_the_year(read):
    table = read(visit_tables.visits(5)).table
    assert list(table.column("Month")) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("true", "false"), ("Yes", "No")])
def test_labels_in_other_words(read, yes, no):
    rows = visit_tables.visits(50)
    plain = read(rows).table.labels
    other = [row | {"Revenue": yes if row["Revenue"] == "TRUE" else no} for row in rows]
    np.testing.assert_array_equal(read(other).table.labels, plain)


def test_columns_in_another_order_and_case(read):
    rows = visit_tables.visits(20)
    turned = [{name.upper(): row[name] for name in reversed(row)} for row in rows]
    of, other = read(rows).table, read(turned).table
    for name in of.names:
        np.testing.assert_array_equal(of.column(name), other.column(name))


def test_an_empty_number_is_unknown(read):
    table = read(with_cells(visit_tables.visits(20), PageValues="")).table
    assert np.isnan(table.column("PageValues")).all()


def test_other_categories_and_missing_columns_are_read(read):
    rows = with_cells(visit_tables.visits(20), VisitorType="Robot", Month="Jan")
    for row in rows:
        del row["PageValues"], row["Region"]
    found = read(rows)

    assert "PageValues" not in found.table.names
    assert found.notes == ("Columns of the layout that the file has not got: PageValues, Region.",)


def test_columns_of_strangers_are_read_as_they_look(read):
    rows = [
        row | {"visit_id": str(place), "colour": "red", "depth": "1.5", "words": f"w{place}"}
        for place, row in enumerate(visit_tables.visits(150))
    ]
    found = read(rows)

    assert {"colour", "depth"} <= set(found.table.names)
    assert "visit_id, words" in found.notes[0]


def test_faults_name_row_column_and_expectation(read):
    rows = visit_tables.visits(40)
    rows[2]["PageValues"] = "many"
    rows[3]["Revenue"] = "maybe"
    rows[4]["ExitRates"] = "inf"
    with pytest.raises(BadFile) as caught:
        read(rows)

    assert str(caught.value).splitlines() == [
        "visits.csv, row 4, column PageValues: found 'many', expected a number, or nothing.",
        "visits.csv, row 5, column Revenue: found 'maybe', expected TRUE or FALSE, or 1 or 0.",
        "visits.csv, row 6, column ExitRates: found 'inf', expected a number, or nothing.",
    ]


def test_the_first_faults_are_told_and_the_rest_counted(read):
    with pytest.raises(BadFile, match="And 30 more"):
        read(with_cells(visit_tables.visits(50), Revenue="?"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "an empty file"),
        ("Revenue\nTRUE\n", "none of the layout's columns"),
        ("Month,PageValues\nMay,1\n", "a column named Revenue"),
        ("Month,Revenue\n", "a header and nothing below it"),
        ("Month,Revenue\nMay\n", "1 cells, expected 2 as in the header"),
    ],
    ids=["empty", "label-only", "no-label", "no-rows", "short-row"],
)
def test_files_that_are_no_such_table(tmp_path, text, says):
    path = tmp_path / "visits.csv"
    path.write_text(text)
    with pytest.raises(BadFile, match=says):
        walk(visit_table.read(path))
