"""What is new, out of the tables and in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest

from gateway.conversations.models import AskedQuestion
from gateway.database import Database
from gateway.errors import InvalidInput
from gateway.reports.learning.emerging_told import COLUMNS, QUIET, TOO_LITTLE
from gateway.reports.tables import Reader, Table
from tests.reports.learning.worlds import at, case_row, put, steady

LAST = date(2026, 11, 25)
FIRST = LAST - timedelta(days=100)
WEEK = LAST - timedelta(days=6)
Ask = Callable[..., Table]


def column(table: Table, key: str) -> list[object]:
    return [row.cells[table.place(key)] for row in table.rows]


def test_a_planted_outbreak_is_told_in_words_with_its_cases(both: Database, ask: Ask) -> None:
    put(both, steady(FIRST, LAST, 2))
    put(both, steady(FIRST, LAST, 3, district="苓雅區", item_code="noise"))
    put(both, steady(WEEK, LAST, 6, district="苓雅區", village="福東里"))
    table = ask("emerging", by="item-district")
    assert len(table.rows) == 1
    assert column(table, "sentence") == ["這一週苓雅區路燈故障 42 件，前 8 週同期都沒有"]
    assert column(table, "ratio") == [None]
    assert table.rows[0].link == (
        "/console/cases?state=all&item=street_light_out&district=%E8%8B%93%E9%9B%85%E5%8D%80&from=2026-11-19&to=2026-11-25"
    )
    everything = ask("emerging", Reader("a", "b", None, language="en"))
    assert set(column(everything, "level")) == {"Item", "District", "Item in a district", "Village"}
    item = next(row for row in everything.rows if row.cells[0] == "Item")
    said = item.cells[1]
    assert (
        said == "In these 7 days, Street light out: 56 cases; about 14 expected after the 8 weeks before"
    ), said
    assert item.cells[everything.place("ratio")] == 4.0
    assert len(item.cells) == len(COLUMNS)


def test_a_quiet_week_is_quiet_and_says_so(both: Database, ask: Ask) -> None:
    put(both, steady(FIRST, LAST, 3))
    table = ask("emerging")
    assert (table.rows, table.notes[0]) == ([], QUIET)
    assert table.more["compared_days"] == 7


@pytest.mark.parametrize("days", [0, 3])
def test_of_too_little_nothing_is_told(both: Database, ask: Ask, days: int) -> None:
    put(both, steady(LAST - timedelta(days=days - 1), LAST, 40) if days else [])
    table = ask("emerging")
    assert (table.rows, table.notes[0]) == ([], TOO_LITTLE)


def test_a_unit_sees_its_own_and_no_questions(both: Database, ask: Ask) -> None:
    put(both, steady(FIRST, LAST, 2))
    put(both, steady(WEEK, LAST, 6, item_code="noise", owner_unit="環保局"), unit="環保局")
    own = Reader("a", "b", frozenset({"養工處"}))
    other = Reader("a", "b", frozenset({"環保局"}))
    assert ask("emerging", own, by="item").rows == []
    assert len(ask("emerging", other, by="item").rows) == 1
    with both.write() as session:
        session.add_all(asked(number, "garbage") for number in range(30))
    assert column(ask("emerging", by="question"), "sentence") == [
        "這一週「垃圾車幾點來？」 30 次提問，前 8 週同期都沒有"
    ]
    assert ask("emerging", own, by="question").rows == []


def asked(number: int, entry: str) -> AskedQuestion:
    return AskedQuestion(
        conversation_id=f"c{number}", message_id=f"m{number}", at=at(LAST), language="zh-TW",
        decision="answer", entry=entry,
    )  # fmt: skip


def test_the_week_ends_at_midnight_of_the_city(both: Database, ask: Ask) -> None:
    """Cases of the last second of the week count, those of the next day do not."""
    put(both, steady(FIRST, LAST, 2))
    put(both, (case_row(at(LAST, time(23, 59, 59)), item_code="noise") for _ in range(20)))
    put(both, (case_row(at(LAST + timedelta(days=1), time(0)), item_code="noise") for _ in range(20)))
    table = ask("emerging", by="item")
    assert column(table, "observed") == [20]
    day = ask("emerging", by="item", days="1")
    assert column(day, "sentence") == ["當日噪音 20 件，前 8 週同期都沒有"]


@pytest.mark.parametrize(
    "words",
    [
        {"to": "2026-11-26"}, {"to": "someday"}, {"to": "1999-01-01"}, {"days": "3"}, {"weeks": "2"},
        {"weeks": "x"}, {"by": "person"},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(ask: Ask, words: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        ask("emerging", **words)
