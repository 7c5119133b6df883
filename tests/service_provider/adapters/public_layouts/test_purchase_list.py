"""Plain purchases: blanks or commas between, with a header or without."""

import pytest
import visit_tables

from service_provider.adapters.faults import BadFile
from service_provider.adapters.public_layouts import purchase_list

LINES = " 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n"


def walk(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture
def read(tmp_path):
    def reading(text):
        path = tmp_path / "purchases.txt"
        path.write_text(text)
        return walk(purchase_list.read(path))

    return reading


@pytest.mark.parametrize(
    "text",
    [
        f" customer_id  date number_of_cds  dollar_value\n{LINES}",
        LINES,
        "date,customer_id,dollar_value,number_of_cds\n1997-01-01,a,11.77,1\n1997-01-12,b,12,1\n1997-01-12,b,77,5\n",
    ],
    ids=["header", "no-header", "commas"],
)
def test_the_same_purchases(read, text):
    found = read(text)

    assert list(found.customer) == [0, 1, 1]
    assert list(found.day - found.day[0]) == [0, 11, 11]
    assert list(found.pieces) == [1, 1, 5]
    assert list(found.value) == [11.77, 12, 77]


def test_a_packed_file(tmp_path):
    path = visit_tables.put_purchases(tmp_path / "list.txt.xz")
    assert len(walk(purchase_list.read(path)).day) == len(visit_tables.purchases())


def test_pieces_and_value_may_be_missing(read):
    found = read("customer_id,date\n1,19970101\n1,19970201\n")
    assert list(found.value) == [0, 0]


def test_faults_name_row_column_and_expectation(read):
    with pytest.raises(BadFile) as caught:
        read("customer_id date number_of_cds dollar_value\n1 19971301 1 5\n1 19970101 x -5\n1 19970101\n")

    assert str(caught.value).splitlines() == [
        "purchases.txt, row 2, column date: found '19971301', expected a day as 19970101 or 1997-01-01.",
        "purchases.txt, row 3, column number_of_cds: found 'x', expected a number of 0 or more.",
        "purchases.txt, row 3, column dollar_value: found '-5', expected a number of 0 or more.",
        "purchases.txt, row 4: found 2 cells, expected 4 as in the first row.",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "an empty file"),
        ("a b\n1 2\n", "a column named customer_id"),
        ("customer_id,date\n", "nothing below it"),
    ],
    ids=["empty", "columns", "no-rows"],
)
def test_files_that_are_no_such_list(read, text, says):
    with pytest.raises(BadFile, match=says):
        read(text)
