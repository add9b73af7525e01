"""Rows of a FAQ file, whatever its format: numbered as the person who made the file counts them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, get_args
from xml.parsers.expat import ExpatError

import openpyxl
import yaml
from odf import teletype
from odf.namespaces import OFFICENS, TABLENS
from odf.opendocument import load as load_ods
from odf.table import CoveredTableCell, Table, TableCell, TableRow

from gateway.errors import InvalidInput

Format = Literal["json", "jsonl", "csv", "xlsx", "ods", "yaml"]
FORMATS: tuple[Format, ...] = get_args(Format)
MAX_BYTES = 64 * 1024 * 1024
_MAX_COLUMNS = 200
_MAX_UNPACKED = 512 * 1024 * 1024
_SUFFIXES: dict[str, Format] = {".yml": "yaml", **{f".{name}": name for name in FORMATS}}
_ENCODINGS = ("utf-8-sig", "cp950")

Row = tuple[int, dict[str, Any] | None]
"""Its number in the file, and its named fields; None where it is no record at all."""


class FaqFileUnusable(InvalidInput):
    """The file cannot be read as FAQ; nothing was changed."""

    code = "faq_file_unusable"
    zh = "無法讀取這個常見問答檔案，資料沒有任何變動。"
    en = "This FAQ file cannot be used; nothing was changed."


def read_rows(path: Path, file_format: Format | None = None) -> list[Row]:
    """The rows of the file, by its suffix unless a format is named.

    Raises FaqFileUnusable where the file is missing, too large, of an unknown kind or not of its format.
    """
    kind = file_format or _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise FaqFileUnusable(f"{path.name}: unknown kind of file; expected one of {', '.join(FORMATS)}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FaqFileUnusable(f"{path.name}: larger than {MAX_BYTES // 1024 // 1024} MB")
        return list(_READERS[kind](path.read_bytes()))
    except OSError as error:
        raise FaqFileUnusable(f"{path.name}: {error.strerror or error}") from error
    except _BROKEN as error:
        raise FaqFileUnusable(f"{path.name}: not valid {kind.upper()}: {_one_line(error)}") from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _text(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("neither UTF-8 nor Big5 text")


def _json(content: bytes) -> Iterator[Row]:
    data = json.loads(_text(content))
    if isinstance(data, dict):
        data = next((value for value in data.values() if isinstance(value, list)), None)
    if not isinstance(data, list):
        raise ValueError("no list of entries in it")
    return _records(data)


def _jsonl(content: bytes) -> Iterator[Row]:
    for number, line in enumerate(_text(content).split("\n"), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            yield number, record if isinstance(record, dict) else None


def _yaml(content: bytes) -> Iterator[Row]:
    data = yaml.safe_load(_text(content))
    if not isinstance(data, dict) or not isinstance(data.get("entries"), list):
        raise ValueError("no list named entries in it")
    shared = {key: data.get(key) for key in ("agency", "agency_en")}
    for number, record in _records(data["entries"]):
        yield number, None if record is None else {**shared, **record}


def _records(data: Iterable[Any]) -> Iterator[Row]:
    for number, record in enumerate(data, start=1):
        yield number, record if isinstance(record, dict) else None


def _csv(content: bytes) -> Iterator[Row]:
    text = _text(content)
    if "\x00" in text:
        raise ValueError("binary content")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    return _table(list(reader))


def _check_size(archive: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        if sum(part.file_size for part in file.infolist()) > _MAX_UNPACKED:
            raise ValueError("too large once it is unpacked")


def _xlsx(content: bytes) -> Iterator[Row]:
    _check_size(content)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet = book.worksheets[0] if book.worksheets else None
    if sheet is None:
        raise ValueError("no sheet in it")
    return _table(list(sheet.iter_rows(values_only=True, max_col=_MAX_COLUMNS)))


def _ods(content: bytes) -> Iterator[Row]:
    _check_size(content)
    tables = load_ods(io.BytesIO(content)).spreadsheet.getElementsByType(Table)
    if not tables:
        raise ValueError("no sheet in it")
    lines: list[list[str]] = []
    for row in tables[0].getElementsByType(TableRow):
        cells = [cell for cell in row.childNodes if cell.qname in (_CELL, _COVERED)]
        values = [value for cell in cells for value in _repeated(cell)]
        # A sheet ends in one empty row repeated a million times; only its first copy matters.
        copies = int(row.getAttrNS(TABLENS, "number-rows-repeated") or 1) if any(values) else 1
        lines.extend([values] * copies)
    return _table(lines)


_CELL = TableCell().qname
_COVERED = CoveredTableCell().qname


def _repeated(cell: Any) -> list[str]:
    value = cell.getAttrNS(OFFICENS, "date-value") or "\n".join(map(teletype.extractText, cell.childNodes))
    copies = int(cell.getAttrNS(TABLENS, "number-columns-repeated") or 1)
    return [str(value)] * min(copies, _MAX_COLUMNS)


def _table(lines: Sequence[Sequence[Any]]) -> Iterator[Row]:
    filled = [(number, line) for number, line in enumerate(lines, start=1) if any(map(_said, line))]
    if not filled:
        raise ValueError("no rows in it")
    header = [str(name).strip() if _said(name) else "" for name in filled[0][1]]
    for number, line in filled[1:]:
        yield number, {name: value for name, value in zip(header, line, strict=False) if name}


def _said(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


_READERS: dict[Format, Callable[[bytes], Iterator[Row]]] = {
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "xlsx": _xlsx,
    "ods": _ods,
    "yaml": _yaml,
}
_BROKEN = (
    ValueError,
    KeyError,
    AttributeError,
    csv.Error,
    yaml.YAMLError,
    zipfile.BadZipFile,
    ExpatError,
    RecursionError,
)
