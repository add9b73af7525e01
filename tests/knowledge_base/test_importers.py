"""Files of four formats come in; a bad row stays out, a bad file changes nothing."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from knowledge_base.cleaning import plain_text, read_date
from knowledge_base.importers import (
    ImportReport,
    SourceDamaged,
    SourceNameInvalid,
    import_file,
    imported_entries,
)
from knowledge_base.readers import FaqFileUnusable

HEADER = ["編號", "標題", "內容", "機關", "網址", "更新日期"]
ROWS = [
    ["q1", "如何申請門牌？", "請洽戶政事務所。", "民政局", "https：//city.example/1", "2020-05-06"],
    ["q2", "路燈壞了怎麼辦？", "請撥 1999。", "工務局", "https://city.example/2", "109/05/06"],
]


def write_json(path: Path, rows: list[list[str]]) -> None:
    names = ["id", "question", "answer", "agency", "source_url", "revise_date"]
    path.write_text(json.dumps([dict(zip(names, row, strict=True)) for row in rows]), encoding="utf-8")


def write_csv(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def write_big5(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="cp950", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def write_xlsx(path: Path, rows: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [HEADER, *rows]:
        book.active.append(row)
    book.save(path)


def write_ods(path: Path, rows: list[list[str]]) -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name="faq")
    for row in [HEADER, *rows]:
        line = TableRow()
        for value in row:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=value))
            line.addElement(cell)
        table.addElement(line)
    empty = TableRow(numberrowsrepeated="1048000")
    empty.addElement(TableCell(numbercolumnsrepeated="1000"))
    table.addElement(empty)
    document.spreadsheet.addElement(table)
    document.save(str(path))


WRITERS: list[tuple[str, Callable[[Path, list[list[str]]], None]]] = [
    ("faq.json", write_json),
    ("faq.csv", write_csv),
    ("big5.csv", write_big5),
    ("faq.xlsx", write_xlsx),
    ("faq.ods", write_ods),
]


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.removed, len(report.rejected)


@pytest.mark.parametrize(("name", "write"), WRITERS, ids=[name for name, _ in WRITERS])
def test_a_file_comes_in_once(
    name: str, write: Callable[[Path, list[list[str]]], None], tmp_path: Path
) -> None:
    path = tmp_path / name
    write(path, ROWS)
    assert counts(import_file(path, "city", tmp_path)) == (2, 0, 0, 0, 0)
    assert counts(import_file(path, "city", tmp_path)) == (0, 0, 2, 0, 0)
    first, second = imported_entries(tmp_path)
    assert (first.id, first.question, first.agency) == ("q1", "如何申請門牌？", "民政局")
    assert first.source_url == "https://city.example/1"
    assert (first.source_date, second.source_date) == (date(2020, 5, 6), date(2020, 5, 6))

    write(path, [ROWS[0], [*ROWS[1][:2], "請撥 1999 通報。", *ROWS[1][3:]]])
    assert counts(import_file(path, "city", tmp_path)) == (0, 1, 1, 0, 0)


def test_our_own_yaml_comes_in(tmp_path: Path) -> None:
    path = tmp_path / "faq.yml"
    path.write_text(
        "agency: 交通局\nagency_en: Transportation Bureau\nentries:\n"
        "  - {id: t-1, question: 停車費怎麼繳, answer: 可至超商, phrasings: [繳停車費, 停車單], "
        "source_date: 2021-02-03, opens: petition}\n",
        encoding="utf-8",
    )
    assert counts(import_file(path, "city", tmp_path)) == (1, 0, 0, 0, 0)
    entry = imported_entries(tmp_path)[0]
    assert (entry.agency_en, entry.phrasings, entry.opens) == (
        "Transportation Bureau",
        ("繳停車費", "停車單"),
        "petition",
    )


def test_bad_rows_stay_out_with_number_and_reason(tmp_path: Path) -> None:
    rows: list[Any] = [
        {"id": "ok", "question": "問題", "answer": "<p>第一行<br>第二行</p><script>x()</script>"},
        {"id": "no-answer", "question": "問題", "answer": " "},
        {"question": "沒有答案"},
        "not a record",
        {"id": "ok", "question": "重複", "answer": "重複"},
        {"id": "url", "question": "問題", "answer": "答", "source_url": "javascript:alert(1)"},
        {"id": "day", "question": "問題", "answer": "答", "revise_date": "昨天"},
        {"id": "bad id", "question": "問題", "answer": "答"},
    ]
    path = tmp_path / "faq.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    report = import_file(path, "city", tmp_path)
    assert report.added == 1
    assert [row.row for row in report.rejected] == [2, 3, 4, 5, 6, 7, 8]
    reasons = [row.reason for row in report.rejected]
    for word, reason in zip(
        ["answer", "answer", "record", "earlier", "url", "date", "id"], reasons, strict=True
    ):
        assert word in reason
    assert imported_entries(tmp_path)[0].answer == "第一行\n第二行"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{not json"),
        ("a.json", b"[]"),
        ("a.json", b'{"a": 1}'),
        ("a.json", b'[{"question": "only"}]'),
        ("a.json", b"\xff\xfe\x00\x81"),
        ("a.csv", b"a,b\n1,2\n"),
        ("a.csv", b""),
        ("a.csv", b"\x00\x01\x02"),
        ("a.xlsx", b"PK not a zip"),
        ("a.ods", b"PK not a zip"),
        ("a.yml", b"entries: [unclosed"),
        ("a.yml", b"- just\n- a list\n"),
        ("a.pdf", b"%PDF"),
    ],
)
def test_a_bad_file_changes_nothing(name: str, content: bytes, tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    write_csv(good, ROWS)
    import_file(good, "city", tmp_path)
    before = imported_entries(tmp_path)
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FaqFileUnusable) as caught:
        import_file(path, "city", tmp_path, replace=True)
    assert name in str(caught.value)
    assert imported_entries(tmp_path) == before


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaqFileUnusable, match=r"nowhere\.json"):
        import_file(tmp_path / "nowhere.json", "city", tmp_path)


def test_only_replace_removes(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    write_csv(path, ROWS)
    import_file(path, "city", tmp_path)
    write_csv(path, ROWS[:1])
    assert counts(import_file(path, "city", tmp_path)) == (0, 0, 1, 0, 0)
    assert len(imported_entries(tmp_path)) == 2
    assert counts(import_file(path, "city", tmp_path, replace=True)) == (0, 0, 1, 1, 0)
    assert [entry.id for entry in imported_entries(tmp_path)] == ["q1"]


def test_an_id_belongs_to_one_source(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    write_csv(path, ROWS)
    import_file(path, "city", tmp_path)
    with pytest.raises(FaqFileUnusable, match="belongs to the source city"):
        import_file(path, "other", tmp_path)


def test_rows_without_id_get_one_that_stays(tmp_path: Path) -> None:
    path = tmp_path / "faq.json"
    path.write_text(json.dumps([{"問題": "怎麼借書", "答案": "帶證件"}]), encoding="utf-8")
    assert counts(import_file(path, "lib", tmp_path)) == (1, 0, 0, 0, 0)
    path.write_text(json.dumps([{"問題": "怎麼借書", "答案": "帶借閱證"}]), encoding="utf-8")
    assert counts(import_file(path, "lib", tmp_path)) == (0, 1, 0, 0, 0)


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "x" * 42, "_a", "a.b"])
def test_source_names_are_checked(name: str, tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    write_csv(path, ROWS)
    with pytest.raises(SourceNameInvalid):
        import_file(path, name, tmp_path)
    assert imported_entries(tmp_path) == []


def test_a_damaged_source_is_told_and_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    write_csv(path, ROWS)
    import_file(path, "city", tmp_path)
    (tmp_path / "knowledge" / "sources" / "city.jsonl").write_text('{"id": ', encoding="utf-8")
    with pytest.raises(SourceDamaged):
        imported_entries(tmp_path)
    with pytest.raises(SourceDamaged):
        import_file(path, "city", tmp_path)
    assert import_file(path, "city", tmp_path, replace=True).added == 2


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20140312", date(2014, 3, 12)),
        ("2014/3/2 下午 05:23", date(2014, 3, 2)),
        ("1030312", date(2014, 3, 12)),
        ("103.3.12", date(2014, 3, 12)),
        ("民國103年3月12日", date(2014, 3, 12)),
        ("112-11-17 17:14", date(2023, 11, 17)),
        ("", None),
        (None, None),
    ],
)
def test_dates_as_offices_write_them(written: str | None, expected: date | None) -> None:
    assert read_date(written) == expected


@pytest.mark.parametrize("written", ["2014-13-01", "20140230", "soon", "2014"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day"):
        read_date(written)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("見 http：//a.tw/b", "見 http://a.tw/b"),
        ("HTTPS：／／a.tw", "https://a.tw"),
        ("1 < 2 且 3 > 2 &amp; 好", "1 < 2 且 3 > 2 & 好"),
        ("<ul><li>一</li><li>二</li></ul>", "一\n二"),
        ("<請勿>入內", "<請勿>入內"),
        ("a\x00b\x1bc", "abc"),
    ],
)
def test_plain_text(written: str, expected: str) -> None:
    assert plain_text(written) == expected
