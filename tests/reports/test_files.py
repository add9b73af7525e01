"""Every format read back: by this house's own readers, and by LibreOffice, cell by cell."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import load
from openpyxl import load_workbook

from gateway.reports.exports.making import Lost
from gateway.reports.files import ods_file, xlsx_file
from gateway.reports.files.formats import Format, file_name, write_file
from gateway.reports.files.lines import head_lines
from gateway.reports.files.safe_cell import safe_cell
from gateway.reports.tables import Row, Table
from gateway.settings import PROJECT_ROOT
from tests.reports.samples import COLUMNS, FORMULAS, MAKING, NOW, ODD_TEXTS, Long, row_of, table_of

TEXTS = ("路燈不亮", "", *FORMULAS, *ODD_TEXTS)
ROWS = [*(row_of(text, n) for n, text in enumerate(TEXTS, 1)), Row((None,) * len(COLUMNS))]
AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,1"
"""Comma, quotes, UTF-8; every field as it is shown; first sheet."""
UNSEEN = dict.fromkeys(map(ord, "\x00\x07\x1b\ud800"))


def written(table: Table, file_format: Format) -> bytes:
    out = io.BytesIO()
    write_file(table, file_format, MAKING, out)
    return out.getvalue()


@pytest.mark.parametrize("file_format", Format)
def test_a_file_that_is_broken_off_leaves_nothing_behind(
    file_format: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a citizen wrote would lie in the system's temporary folder for as long as the platform runs."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def lost(done: int) -> None:
        if done:
            raise Lost

    with pytest.raises(Lost):
        write_file(table_of(Long(5_000)), file_format, MAKING, io.BytesIO(), lost)
    assert list(tmp_path.iterdir()) == []


def plain(text: str) -> str:
    """A text as a cell keeps it."""
    return text.translate(UNSEEN).replace("\r\n", "\n")


def as_shown(row: Row) -> list[str]:
    """The cells of a row of the sample as a spreadsheet shows them."""
    if row.cells[1] is None:
        return [""] * len(row.cells)
    at = row.cells[8]
    assert isinstance(at, datetime)
    return [
        plain(str(row.cells[0])).replace("\r", "\n"), str(row.cells[1]), f"{row.cells[2]:,}", "98.77%",
        "3.5", "1:02:05", "4.26", "2026-02-28", f"{at.astimezone(MAKING.zone):%Y-%m-%d %H:%M:%S}",
    ]  # fmt: skip


def in_format(file_format: Format, cells: list[str]) -> list[str]:
    """ODS has no tab that Calc would read."""
    return [cells[0].replace("\t", " "), *cells[1:]] if file_format is Format.ODS else cells


def head_as_shown() -> list[list[str]]:
    return [
        ["示範報表"], ["期間", "2026-11-01 – 2026-11-25"], ["機關", "=養工處"],
        ["資料截至", "2026-11-26 14:30:00"], ["製表時間", "2026-11-26 14:30:05"], ["製表人", "林小美 (mei)"],
        [], [column.zh for column in COLUMNS],
    ]  # fmt: skip


def by_office(path: Path) -> list[list[str]]:
    """A file opened by LibreOffice, without a window, and saved as CSV."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    home = path.parent / "office"
    subprocess.run(
        [program, f"-env:UserInstallation=file://{home}", "--headless", "--convert-to", AS_SHOWN, "--outdir",
         str(home), str(path)],
        check=True, capture_output=True, timeout=90,
    )  # fmt: skip
    made = next(home.glob("*.csv"))
    return list(csv.reader(io.StringIO(made.read_text(encoding="utf-8-sig"), newline="")))


def without_tail(row: Sequence[str]) -> list[str]:
    cells = list(row)
    while cells and not cells[-1]:
        cells.pop()
    return cells


@pytest.mark.parametrize("file_format", [Format.ODS, Format.XLSX])
def test_libreoffice_reads_every_cell_as_it_was_meant(file_format: Format, tmp_path: Path) -> None:
    path = tmp_path / f"table.{file_format}"
    path.write_bytes(written(table_of(ROWS), file_format))
    found = [without_tail(row) for row in by_office(path)]
    expected = [
        *head_as_shown(),
        *(in_format(file_format, as_shown(row)) for row in ROWS),
        ["合計", "", "12,345,678", "", "0.5"],
        ["依限：期限內結案。"],
    ]
    assert found == [without_tail(row) for row in expected]


def test_csv_is_read_back() -> None:
    data = written(table_of(ROWS), Format.CSV)
    assert data.startswith("\ufeff".encode())
    assert b"\r\n" in data
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[: len(head_as_shown())] == [[safe_cell(cell) for cell in row] for row in head_as_shown()]
    body = rows[len(head_as_shown()) :]
    for given_row, found in zip(ROWS[:-1], body, strict=False):
        assert found[0] == safe_cell(plain(str(given_row.cells[0])))
        assert found[2:8] == [str(given_row.cells[2]), "0.98765", "3.5", "3725", "4.255", "2026-02-28"]
    assert body[len(ROWS)] == ["合計", "", "12345678", "", "0.5", "", "", "", ""]


def test_json_is_read_back() -> None:
    told = json.loads(written(table_of(ROWS), Format.JSON))
    assert told["columns"][3] == {"key": "share", "zh": "依限比率", "en": "On time", "form": "share"}
    assert told["asked"][0] == {"zh": "期間", "en": "Period", "value": "2026-11-01 – 2026-11-25"}
    assert told["reader"] == {"username": "mei", "name": "林小美"}
    assert (told["as_of"], told["made_at"]) == ("2026-11-26T06:30:00+00:00", "2026-11-26T06:30:05+00:00")
    assert told["more"] == {"first": "2026-11-01"}
    assert [row["what"] for row in told["rows"][:-1]] == [text.replace("\ud800", "?") for text in TEXTS]
    assert told["rows"][0]["at"] == "2026-11-26T06:30:06+00:00"
    assert told["total"]["count"] == 12_345_678
    assert told["total"]["score"] is None, "what can not be said is no number"


def test_xlsx_holds_types_and_no_formula() -> None:
    book = load_workbook(io.BytesIO(written(table_of(ROWS), Format.XLSX)))
    assert book.properties.creator == "林小美 (mei)"
    sheet = book.worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    first = sheet[head_lines(table_of(ROWS)) + 2]
    assert [cell.value for cell in first[2:5]] == [1234, 0.98765, 3.5]
    assert [cell.number_format for cell in first[2:6]] == ["#,##0", "0.00%", "#,##0.0", "[h]:mm:ss"]
    assert first[7].value == datetime(2026, 2, 28)  # noqa: DTZ001 - a day has no zone
    assert sheet.freeze_panes == f"A{head_lines(table_of(ROWS)) + 2}"


def test_ods_holds_no_formula_and_says_whose_it_is() -> None:
    data = written(table_of(ROWS), Format.ODS)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.infolist()[0].filename == "mimetype"
        assert package.infolist()[0].compress_type == zipfile.ZIP_STORED
        content = package.read("content.xml").decode()
        assert "林小美 (mei)" in package.read("meta.xml").decode()
    assert "table:formula" not in content
    assert 'office:value-type="percentage" office:value="0.98765"' in content
    assert 'office:date-value="2026-02-28"' in content
    assert load(io.BytesIO(data)).spreadsheet.childNodes


@settings(deadline=None)
@given(st.text(max_size=12), st.sampled_from(["", *"=+-@\t\r"]))
def test_no_text_whatsoever_is_a_formula(text: str, sign: str) -> None:
    table = table_of([row_of(sign + text)])
    rows = list(csv.reader(io.StringIO(written(table, Format.CSV).decode("utf-8-sig"), newline="")))
    assert not rows[len(head_as_shown())][0].startswith(tuple("=+-@\t\r"))
    sheet = load_workbook(io.BytesIO(written(table, Format.XLSX))).worksheets[0]
    assert sheet.cell(head_lines(table) + 2, 1).data_type != "f"
    with zipfile.ZipFile(io.BytesIO(written(table, Format.ODS))) as package:
        assert "table:formula" not in package.read("content.xml").decode()
    assert load(io.BytesIO(written(table, Format.ODS))).spreadsheet.childNodes, "it is well-formed"


def test_english_readers_get_english_headings() -> None:
    english = type(MAKING)(type(MAKING.reader)("mei", "Mei", None, language="en"), NOW, MAKING.zone)
    out = io.BytesIO()
    write_file(table_of(ROWS[:1]), Format.CSV, english, out)
    text = out.getvalue().decode("utf-8-sig")
    assert text.startswith("Sample report\r\n")
    assert "Made by,Mei (mei)\r\n" in text
    assert "What,Number,Cases" in text


@pytest.mark.parametrize(("file_format", "module"), [(Format.ODS, ods_file), (Format.XLSX, xlsx_file)])
def test_a_table_too_long_for_a_sheet_goes_on_in_the_next(
    file_format: Format, module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHEET_ROWS", 4)
    data = written(table_of(Long(9)), file_format)
    if file_format is Format.XLSX:
        sheets = load_workbook(io.BytesIO(data)).worksheets
        assert [sheet.max_row for sheet in sheets] == [8 + 4, 1 + 4, 1 + 1 + 2]
        assert [sheet["A1"].value for sheet in sheets] == ["示範報表", "事項", "事項"]
    else:
        names = [one.getAttribute("name") for one in load(io.BytesIO(data)).spreadsheet.childNodes]
        assert names == ["sample 1", "sample 2", "sample 3"]


def test_it_is_told_how_far_a_file_is() -> None:
    for file_format in Format:
        heard: list[int] = []
        write_file(table_of(Long(1_100)), file_format, MAKING, io.BytesIO(), heard.append)
        assert heard == [500, 1_000, 1_100]


def test_the_name_of_a_file() -> None:
    assert file_name(table_of([]), Format.ODS, MAKING) == "sample-20261126-1430.ods"
    assert date(2026, 11, 26) == NOW.astimezone(MAKING.zone).date()


@pytest.mark.parametrize("file_format", list(Format))
def test_200_000_rows_need_little_memory(file_format: Format, tmp_path: Path) -> None:
    """The most memory of a process that writes many rows, against one that writes few."""
    few, many = (_peak_kib(file_format, count, tmp_path) for count in (10, 200_000))
    assert many - few < 64 * 1024, f"{(many - few) // 1024} MiB more for 200,000 rows"


def _peak_kib(file_format: Format, count: int, folder: Path) -> int:
    program = [sys.executable, "-m", "tests.reports.writing_process"]
    done = subprocess.run(
        [*program, file_format, str(count), str(folder / "file")],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=True, timeout=280,
    )  # fmt: skip
    return int(done.stdout)
