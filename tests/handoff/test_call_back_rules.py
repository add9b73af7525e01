"""Which numbers can be called, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.handoff.call_back_rules import DAYS_OFFERED, SHORTEST, masked, telephone, windows
from gateway.handoff.rules import StaffedHours

TAIPEI = ZoneInfo("Asia/Taipei")


@pytest.mark.parametrize(
    "text, number",
    [
        ("0912345678", "0912345678"),
        ("０９１２－３４５－６７８", "0912345678"),
        ("+886 912 345 678", "0912345678"),
        ("+886-7-336 8333", "07-3368333"),
        ("(07)336-8333", "07-3368333"),
        ("07 3368333 轉 2150", "07-3368333#2150"),
        ("07-3368333分機12", "07-3368333#12"),
        ("3368333 ext. 9", "07-3368333#9"),
        ("02-2345-6789#1", "02-23456789#1"),
        ("04-22289111", "04-22289111"),
        ("04-7531111", "04-7531111"),
        ("037-322150", "037-322150"),
        ("049-2222106", "049-2222106"),
        ("089-326141", "089-326141"),
        ("0836-22381", "0836-22381"),
        ("07012345678", "07012345678"),
    ],
)
def test_numbers_that_can_be_called(text: str, number: str) -> None:
    assert telephone(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "", "1999", "110", "091234567", "09123456789", "07-336833", "07-33683333", "0800-000-000",
        "+81 90 1234 5678", "0912345678 王先生", "我的電話 0912345678", "０", "#12", "07-1368333",
        "0912345678#1234567", "<b>0912345678</b>", "9" * 60,
    ],
)  # fmt: skip
def test_what_is_no_number(text: str) -> None:
    assert telephone(text) is None


@pytest.mark.parametrize(
    "phone, shown",
    [("0912345678", "09***678"), ("07-3368333#2150", "07***333"), (None, "***"), ("", "***")],
)
def test_a_number_is_shown_in_part(phone: str | None, shown: str) -> None:
    assert masked(phone) == shown


def keys(now: datetime, hours: str) -> list[str]:
    return [one.key for one in windows(now, StaffedHours.from_text(hours), TAIPEI)]


def test_times_of_the_next_days_on_which_people_are_there() -> None:
    friday = datetime(2026, 11, 20, 3, 31, tzinfo=UTC)  # 11:31 in Taipei: too late for the morning
    assert keys(friday, "1-5 08:00-17:30") == [
        "2026-11-20:afternoon", "2026-11-23:morning", "2026-11-23:afternoon", "2026-11-24:morning",
        "2026-11-24:afternoon",
    ]  # fmt: skip


def test_times_are_cut_to_the_hours_and_to_what_is_left() -> None:
    now = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    found = windows(now, StaffedHours.from_text("09:00-16:00"), TAIPEI)
    assert {(f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in found} == {
        ("09:00", "12:00"), ("12:00", "16:00"),
    }  # fmt: skip
    assert all(one.end - now >= SHORTEST for one in found)
    assert len({one.start.date() for one in found}) == DAYS_OFFERED


def test_hours_outside_the_parts_of_the_day_are_one_time() -> None:
    [first, *_] = windows(datetime(2026, 11, 20, tzinfo=UTC), StaffedHours.from_text("22:00-24:00"), TAIPEI)
    assert first.key == "2026-11-20:staffed"
    assert (first.end - first.start).total_seconds() == 7200
