"""What the letter with a report says: the report, its period, its totals and where it is. Nobody's data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from gateway.reports.charts import numeric, written
from gateway.reports.saved.periods import FROM, TO
from gateway.reports.tables import Form, Table

TEXT_FILE: Final = Path(__file__).with_name("letters.yml")


def letter_of(
    table: Table, name: str, asked: Mapping[str, str], owner: str, link: str, language: str, zone: ZoneInfo
) -> dict[str, str]:
    """The payload of the letter. `asked` has its period in days; without a link it says where to look."""
    english = language == "en"
    words = {key: pair["en" if english else "zh"] for key, pair in _texts().items()}
    facts = [
        words["period"].format(period=_period(asked)) if _period(asked) else "",
        words["as_of"].format(at=written(table.as_of, Form.MOMENT, zone)),
        words["rows"].format(count=f"{len(table.rows):,}"),
        _total(table, words, zone, english),
    ]
    where = words["link"].format(link=link) if link else words["no_link"]
    text = "\n".join(
        [table.title[english], *filter(None, facts), "", where, "", words["why"].format(owner=owner)]
    )
    return {
        "title": words["title"].format(title=table.title[english], name=name),
        "text": text,
        "language": language,
    }


def _period(asked: Mapping[str, str]) -> str:
    first, last = asked.get(FROM, ""), asked.get(TO, "")
    return f"{first} – {last}" if first or last else ""


def _total(table: Table, words: Mapping[str, str], zone: ZoneInfo, english: bool) -> str:
    if table.total is None:
        return ""
    # Only what counts or measures goes into a letter, never a text or a case's number.
    figures_of = [
        (column, written(value, column.form, zone))
        for column, value in zip(table.columns, table.total.cells, strict=True)
        if numeric(column) and isinstance(value, int | float) and isfinite(value)
    ]
    said = [words["figure"].format(column=one.pair[english], value=text) for one, text in figures_of]
    figures = words["between"].join(said)
    return words["total"].format(figures=figures) if figures else ""


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load(TEXT_FILE.read_text(encoding="utf-8"))
    return texts
