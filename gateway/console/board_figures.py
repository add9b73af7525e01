"""The board's figures as its pages get them: numbers, names in the reader's language, times of the city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.console.case_words import CaseWords
from gateway.handoff.rules import LINES_FRESH
from gateway.reports.board.rules import NOWHERE, Board, Hour, Standing, TalkFigures
from gateway.reports.charts import drawing
from gateway.reports.tables import Column, Form, Row, Table

BEHIND: Final = timedelta(seconds=30)
"""So far behind the ledger may be without a word about it."""
WEEKDAYS: Final = (
    ("週一", "週二", "週三", "週四", "週五", "週六", "週日"),
    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)


def figures_of(board: Board, words: CaseWords, zone: ZoneInfo, now: datetime, version: str) -> dict[str, Any]:
    """Everything that the page fills in; `version` changes when the page itself has."""
    standing, talks = board.cases.standing, board.talks
    here = now.astimezone(zone)
    return {
        "version": version,
        "now": round(now.timestamp() * 1000),
        "offset_minutes": round((here.utcoffset() or timedelta()).total_seconds() / 60),
        "date": f"{here:%Y-%m-%d} {_weekday(here, words.english)}",
        "as_of": f"{board.as_of.astimezone(zone):%H:%M:%S}",
        "age": max(0, round((now - board.as_of).total_seconds())),
        "counted": None
        if board.as_of - board.cases.counted_to < BEHIND
        else f"{board.cases.counted_to.astimezone(zone):%m-%d %H:%M}",
        "units": unit_names(board.units, words),
        "received": board.cases.received,
        "finished": board.cases.finished,
        **_standing(standing),
        **_talks(talks, zone, now),
        "areas": _areas(board.cases.areas, words),
        "nowhere": _standing(board.cases.areas.get(NOWHERE, Standing())),
        "items": [{"name": words.item(code), "count": count} for code, count in board.cases.items],
        "hours": _hours(board.cases.hours, words, zone, board.as_of),
    }


def unit_names(units: frozenset[str] | None, words: CaseWords) -> str:
    """Whose cases the board counts; empty where it is the whole city's."""
    return "" if units is None else words.text("form.comma").join(sorted(map(words.unit, units)))


def _standing(standing: Standing) -> dict[str, int]:
    return {
        "open": standing.open, "soon": standing.soon, "today": standing.today, "overdue": standing.overdue,
    }  # fmt: skip


def _talks(talks: TalkFigures, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    lines, people = talks.lines, talks.operators
    told = None
    if lines.at is not None:
        told = {
            "busy": lines.busy, "total": lines.total, "full": lines.full,
            "fresh": now - lines.at <= LINES_FRESH, "at": f"{lines.at.astimezone(zone):%m-%d %H:%M}",
            "age": max(0, round((now - lines.at).total_seconds())),
        }  # fmt: skip
    return {
        "waiting": talks.waiting,
        "longest": None if talks.longest is None else round(talks.longest.total_seconds()),
        "online": people.online, "busy": people.busy, "free": people.free, "paused": people.paused,
        "lines": told, "level": talks.level, "entered": talks.entered,
    }  # fmt: skip


def _areas(areas: Mapping[str, Standing], words: CaseWords) -> list[dict[str, Any]]:
    """Every district, those without a case too."""
    return [
        {"code": one.code, "name": words.district(one.zh), **_standing(areas.get(one.zh, Standing()))}
        for one in words.places.districts
    ]


def _hours(hours: Sequence[Hour], words: CaseWords, zone: ZoneInfo, as_of: datetime) -> Mapping[str, Any]:
    columns = (
        Column("hour", "時", "Hour"),
        Column("received", "受理", "Received", Form.COUNT),
        Column("finished", "辦結", "Finished", Form.COUNT),
    )
    rows = [Row((_hour(one, zone), one.received, one.finished)) for one in hours]
    table = Table("board-hours", ("近 24 小時", "Last 24 hours"), columns, rows, as_of)
    drawn = drawing("bar", table, "hour", ("received", "finished"), english=words.english, zone=zone)
    return {**drawn.data, "sentence": drawn.sentence}


def _hour(hour: Hour, zone: ZoneInfo) -> str:
    return f"{hour.begins.astimezone(zone):%H}"


def _weekday(here: datetime, english: bool) -> str:
    return WEEKDAYS[english][here.weekday()]
