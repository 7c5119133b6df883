"""`import_catalogue FILE` on a terminal."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from service_provider.models import AuditEntry, Mall, Product

pytestmark = pytest.mark.django_db
HEADER = "product_id,title,category,mall,price,margin,stock,active\n"
ROWS = "P1,Trail shoe,Shoes,Kanyon,89.90,35%,12,yes\nP2,Wooden train,Toys,,25,0.4,0,no\n"
BAD = "P3,Rain coat,Clothing,,64.50,2,1,yes\n"


@pytest.fixture
def goods(tmp_path: Path) -> Any:
    def write(content: str) -> Path:
        path = tmp_path / "goods.csv"
        path.write_text(content)
        return path

    return write


def run(*args: Any) -> list[str]:
    out = StringIO()
    call_command("import_catalogue", *map(str, args), stdout=out)
    return out.getvalue().splitlines()


def refused(*args: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*args)
    return caught.value


def test_products_go_in_and_the_last_line_is_json(goods: Any) -> None:
    lines = run(goods(HEADER + ROWS), "--json")
    assert lines[0] == "2 new products, 0 changed, 0 as they were."
    assert json.loads(lines[-1]) == {
        "rows": 2, "skipped": 0, "unknown_columns": [], "added": 2, "changed": 0, "known": 0,
    }  # fmt: skip
    assert Product.objects.get(product_id="P1").price_minor == 8990
    assert AuditEntry.objects.get().actor_label == "command"


def test_a_second_time_tells_what_changed(goods: Any) -> None:
    run(goods(HEADER + ROWS))
    assert run(goods(HEADER + ROWS.replace("35%", "30%")))[0] == "0 new products, 1 changed, 1 as they were."


def test_prices_are_in_the_malls_currency(goods: Any) -> None:
    Mall.objects.create(currency="JPY")
    assert "with no decimals" in str(refused(goods(HEADER + ROWS)))


def test_bad_input_is_exit_2_and_writes_nothing(goods: Any) -> None:
    error = refused(goods(HEADER + ROWS + BAD))
    assert error.returncode == 2
    assert "Nothing was imported.\ngoods.csv, row 4, column margin: found '2'" in str(error)
    assert not Product.objects.exists()


def test_skip_bad_keeps_the_good_rows(goods: Any, tmp_path: Path) -> None:
    lines = run(goods(HEADER + ROWS + BAD), "--skip-bad", tmp_path / "bad.csv")
    assert lines[1].startswith("1 bad rows were left out; they are in ")
    assert Product.objects.count() == 2
    assert "margin: found '2'" in (tmp_path / "bad.csv").read_text()


def test_other_columns_are_named(goods: Any) -> None:
    header = HEADER.strip() + "".join(f",c{number}" for number in range(92)) + "\n"
    rows = "P1,Trail shoe,Shoes,Kanyon,89.90,35%,12,yes" + ",x" * 92 + "\n"
    assert run(goods(header + rows))[1] == (
        "Columns that nothing is known of were left out: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 82 more."
    )


def test_wrong_usage_is_exit_2() -> None:
    assert refused("/no/such/file.csv").returncode == 2


def test_no_space_for_the_bad_rows_is_exit_1_and_writes_nothing(goods: Any) -> None:
    error = refused(goods(HEADER + ROWS + BAD), "--skip-bad", "/dev/full")
    assert error.returncode == 1
    assert "No space left on device. Nothing was imported." in str(error)
    assert not Product.objects.exists()
