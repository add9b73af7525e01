"""Reading the city's files of cases: the structured CSV, and JSON in the shape of the Open1999 API."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.cases.history.rules import Raw
from gateway.errors import InvalidInput

Reader = Callable[[Path], Iterator[Raw]]
CSV_COLUMNS: dict[str, str] = {
    "number": "file_no",
    "status_code": "status",
    "status_name": "status_name",
    "created": "created_at",
    "closed": "closed_at",
    "unit_code": "reply_unit",
    "unit": "unit_name",
    "zip": "zipcode",
    "district": "district",
    "category": "inform_desc",
    "lat": "lat3",
    "lng": "lng3",
}
JSON_FIELDS: dict[str, str] = {
    "number": "FileNo_",
    "status_code": "Status_",
    "created": "Cre_Date_",
    "unit_code": "ReplyUnit_",
    "zip": "zipcode_",
    "district": "ZipName_",
    "address": "address_",
    "unit": "UnitName_",
    "status_name": "StatusName_",
    "category": "InformDesc_",
    "before": "BeforeDesc_",
    "after": "AfterDesc_",
    "memo": "Memo_",
    "saved": "Save_Date_",
    "closed": "Close_Date_",
    "lat": "Lat_",
    "lng": "Lng_",
}
"""The 17 fields of the city's own API, in its order."""
_OPTIONAL = {"saved", "lat", "lng", "memo"}


class UnreadableHistory(InvalidInput):
    """The file is not in the format that was named; `detail` says why."""

    code = "unreadable_history"
    zh = "無法讀取這個案件檔，請確認格式。"
    en = "The file of cases cannot be read. Please check its format."


def read(file: Path, reader: Reader) -> Iterator[Raw]:
    """Every record of a file, in its order. Raises UnreadableHistory."""
    try:
        yield from reader(file)
    except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
        raise UnreadableHistory(f"{file.name}: {error}") from error


def _read_csv(file: Path) -> Iterator[Raw]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines, strict=True)
        missing = set(CSV_COLUMNS.values()) - {"lat3", "lng3"} - set(rows.fieldnames or ())
        if missing:
            raise UnreadableHistory(f"{file.name} has no column {', '.join(sorted(missing))}")
        for n, row in enumerate(rows, start=1):
            yield _raw(n, row, CSV_COLUMNS)


def _read_json(file: Path) -> Iterator[Raw]:
    rows = json.loads(file.read_text(encoding="utf-8-sig"))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnreadableHistory(f"{file.name} is no list of records")
    needed = {field for name, field in JSON_FIELDS.items() if name not in _OPTIONAL}
    for n, row in enumerate(rows, start=1):
        missing = needed - row.keys()
        if missing:
            raise UnreadableHistory(f"{file.name}, record {n}: no {', '.join(sorted(missing))}")
        yield _raw(n, row, JSON_FIELDS)


def _raw(n: int, row: Mapping[str, Any], names: Mapping[str, str]) -> Raw:
    parts = {name: str(row.get(field) or "").strip() for name, field in names.items()}
    return Raw(row=n, **{"saved": "", **parts})


FORMATS: dict[str, Reader] = {"open1999-csv": _read_csv, "open1999-json": _read_json}
"""The formats there are, by name."""
