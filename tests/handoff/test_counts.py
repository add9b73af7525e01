"""The queue in figures from what really happened, and places of silent citizens; both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.outcome import Handoff, Outcome
from gateway.conversations.rules import Leaving, Owner, Wish
from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.errors import InvalidInput
from gateway.handoff.call_back_rules import CallAct
from gateway.handoff.call_backs import CallBacks
from gateway.handoff.counts import counts
from gateway.handoff.figures import By, Count, total
from gateway.handoff.line import Line
from gateway.handoff.models import LineReport
from gateway.handoff.service import Handoffs
from gateway.settings import Settings
from tests.handoff.conftest import HUA, MEI
from tests.handoff.test_call_backs import call_backs, do, wish
from tests.handoff.test_service import begun, row, texts

__all__ = ["call_backs"]
TAIPEI = ZoneInfo("Asia/Taipei")
SILENCE = timedelta(minutes=31)


@pytest.fixture
def line(handoffs: Handoffs, settings: Settings) -> Line:
    return Line(handoffs, settings)


@pytest.fixture
def now(handoffs: Handoffs) -> datetime:
    """When everything of a test happens."""
    return handoffs.clock()


def waits(conversations: ConversationService, reason: str = Wish.ASKED, priority: str = "normal") -> str:
    turn = begun(conversations)
    conversations.finish_turn(turn, Outcome(handoff=Handoff(reason, priority)))
    return turn.conversation_id


def leave(conversations: ConversationService, conversation_id: str, why: str = Leaving.GAVE_UP) -> None:
    conversations.change_owner(conversation_id, Owner.BOT, "citizen", why)


def read(database: Database, first: date, last: date, by: By = By.DAY) -> list[Count]:
    with database.read() as session:
        return counts(session, first, last, by, TAIPEI, 0.9)


def test_each_way_into_and_out_of_the_queue_is_counted(
    database: Database,
    conversations: ConversationService,
    handoffs: Handoffs,
    call_backs: CallBacks,
    now: datetime,
) -> None:
    with database.write() as session:
        session.add(LineReport(at=now - timedelta(minutes=1), busy=9, total=10, reported_by="pbx"))
    taken = waits(conversations)
    handoffs.take(taken, MEI)
    handoffs.transfer(taken, MEI)
    handoffs.take(taken, HUA)
    leave(conversations, waits(conversations, "emergency: fire", "emergency"))
    leave(conversations, waits(conversations, Wish.FAILED_ANSWERS), Leaving.MESSAGE)
    called = call_backs.ask(waits(conversations, Wish.THUMBS_DOWN), wish(call_backs))[0].id
    do(call_backs, called, CallAct.TAKE)
    do(call_backs, called, CallAct.REACHED)
    waits(conversations, Wish.DISTRESS, "distress")
    handoffs.take(begun(conversations).conversation_id, MEI)
    today = now.astimezone(TAIPEI).date()
    rows = read(database, today - timedelta(days=1), today + timedelta(days=1))
    assert [one.entered for one in rows if one.start.date() not in {today, today + timedelta(days=1)}] == [0]
    one = total(rows, rows[0].start)
    assert (one.entered, one.overflow) == (5, 5)
    assert (one.taken, one.abandoned, one.silent, one.instead, one.waiting) == (1, 1, 0, 2, 1)
    assert (one.returned, one.stepped_in, one.calls_asked, one.calls_reached) == (1, 1, 1, 1)
    assert dict(one.reasons) == {
        "asked": 1, "emergency": 1, "failed_answers": 1, "thumbs_down": 1, "distress": 1,
    }  # fmt: skip
    assert one.median_wait is not None and one.median_wait == one.longest_wait


def test_a_stay_counts_for_the_hour_it_began_however_long_it_was(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    first, second = waits(conversations), waits(conversations)
    handoffs.take(first, MEI)
    day = datetime(2026, 11, 23, 23, 50, tzinfo=TAIPEI)
    with database.write() as session:
        session.execute(
            update(ConversationEvent)
            .where(ConversationEvent.conversation_id.in_((first, second)))
            .values(at=day)
        )
        session.execute(
            update(ConversationEvent)
            .where(ConversationEvent.reason == "taken from the queue")
            .values(at=day + timedelta(minutes=25))
        )
    [late] = read(database, day.date(), day.date(), By.HOUR)
    assert f"{late.start:%d %H:%M}" == "23 23:00"
    assert (late.entered, late.taken, late.waiting, late.median_wait, late.overflow) == (2, 1, 1, 1500, 0)
    assert read(database, date(2026, 11, 24), date(2026, 11, 24), By.HOUR) == []


def test_overflow_is_entering_under_a_fresh_report_of_full_lines(
    database: Database, conversations: ConversationService
) -> None:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=TAIPEI)
    after = {waits(conversations): timedelta(minutes=minutes) for minutes in (-1, 1, 11, 21)}
    with database.write() as session:
        for minutes, busy in ((0, 9), (20, 8)):
            at = noon + timedelta(minutes=minutes)
            session.add(LineReport(at=at, busy=busy, total=10, reported_by="pbx"))
        for waiting, delay in after.items():
            session.execute(
                update(ConversationEvent)
                .where(ConversationEvent.conversation_id == waiting)
                .values(at=noon + delay)
            )
    [row] = read(database, noon.date(), noon.date())
    assert (row.entered, row.overflow) == (4, 1)


def test_days_out_of_order_and_too_many_are_refused(database: Database) -> None:
    for first, last, by in (
        (date(2026, 1, 2), date(2026, 1, 1), By.DAY),
        (date(2025, 1, 1), date(2026, 1, 2), By.DAY),
        (date(2026, 1, 1), date(2026, 2, 1), By.HOUR),
        (date.min, date.min, By.DAY),
        (date.max, date.max, By.DAY),
    ):
        with pytest.raises(InvalidInput):
            read(database, first, last, by)


def test_who_went_away_without_a_word_gives_up_the_place(
    database: Database, conversations: ConversationService, handoffs: Handoffs, line: Line, now: datetime
) -> None:
    gone, polls, writes = (waits(conversations) for _ in range(3))
    danger = waits(conversations, "emergency: fire", "emergency")
    passed_on = waits(conversations)
    handoffs.take(passed_on, MEI)
    handoffs.transfer(passed_on, MEI)
    assert line.give_up_silent() == []
    handoffs.clock = lambda: now + SILENCE
    line.seen(polls)
    with database.write() as session:
        session.execute(
            update(Conversation).where(Conversation.id == writes).values(updated_at=now + SILENCE)
        )
    assert line.give_up_silent() == [gone]
    assert line.give_up_silent() == []
    owners = {one: row(database, one).owner for one in (gone, polls, writes, danger, passed_on)}
    assert owners == {gone: "bot", polls: "queue", writes: "queue", danger: "queue", passed_on: "queue"}
    assert "取消等候" in texts(conversations, gone)[-1][1]
    with database.read() as session:
        events = session.scalars(select(ConversationEvent).where(ConversationEvent.conversation_id == gone))
        last = list(events)[-1]
    assert (last.actor, last.reason) == ("system", Leaving.SILENT)
    today = now.astimezone(TAIPEI).date()
    one = total(read(database, today, today + timedelta(days=1)), now)
    assert (one.abandoned, one.silent) == (1, 1)


def test_a_sign_is_noted_seldom_and_only_of_who_waits(
    database: Database, conversations: ConversationService, handoffs: Handoffs, line: Line, now: datetime
) -> None:
    here, elsewhere = waits(conversations), begun(conversations).conversation_id
    for after in (0, 10, 40):
        handoffs.clock = lambda after=after: now + timedelta(seconds=after)  # type: ignore[misc]
        line.seen(here)
        line.seen(elsewhere)
        if after == 10:
            assert row(database, here).last_sign_at == now
    assert row(database, here).last_sign_at == now + timedelta(seconds=40)
    assert row(database, elsewhere).last_sign_at is None
