"""JSON for programs: the columns in both languages, and every row by their names."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from typing import IO, Any

from gateway.reports.files.lines import TELL_EVERY, Making, Told, nobody
from gateway.reports.tables import Pair, Row, Table, Value


def write_json(table: Table, making: Making, out: IO[bytes], told: Told = nobody) -> None:
    """Write the table as one JSON object; its rows come last, one to a line."""
    told_first = json.dumps(about(table, making), ensure_ascii=False, default=_plain)
    out.write(f'{told_first[:-1]}, "rows": ['.encode("utf-8", "replace"))
    count = 0
    for count, row in enumerate(table.rows, 1):
        line = json.dumps(named(table, row), ensure_ascii=False, default=_plain)
        out.write(f"{',' if count > 1 else ''}\n{line}".encode("utf-8", "replace"))
        if count % TELL_EVERY == 0:
            told(count)
    told(count)
    out.write(b"\n]}\n")


def about(table: Table, making: Making) -> dict[str, Any]:
    """All but the rows."""
    return {
        "report": table.key,
        "title": _both(table.title),
        "asked": [{**_both(heading), "value": answer} for heading, answer in table.asked],
        "as_of": table.as_of,
        "made_at": making.at,
        "reader": {"username": making.reader.username, "name": making.reader.name},
        "columns": [{"key": one.key, **_both(one.pair), "form": one.form.value} for one in table.columns],
        "total": None if table.total is None else named(table, table.total),
        "notes": [_both(note) for note in table.notes],
        "more": dict(table.more),
    }


def named(table: Table, row: Row) -> dict[str, Any]:
    """The cells of a row by the names of their columns."""
    return {column.key: _said(value) for column, value in zip(table.columns, row.cells, strict=True)}


def _said(value: Value) -> Value:
    # JSON has no word for what is not a number.
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _both(pair: Pair) -> dict[str, str]:
    return {"zh": pair[0], "en": pair[1]}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of a report")
