"""The tables: waits with their chance, topics, quiet hours, lengths of an SMS."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.cases.lifecycle import LIFECYCLE
from gateway.outbox.lengths import SmsLength, sms_length
from gateway.outbox.quiet import QuietHours
from gateway.outbox.rules import (
    GIVE_UP_AFTER,
    LEASE,
    RINGING,
    SPREAD,
    TOPICS,
    WAITS,
    Group,
    Transport,
    address_hash,
    chance_of,
    is_too_late,
    lease_of,
    named_wait,
    rule_of,
    wait_after,
)
from gateway.settings import Settings

TAIPEI = ZoneInfo("Asia/Taipei")
CHANCES = st.floats(0, 1, exclude_max=True)
INSTANTS = st.datetimes(
    datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2027-12-31"), timezones=st.just(UTC)
)
CLOCK = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(st.lists(CHANCES, min_size=len(WAITS), max_size=len(WAITS)))
def test_waits_grow_whatever_chance_says_and_end_before_line_forgets_the_key(chances: list[float]) -> None:
    passed, waits = timedelta(), []
    for attempts, chance in enumerate(chances, start=1):
        wait = wait_after(attempts, chance)
        assert wait is not None
        assert not is_too_late("line", passed, wait, named=False)
        assert WAITS[attempts - 1] * (1 - SPREAD) <= wait <= WAITS[attempts - 1]
        waits.append(wait)
        passed += wait
    assert all(one < other for one, other in pairwise(waits))
    assert passed < GIVE_UP_AFTER < timedelta(hours=24)
    assert wait_after(len(WAITS) + 1, chances[0]) is None


SPANS = st.timedeltas(timedelta(), timedelta(days=3))


@given(SPANS, CHANCES)
def test_a_wait_that_was_named_is_kept_and_never_nothing(named: timedelta, chance: float) -> None:
    wait = named_wait(named, chance)
    assert max(named, timedelta(seconds=1)) <= wait <= max(named, timedelta(seconds=1)) * (1 + SPREAD)


@given(SPANS, SPANS)
def test_named_waits_and_line_end_with_the_key_and_nothing_else_does(
    tried: timedelta, wait: timedelta
) -> None:
    late = tried + wait >= GIVE_UP_AFTER
    assert is_too_late("email", tried, wait, named=True) is late
    assert is_too_late("line", tried, wait, named=False) is late
    assert not is_too_late("email", tried, wait, named=False)


def test_chance_is_spread_over_messages_and_attempts_and_can_be_told_again() -> None:
    drawn = [chance_of(f"notice:{number}", attempts) for number in range(500) for attempts in (1, 2)]
    assert all(0 <= one < 1 for one in drawn)
    tenths = [sum(int(one * 10) == tenth for one in drawn) for tenth in range(10)]
    assert min(tenths) > len(drawn) / 20
    assert chance_of("notice:1", 1) == chance_of("notice:1", 1) != chance_of("notice:1", 2)


def test_leases_are_short_where_somebody_waits() -> None:
    assert lease_of("line") <= timedelta(seconds=15) >= lease_of("conversation")
    assert lease_of("email") == lease_of("something new") == LEASE <= timedelta(seconds=30)


@given(INSTANTS, CLOCK, CLOCK)
def test_quiet_hours_end_at_their_end_and_nothing_is_moved_back(
    at: datetime, first: time, last: time
) -> None:
    if first == last:
        return
    quiet = QuietHours(first, last, TAIPEI)
    until = quiet.until(at)
    if until is None:
        here = at.astimezone(TAIPEI).time()
        assert not (first <= here < last) if first < last else last <= here < first
    else:
        assert at < until <= at + timedelta(days=1)
        assert until.astimezone(TAIPEI).time() == last
        assert quiet.until(until) is None
        assert quiet.until(until - timedelta(microseconds=1)) == until
    for topic in ("notice.handle", "mailbox.confirm", "chat"):
        assert quiet.first_allowed(topic, "email", at) in {at, until}


@pytest.mark.parametrize(
    ("topic", "transport", "waits"),
    [
        ("notice.handle", "email", True),
        ("notice.extend", "line", True),
        ("notice.rating", "sms", True),
        ("notice.release", "conversation", False),
        ("notice.register", "email", False),
        ("mailbox.confirm", "email", False),
        ("chat", "line", False),
        ("news.traffic", "line", True),
        ("news.disaster", "line", False),
        ("reminder.due", "desk", False),
        ("notice.handle", "webhook", False),
    ],
)
def test_what_waits_for_the_morning(topic: str, transport: str, waits: bool) -> None:
    quiet = QuietHours(time(21), time(8), TAIPEI)
    night, morning = datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 25, 0, tzinfo=UTC)
    assert quiet.first_allowed(topic, transport, night) == (morning if waits else night)
    assert quiet.first_allowed(topic, transport, morning) == morning


def test_every_notice_has_a_row_in_the_table_and_only_what_the_law_needs_cannot_be_refused() -> None:
    told = {f"notice.{act}" for act, step in LIFECYCLE.items() if step.tells}
    assert told <= set(TOPICS)
    assert all(rule_of(topic).group is not None for topic in told)
    assert rule_of("news.events").group is Group.NEWS
    assert rule_of("webhook.case").group is None
    assert Transport.CONVERSATION not in RINGING


def test_an_address_is_the_same_however_it_is_written() -> None:
    assert address_hash("email", " Ming@Example.org ") == address_hash("email", "ming@example.org")
    assert address_hash("line", "Uabc") != address_hash("line", "uabc")


@pytest.mark.parametrize("wrong", ["21:00", "21:00-21:00", "24:00-08:00", "night", ""])
def test_quiet_hours_must_be_a_span(wrong: str) -> None:
    with pytest.raises(ValidationError, match="quiet_hours"):
        Settings(quiet_hours=wrong)
    assert QuietHours.from_settings(Settings(quiet_hours="off")) is None


def test_a_worker_of_its_own_needs_postgresql() -> None:
    with pytest.raises(ValidationError, match="needs PostgreSQL"):
        Settings(outbox_worker="separate")
    Settings(outbox_worker="separate", database_url="postgresql://u@h/d")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", SmsLength(0, 0)),
        ("a" * 160, SmsLength(160, 1)),
        ("a" * 161, SmsLength(161, 2)),
        ("€" * 80, SmsLength(80, 1)),
        ("€" * 81, SmsLength(81, 2)),
        ("案" * 70, SmsLength(70, 1)),
        ("案" * 71, SmsLength(71, 2)),
        ("案" * 134, SmsLength(134, 2)),
        ("案" * 135, SmsLength(135, 3)),
        ("😀" * 35, SmsLength(35, 1)),
        ("😀" * 36, SmsLength(36, 2)),
    ],
)
def test_how_long_a_text_is_as_an_sms(text: str, length: SmsLength) -> None:
    assert sms_length(text) == length
