"""Entries as a file that people edit and the import reads back as they left it: YAML and ODS."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import yaml
from odf import teletype
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TextProperties
from odf.table import Table, TableCell, TableRow
from odf.text import P

from gateway.answers.content import FIELDS, LISTS, Content

Format = Literal["yaml", "ods"]
SUFFIXES: Final[Mapping[Format, tuple[str, str]]] = {
    "yaml": ("yml", "application/yaml"), "ods": ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
}  # fmt: skip
COLUMNS: Final = ("id", *FIELDS)
_BREAKS: Final = re.compile(r"[\n;；、|\[]")


def as_file(entries: Iterable[tuple[str, Content]], file_format: Format) -> bytes:
    """The entries, by their ids, as a file."""
    rows = [{"id": entry_id, **content.to_json()} for entry_id, content in entries]
    return _yaml(rows) if file_format == "yaml" else _ods(rows)


def _yaml(rows: Iterable[Mapping[str, Any]]) -> bytes:
    told = {"entries": [{name: value for name, value in row.items() if value} for row in rows]}
    return yaml.dump(told, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=110).encode()


def _ods(rows: Iterable[Mapping[str, Any]]) -> bytes:
    book = OpenDocumentSpreadsheet()
    bold = Style(name="heading", family="table-cell")
    bold.addElement(TextProperties(fontweight="bold"))
    book.automaticstyles.addElement(bold)
    table = Table(name="FAQ")
    _add(table, COLUMNS, stylename=bold)
    for row in rows:
        _add(table, [_cell(row[name]) if name in LISTS else str(row[name]) for name in COLUMNS])
    book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


def _cell(lines: list[str]) -> str:
    """A list in one cell; as JSON where one of its lines holds what lists are split at."""
    if any(_BREAKS.search(line) for line in lines):
        return json.dumps(lines, ensure_ascii=False)
    return "；".join(lines)


def _add(table: Any, cells: Iterable[str], **looks: Any) -> None:
    row = TableRow()
    for text in cells:
        cell = TableCell(valuetype="string", **looks) if text else TableCell(**looks)
        for line in text.split("\n") if text else ():
            paragraph = P()
            teletype.addTextToElement(paragraph, line)
            cell.addElement(paragraph)
        row.addElement(cell)
    table.addElement(row)
