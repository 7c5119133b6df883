from datetime import date

import pytest

from service_provider.dashboard import tables, wording
from service_provider.dashboard.charts import COUNT, MONEY, PERCENT, Chart, Series
from service_provider.dashboard.figures import months
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports.shares import Share


def chart(**fields: object) -> Chart:
    given = {
        "kind": "bar", "title": "High share", "labels": ("a", "b"), "unit": PERCENT, "as_of": "noon",
        "series": (Series("Share", (0.25, None), ((0.2, 0.3), None)), Series("Limit", (0.3, 0.3), is_reference=True)),
    }  # fmt: skip
    return Chart(**given | fields)  # type: ignore[arg-type]


def test_the_table_says_what_the_picture_says() -> None:
    table = chart(label_title="Mall").table
    assert [column.title for column in table.columns] == ["Mall", "Share", "95 % interval", "Limit"]
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["a", "25.0 %", "20.0 to 30.0 %", "30.0 %"],
        ["b", "not enough data yet", "", "30.0 %"],
    ]
    assert table.caption == "High share, as of noon"


def test_the_summary_tells_range_and_reference() -> None:
    assert chart().summary == "High share. Bar chart over 2 entries. Share 25.0 %; Limit 30.0 %."
    nothing = chart(series=(Series("Share", (None, None)),))
    assert nothing.summary.endswith("Share not enough data yet.")
    counts = chart(unit=COUNT, series=(Series("Predictions", (1200, 7)),))
    assert counts.summary.endswith("Predictions from 7 to 1,200.")


def test_what_the_script_reads() -> None:
    data = chart().data
    assert data["series"][0] == {
        "name": "Share",
        "values": (0.25, None),
        "intervals": ((0.2, 0.3), None),
        "reference": False,
    }
    assert chart().id == "chart-high-share"


def test_money_is_drawn_and_written_in_the_malls_currency() -> None:
    """A mean of 12.5 cents is no whole number of cents, and the picture's script knows no smallest unit."""
    gains = Series("Gain", (12.5, None), ((-3, 28), None))
    drawn = chart(unit=MONEY, series=(gains,), mall=MallSettings(currency="EUR"), finer=2)
    assert drawn.data["series"][0]["values"] == (0.125, None)
    assert drawn.data["series"][0]["intervals"] == ((-0.03, 0.28), None)
    assert (drawn.data["currency"], drawn.data["digits"]) == ("EUR", 4)
    assert [cell.text for cell in drawn.table.rows[0]] == ["a", "€0.1250", "-€0.0300 to €0.2800"]
    assert "Gain €0.1250" in drawn.summary
    assert chart(unit=MONEY, series=(gains,), mall=MallSettings(currency="JPY")).data["digits"] == 0


def test_a_row_must_have_a_cell_for_every_column() -> None:
    table = tables.table("t", ("a", "b"), [["1"]])
    with pytest.raises(ValueError):
        list(table.lines)


@pytest.mark.parametrize(
    ("known", "first", "last", "length"),
    [
        ({(2025, 11): 9, (2026, 2): 9}, date(2025, 11, 1), date(2026, 2, 1), 4),  # no holes
        (
            {(2025, 1): 1, (2026, 1): 9, (2026, 2): 1},
            date(2026, 1, 1),
            date(2026, 2, 1),
            2,
        ),  # no empty beginning
        ({(1990, 1): 9, (2026, 2): 9}, date(2023, 3, 1), date(2026, 2, 1), 36),  # not for ever
        ({(2026, 1): 1, (2026, 2): 1}, date(2026, 1, 1), date(2026, 2, 1), 2),  # none has enough
    ],
)
def test_the_months_of_a_picture(
    known: dict[tuple[int, int], int], first: date, last: date, length: int
) -> None:
    axis = months.axis({date(year, month, 1): Share(0, total, 5) for (year, month), total in known.items()})
    assert (axis[0], axis[-1], len(axis)) == (first, last, length)


def test_differences_are_written_with_their_sign() -> None:
    assert [wording.points(value) for value in (0.051, -0.0205, -0.0001, None)] == [
        "+5.1",
        "−2.1",
        "0.0",
        "nothing before",
    ]
