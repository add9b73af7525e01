"""Stays in the queue told by changes of owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversations.rules import OWNER_CHANGES, Leaving, Owner, Wish
from gateway.handoff.figures import REASONS, Count, count_stay, reason_name, total
from tests.handoff.slow import Change, stays

START = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("wish", list(Wish))
def test_every_wish_has_a_name_of_its_own(wish: Wish) -> None:
    assert reason_name(wish) == wish.name.lower() in REASONS


def test_an_emergency_is_one_whatever_the_danger_and_words_of_staff_are_other() -> None:
    assert reason_name("emergency: fire") == "emergency"
    assert reason_name("emergency exit is blocked, please look") == "other"


def changes(owners: Sequence[Owner], reason: str) -> list[Change]:
    """One conversation that passes from the bot through these owners, a minute each."""
    pairs = zip((Owner.BOT, *owners), owners, strict=False)
    return [
        Change("a", START + timedelta(minutes=minute), reason, before, after)
        for minute, (before, after) in enumerate(pairs)
    ]


@st.composite
def lives(draw: st.DrawFn) -> list[Owner]:
    """Owners one after another, as the law allows."""
    now, found = Owner.BOT, []
    for _ in range(draw(st.integers(0, 12))):
        if not OWNER_CHANGES[now]:
            break
        now = draw(st.sampled_from(sorted(OWNER_CHANGES[now])))
        found.append(now)
    return found


@given(lives(), st.sampled_from([*Leaving, "taken from the queue"]))
def test_every_stay_ends_in_exactly_one_way(owners: list[Owner], reason: str) -> None:
    row = Count(START)
    for stay in stays(changes(owners, reason)):
        assert stay.until is None or stay.until - stay.since == timedelta(minutes=1)
        count_stay(row, stay, lambda _: True)
    entered = sum(
        (before, after) == (Owner.BOT, Owner.QUEUE)
        for before, after in zip([Owner.BOT, *owners], owners, strict=False)
    )
    assert row.entered == row.overflow == entered == sum(row.reasons.values())
    assert row.entered == row.taken + row.abandoned + row.instead + row.waiting
    assert len(row.waits) == row.taken


def test_the_median_of_the_whole_is_not_the_median_of_medians() -> None:
    rows = [Count(START, waits=[1.0, 2.0, 90.0], taken=3), Count(START, waits=[100.0], taken=1)]
    whole = total(rows, START)
    assert (whole.taken, whole.median_wait, whole.longest_wait) == (4, 46, 100)
    assert (Count(START).median_wait, Count(START).longest_wait) == (None, None)
