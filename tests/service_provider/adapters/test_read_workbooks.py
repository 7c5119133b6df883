"""Workbooks as Excel writes them (shared texts, styles), and crafted ones."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service_provider.adapters import files

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{PACKAGE}/content-types">
        <Default Extension="xml" ContentType="application/xml"/>
        <Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>
        <Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES}.worksheet+xml"/>
        <Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/>
        <Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/></Types>""",
    "xl/workbook.xml": f"""<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">
        <sheets><sheet name="Sales" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
        <Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>""",
    "xl/styles.xml": f"""<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>
        <fills count="1"><fill><patternFill/></fill></fills>
        <borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
        <cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>""",
}
HEADER = (
    "Tid", "customer_id", "gender", "age", "category", "quantity", "price", "payment_method", "invoice_date",
    "shopping_mall",
)  # fmt: skip
WORDS = (*HEADER, "T1", "C1", "Female", "Shoes", "Cash", "Kanyon")
TEXTS = "".join(f"<si><t>{word}</t></si>" for word in WORDS)
FIRST = "".join(f'<c r="{letter}1" t="s"><v>{i}</v></c>' for i, letter in enumerate("ABCDEFGHIJ"))
SECOND = (
    '<c r="A2" t="s"><v>10</v></c><c r="B2" t="s"><v>11</v></c><c r="C2" t="s"><v>12</v></c><c r="D2"><v>28</v></c>'
    '<c r="E2" t="s"><v>13</v></c><c r="F2"><v>2</v></c><c r="G2"><v>1500.4</v></c><c r="H2" t="s"><v>14</v></c>'
    '<c r="I2" s="1"><v>44778</v></c><c r="J2" t="s"><v>15</v></c>'
)
ROWS = f'<row r="1">{FIRST}</row><row r="2">{SECOND}</row>'


@pytest.fixture
def workbook(tmp_path: Path) -> Any:
    """`workbook(rows, texts)` writes the parts that Excel would, and gives the path."""

    def write(rows: str = ROWS, texts: str = TEXTS, **parts: str) -> Path:
        path = tmp_path / "sales.xlsx"
        sheet = f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
        own = {
            "xl/worksheets/sheet1.xml": sheet,
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (PARTS | own | parts).items():
                archive.writestr(name, content)
        return path

    return write


def refusal(path: Path) -> str:
    with pytest.raises(files.BadFile) as caught:
        files.read_transactions(path)
    assert files.preview(path).faults
    return str(caught.value)


def test_shared_texts_numbers_and_dates(workbook: Any) -> None:
    (row,) = files.read_transactions(workbook()).rows
    assert (row.tid, row.gender, row.age, row.price_minor) == ("T1", "Female", 28, 150040)
    assert (row.invoice_date, row.shopping_mall) == (date(2022, 8, 5), "Kanyon")


def test_rich_text_is_read_without_its_readings(workbook: Any) -> None:
    rich = "<si><r><t>Sh</t></r><r><t>oes</t></r><rPh sb='0' eb='1'><t>schuhe</t></rPh></si>"
    path = workbook(texts=TEXTS.replace("<si><t>Shoes</t></si>", rich))
    assert files.read_transactions(path).rows[0].category == "Shoes"


def test_inline_texts_and_cells_without_a_place(workbook: Any) -> None:
    inline = '<c t="inlineStr"><is><r><t>Sh</t></r><r><t>oes</t></r></is></c>'
    second = SECOND.replace('<c r="E2" t="s"><v>13</v></c>', inline)
    path = workbook(f"<row>{FIRST}</row><row>{second}</row>")
    assert files.read_transactions(path).rows[0].category == "Shoes"


def test_rows_left_out_are_counted(workbook: Any) -> None:
    second = SECOND.replace("<v>28</v>", "<v>280</v>").replace('2"', '7"')
    path = workbook(f'<row r="1">{FIRST}</row><row r="5"/><row r="7">{second}</row>')
    assert "row 7, column age: found '280'" in refusal(path)


def test_cells_beyond_the_header_are_left_out_of_account(workbook: Any) -> None:
    path = workbook(
        ROWS.replace("</row></row>", "</row>").replace(SECOND, SECOND + '<c r="XFD2"><v>1</v></c>')
    )
    assert len(files.read_transactions(path).rows) == 1


def test_an_error_in_a_cell_is_named(workbook: Any) -> None:
    path = workbook(ROWS.replace('<c r="G2"><v>1500.4</v></c>', '<c r="G2" t="e"><v>#REF!</v></c>'))
    assert "row 2, column price: found '#REF!'" in refusal(path)


def test_a_formula_with_its_result_beside_it_is_refused(workbook: Any) -> None:
    path = workbook(ROWS.replace('<c r="G2"><v>', '<c r="G2"><f>1+1</f><v>'))
    assert "row 2: found a formula in cell G2" in refusal(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('r="G2"', 'r="ZZZZ2"', "a damaged workbook"),
        ('<row r="2">', '<row r="1">', "rows"),
        ('<row r="2">', '<row r="99999999">', "more than 1,048,576 rows"),
        ('<row r="2">', '<row r="x">', "a damaged workbook"),
        ("<v>10</v>", "<v>99</v>", "a damaged workbook (IndexError)"),
        ("<v>28</v>", "<v>28</c>", "a damaged workbook (ExpatError)"),
        ("<v>28</v>", f"<v>{'9' * 1_000_001}</v>", "a damaged workbook"),
        ("<v>44778</v>", "<v>99999999999</v>", "row 2, column invoice_date"),
        ("<v>1500.4</v>", "<v>inf</v>", "row 2, column price"),
    ],
)
def test_crafted_cells(workbook: Any, old: str, new: str, words: str) -> None:
    assert old in ROWS
    assert words in refusal(workbook(ROWS.replace(old, new)))


def test_many_needless_elements_take_no_memory(workbook: Any) -> None:
    path = workbook(ROWS + "<x/>" * 300_000, TEXTS + "<x/>" * 300_000)
    assert len(files.read_transactions(path).rows) == 1


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_a_document_type_is_refused_wherever_it_hides(workbook: Any, part: str) -> None:
    comment = "x" * 5000
    hidden = f'<!--{comment}--><!DOCTYPE sst [<!ENTITY a "b">]><sst xmlns="{MAIN}">&a;</sst>'
    assert "a document type of its own" in refusal(workbook(**{part: hidden}))


def test_a_workbook_without_a_sheet_of_cells(workbook: Any) -> None:
    relations = PARTS["xl/_rels/workbook.xml.rels"].replace('/worksheet"', '/chartsheet"')
    assert "without a sheet of cells" in refusal(workbook(**{"xl/_rels/workbook.xml.rels": relations}))
