"""Order of the queue, honest waiting times, full lines and staffed hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidInput
from gateway.handoff.rules import (
    Priority,
    StaffedHours,
    Taker,
    Waiting,
    fits,
    in_order,
    lines_are_full,
    next_for,
    wait_minutes,
)

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
TAIPEI = ZoneInfo("Asia/Taipei")


def one(name: str, minutes: int, **parts: str) -> Waiting:
    facts = {"priority": Priority.NORMAL.value, "language": "zh-TW", **parts}
    return Waiting(name, since=NOON - timedelta(minutes=minutes), **facts)


def taker(free: int = 1, **parts: object) -> Taker:
    facts = {"username": "mei", "languages": ("zh-TW",), "units": (), **parts}
    return Taker(free=free, **facts)  # type: ignore[arg-type]


def test_the_queue_goes_by_priority_and_then_by_waiting() -> None:
    waiting = [
        one("old", 30), one("new", 1), one("transfer", 2, priority="transfer"),
        one("danger", 1, priority="emergency"), one("upset", 5, priority="distress"),
    ]  # fmt: skip
    assert [found.id for found in in_order(waiting)] == ["danger", "upset", "transfer", "old", "new"]


@given(st.lists(st.tuples(st.sampled_from(list(Priority)), st.integers(0, 90)), max_size=12))
def test_nobody_is_overtaken_by_who_waited_less_within_a_priority(rows: list[tuple[Priority, int]]) -> None:
    waiting = [one(str(n), minutes, priority=priority.value) for n, (priority, minutes) in enumerate(rows)]
    found = in_order(waiting)
    assert sorted(found, key=lambda row: row.id) == sorted(waiting, key=lambda row: row.id)
    for before, after in pairwise(found):
        if before.priority == after.priority:
            assert before.since <= after.since


@pytest.mark.parametrize(
    ("who", "parts", "yes"),
    [
        ({}, {}, True),
        ({}, {"language": "en"}, False),
        ({"languages": ("zh-TW", "en")}, {"language": "en"}, True),
        ({}, {"wanted_operator": "mei", "language": "en"}, True),
        ({}, {"wanted_operator": "hua"}, False),
        ({}, {"wanted_unit": "養工處"}, False),
        ({"units": ("養工處",)}, {"wanted_unit": "養工處"}, True),
    ],
)
def test_who_may_take_whom(who: dict[str, object], parts: dict[str, str], yes: bool) -> None:
    assert fits(one("a", 1, **parts), taker(**who)) is yes


def test_without_a_free_place_nobody_is_next() -> None:
    waiting = [one("a", 1, language="en"), one("b", 2)]
    assert next_for(waiting, taker(0)) is None
    assert next_for(waiting, taker(1)) == waiting[1]


@pytest.mark.parametrize(
    ("place", "seconds", "places", "free", "minutes"),
    [
        (1, [600.0] * 10, 0, 0, None),
        (1, [600.0] * 4, 4, 0, None),
        (1, [600.0] * 10, 4, 1, 0),
        (1, [600.0] * 10, 4, 0, 2),
        (8, [600.0] * 10, 4, 0, 20),
        (3, [600.0] * 10, 4, 2, 2),
        (1, [10.0] * 10, 10, 0, 1),
    ],
)
def test_the_estimate_is_made_of_real_times_or_not_at_all(
    place: int, seconds: list[float], places: int, free: int, minutes: int | None
) -> None:
    assert wait_minutes(place, seconds, places, free) == minutes


@pytest.mark.parametrize(
    ("busy", "total", "full"), [(9, 10, True), (8, 10, False), (0, 0, False), (5, 5, True)]
)
def test_full_lines(busy: int, total: int, full: bool) -> None:
    assert lines_are_full(busy, total, 0.9) is full


@pytest.mark.parametrize(
    ("text", "at", "staffed"),
    [
        ("24h", "2026-11-28T03:00", True),
        ("08:00-22:00", "2026-11-28T08:00", True),
        ("08:00-22:00", "2026-11-28T22:00", False),
        ("08:00-22:00", "2026-11-28T07:59", False),
        ("1-5 08:00-17:30", "2026-11-27T17:29", True),
        ("1-5 08:00-17:30", "2026-11-28T09:00", False),
        ("08:00-24:00", "2026-11-28T23:59", True),
    ],
)
def test_staffed_hours(text: str, at: str, staffed: bool) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=TAIPEI)
    assert StaffedHours.from_text(text).staffed(moment, TAIPEI) is staffed


def test_staffed_hours_in_words() -> None:
    assert StaffedHours.from_text("1-5 08:00-17:30").told("zh-TW") == "週一至週五 08:00–17:30"
    assert StaffedHours.from_text("08:00-22:00").told("en") == "every day 08:00–22:00"


@pytest.mark.parametrize(
    "text", ["", "8-22", "22:00-08:00", "5-1 08:00-09:00", "08:00-25:00", "0-3 08:00-09:00"]
)
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        StaffedHours.from_text(text)
