"""Fed with the city's published figures, the report tells every one of them to the digit."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from odf import teletype
from odf.opendocument import load
from odf.table import Table, TableCell, TableRow
from odf.text import P

from gateway.database import Database
from gateway.reports.figures.catalogue import figures
from gateway.reports.figures.months import Period
from gateway.reports.half_year.data import as_data, only
from gateway.reports.half_year.document import Document
from gateway.reports.half_year.ods import SHEETS, as_ods
from gateway.reports.half_year.odt import as_odt
from gateway.reports.half_year.reports import HalfYearReport, OutsideFigures
from gateway.reports.half_year.service import FileKind, written
from gateway.reports.half_year.text import as_text
from gateway.reports.tables import Form, Reader
from tests.reports.figures.books import NOW
from tests.reports.half_year.conftest import (
    FED,
    PUBLISHED,
    PUBLISHED_OF_THE_YEAR,
    draw_up,
    feed,
    half_year,
)

SAID = (
    "1999專線本期共處理來電434,901通※，服務水準為98.16%※。",
    "提供市民諮詢服務96,608件※。",
    "受理人民陳情案件103,024件※。",
    "市長信箱受理21,466件※。",
    "立即處理之派工案件計47,353件※。",
    "市民透過APP通報案件26,749件※。",
    "免費法律諮詢本期服務6,024人次※",
    "為洽公民眾量測血壓409人次※。",
    "107年1月至12月累計受理102件※，累計辦結102件※，累計回復102件※。",
)
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
"""Every sheet of a spreadsheet, UTF-8, as its cells are shown."""


def numbers(document: Document, key: str = "value") -> dict[str, Any]:
    return {one["code"]: one[key] for section in as_data(document)["sections"] for one in section["figures"]}


def test_as_data_on_both_databases(both: Database) -> None:
    feed(both)
    document = draw_up(both)
    found = numbers(document)
    assert {code: found[code] for code in PUBLISHED} == PUBLISHED
    assert isinstance(found["calls"], int)
    since = numbers(document, "since_january")
    assert {code: since[code] for code in PUBLISHED_OF_THE_YEAR} == PUBLISHED_OF_THE_YEAR
    whole = numbers(draw_up(both, Period.read("2018-01-01", "2018-12-31")))
    assert {code: whole[code] for code in PUBLISHED_OF_THE_YEAR} == PUBLISHED_OF_THE_YEAR
    classes, items = figures().all["works_reports"].made_of, figures().all
    assert sum(whole[code] for code in classes) == 102
    assert sum(whole[item] for code in classes for item in items[code].made_of) == 102
    assert sum(found[code] for code in items["legal_consultations"].made_of) == 6_024


def test_as_text(fed: Database) -> None:
    told = as_text(draw_up(fed))
    for sentence in SAID:
        assert sentence in told
    assert told.splitlines()[:3] == [
        "107年下半年1999話務及陳情服務工作報告", "期間：民國107年7月1日至12月31日",
        "製表時間：民國108年1月5日 09:30",
    ]  # fmt: skip
    assert "智能客服對話、智能客服已答復、智能客服轉接人員本期未填報。" in told
    assert "mei於民國108年1月5日 09:30匯入，來源「市府107年下半年工作報告；各月為測試用分攤」：" in told


def test_every_form_says_what_the_data_says(fed: Database) -> None:
    document = draw_up(fed)
    data = json.loads(written(document, FileKind.JSON))
    told = {kind: _words(kind, written(document, kind)) for kind in FileKind if kind is not FileKind.JSON}
    for section in data["sections"]:
        for sentence in section["sentences"]:
            assert all(sentence in words for words in told.values()), sentence
    sheet = {row[1]: row for row in _sheets(as_ods(document))[SHEETS[0]][4:]}
    for section in data["sections"]:
        for one in section["figures"]:
            row = sheet[one["name"]["zh"]]
            assert row[3] == one["value"], one["code"]
            assert row[4] == one["before"], one["code"]
            assert row[5] == one["change"], one["code"]
            assert (row[7] or "—") == one["origin"]["zh"]


def test_the_months_of_the_spreadsheet_add_up(fed: Database) -> None:
    rows = _sheets(as_ods(draw_up(fed)))[SHEETS[1]]
    months = [f"107年{month}月" for month in range(7, 13)]
    assert rows[0][:10] == ["章節", "統計項目", "單位", *months, "合計或平均"]
    by_name = {row[1]: row for row in rows[1:]}
    for code in PUBLISHED.keys() - {"service_level"}:
        row = by_name[figures().all[code].zh]
        assert sum(row[3:9]) == row[9] == PUBLISHED[code]
    calls, level = by_name["1999話務"], by_name["服務水準"]
    weighted = sum(n * share for n, share in zip(calls[3:9], level[3:9], strict=True)) / calls[9]
    assert round(weighted, 2) == level[9] == 98.16
    assert round(sum(level[3:9]) / 6, 2) != 98.16  # so that the weights are seen to count


def test_who_entered_it_stands_in_the_spreadsheet(fed: Database) -> None:
    rows = _sheets(as_ods(draw_up(fed)))[SHEETS[2]]
    assert rows[0] == ["月份", "統計項目", "數值", "來源", "方式", "填報人", "填報時間"]
    source = "市府107年下半年工作報告；各月為測試用分攤"
    assert rows[1] == ["107年7月", "1999話務", 69_929, source, "匯入", "mei", "民國108年1月5日 09:30"]


def test_libreoffice_reads_the_spreadsheet_as_it_was_meant(fed: Database, tmp_path: Path) -> None:
    document = draw_up(fed)
    ours = _sheets(as_ods(document))
    for name, sheet in zip(SHEETS, _by_office(as_ods(document), "r.ods", AS_CSV, tmp_path), strict=True):
        rows = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))
        expected = [[_shown(cell) for cell in row] for row in ours[name]]
        assert [_without_tail(row) for row in rows] == [_without_tail(row) for row in expected], name


def test_libreoffice_reads_the_text_as_it_was_meant(fed: Database, tmp_path: Path) -> None:
    (made,) = _by_office(as_odt(draw_up(fed)), "r.odt", "txt:Text (encoded):UTF8", tmp_path)
    told = made.read_text(encoding="utf-8-sig")
    for sentence in SAID:
        assert sentence in told
    for cell in ("434,901※", "98.16※", "103,024※", "6,024※", "69,929※"):
        assert cell in told.splitlines() or cell in told


def test_some_figures_alone(fed: Database) -> None:
    found = only(draw_up(fed), ["dispatch", "calls"])
    assert [(one["code"], one["value"]) for one in found] == [("calls", 434_901), ("dispatch", 47_353)]
    month = found[0]["months"]["2018-07"]
    assert (month["origin"], month["entered"]["by"], month["entered"]["way"]) == ("outside", "mei", "import")


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_as_tables_beside_other_reports(fed: Database, language: str) -> None:
    drawn_by, reader = half_year(), Reader("mei", "林小美", None, language=language)
    asked = {"from": "2018-07-01", "to": "2018-12-31"}
    with fed.read() as session:
        table = HalfYearReport(drawn_by).table(session, asked, reader, NOW)
        entries = OutsideFigures(drawn_by).table(session, asked, reader, NOW)
        same = HalfYearReport(drawn_by).table(session, {}, reader, NOW)
    by_code = {row.cells[table.place("code")]: row.cells for row in table.rows}
    assert by_code["calls"][table.place("count")] == 434_901
    assert by_code["service_level"][table.place("share")] == 0.9816
    assert by_code["bot_answered"][table.place("count")] is None
    assert same.rows == table.rows  # the last half-year that is over
    assert len(entries.rows) == len(_lines_of_the_half_year())
    for one in (table, entries):
        for row in one.rows:
            assert len(row.cells) == len(one.columns)
            for column, cell in zip(one.columns, row.cells, strict=True):
                assert _fits(column.form, cell), (column.key, cell)


def _lines_of_the_half_year() -> list[dict[str, str]]:
    with FED.open(encoding="utf-8", newline="") as opened:
        return [line for line in csv.DictReader(opened) if line["month"] >= "2018-07"]


def _fits(form: Form, cell: object) -> bool:
    return cell is None or isinstance(cell, str) == (form is Form.TEXT)


def _words(kind: FileKind, made: bytes) -> str:
    if kind is FileKind.TEXT:
        return made.decode()
    book = load(io.BytesIO(made))
    return "\n".join(teletype.extractText(one) for one in book.body.getElementsByType(P))


def _sheets(made: bytes) -> dict[str, list[list[Any]]]:
    """The cells of every sheet: numbers as they are kept, else words; None for a dash."""
    book = load(io.BytesIO(made))
    return {
        str(table.getAttribute("name")): [
            [_value(cell) for cell in row.getElementsByType(TableCell)]
            for row in table.getElementsByType(TableRow)
        ]
        for table in book.spreadsheet.getElementsByType(Table)
    }


def _value(cell: Any) -> object:
    if cell.getAttribute("valuetype") == "float":
        number = float(cell.getAttribute("value"))
        return int(number) if number.is_integer() and "." not in cell.getAttribute("value") else number
    words = teletype.extractText(cell)
    return None if words == "—" else words


def _shown(cell: object) -> str:
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:,.2f}" if isinstance(cell, float) else "—" if cell is None else str(cell)


def _without_tail(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return row


def _by_office(made: bytes, name: str, form: str, folder: Path) -> list[Path]:
    """A file opened by LibreOffice, without a window, and saved in another form: one for each sheet."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    (folder / name).write_bytes(made)
    out = folder / "out"
    subprocess.run(
        [program, f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to", form,
         "--outdir", str(out), str(folder / name)],
        check=True, capture_output=True, timeout=90,
    )  # fmt: skip
    order = {f"r-{sheet}.csv": n for n, sheet in enumerate(SHEETS)}
    return sorted(out.iterdir(), key=lambda path: order.get(path.name, 0))
