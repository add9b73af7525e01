"""Asking to be called, calling and forgetting, on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.conversations.models import ConversationEvent
from gateway.conversations.rules import Leaving, Owner
from gateway.conversations.service import ConversationClosed, ConversationService
from gateway.database import Database
from gateway.errors import InvalidFields, NotFound
from gateway.handoff.call_back_reading import READ_AFTERWARDS, calls, listed
from gateway.handoff.call_back_rules import AGAIN_AFTER, ATTEMPTS, CallAct, CallState
from gateway.handoff.call_backs import CallBacks
from gateway.handoff.errors import CallBackActRefused, CallBackOpen, PersonInCharge
from gateway.handoff.models import CallBack, ConversationNote
from gateway.handoff.service import Handoffs
from gateway.handoff.views import CallWish, Person
from gateway.settings import Settings
from tests.handoff.conftest import BOSS, HUA, MEI
from tests.handoff.test_service import key, queued, row, texts

NUMBER = "0912345678"


@pytest.fixture
def call_backs(handoffs: Handoffs, settings: Settings) -> CallBacks:
    return CallBacks(handoffs, AuditTrail(b"only for tests"), settings)


def wish(call_backs: CallBacks, **changes: str) -> CallWish:
    window = call_backs.offered()[0].key
    return replace(CallWish(key(), NUMBER, window, "問牌照稅"), **changes)


def asked(call_backs: CallBacks, conversations: ConversationService) -> tuple[str, int]:
    waits = queued(conversations)
    return waits, call_backs.ask(waits, wish(call_backs))[0].id


def do(
    call_backs: CallBacks, call_back_id: int, act: CallAct, who: Person = MEI, note: str = ""
) -> CallState:
    return CallState(call_backs.act(call_back_id, act, who, "operator", note).state)


def test_who_waits_and_asks_leaves_the_queue_and_is_told(
    database: Database, conversations: ConversationService, call_backs: CallBacks
) -> None:
    waits = queued(conversations)
    given = wish(call_backs)
    first, created = call_backs.ask(waits, given)
    again, twice = call_backs.ask(waits, given)
    assert (created, twice, first) == (True, False, again)
    assert row(database, waits).owner == Owner.BOT
    assert (first.phone, first.state, first.about) == ("09***678", "waiting", "問牌照稅")
    told = texts(conversations, waits)[-1]
    assert told[0] == "system" and "09***678" in told[1] and NUMBER not in str(texts(conversations, waits))
    with database.read() as session:
        reasons = session.scalars(select(ConversationEvent.reason).order_by(ConversationEvent.id)).all()
    assert reasons[-2:] == [Leaving.CALL_BACK, "call-back asked"]


def test_what_is_refused_changes_nothing(
    database: Database, conversations: ConversationService, handoffs: Handoffs, call_backs: CallBacks
) -> None:
    waits = queued(conversations)
    for changes, fields in (
        ({"phone": "1999"}, {"phone"}),
        ({"window": "2020-01-01:morning"}, {"window"}),
        ({"phone": "", "window": "", "about": "長" * 501}, {"phone", "window", "about"}),
    ):
        with pytest.raises(InvalidFields) as refused:
            call_backs.ask(waits, wish(call_backs, **changes))
        assert set(refused.value.fields) == fields
    assert row(database, waits).owner == Owner.QUEUE
    handoffs.take(waits, MEI)
    with pytest.raises(PersonInCharge):
        call_backs.ask(waits, wish(call_backs))
    handoffs.close(waits, MEI)
    with pytest.raises(ConversationClosed):
        call_backs.ask(waits, wish(call_backs))
    with pytest.raises(NotFound):
        call_backs.ask("nobody", wish(call_backs))
    with database.read() as session:
        assert session.scalars(select(CallBack)).all() == []


def test_one_at_a_time_and_another_after_taking_it_back(
    conversations: ConversationService, call_backs: CallBacks
) -> None:
    waits, _ = asked(call_backs, conversations)
    with pytest.raises(CallBackOpen):
        call_backs.ask(waits, wish(call_backs))
    assert call_backs.withdraw(waits).state == CallState.CANCELLED
    with pytest.raises(NotFound):
        call_backs.withdraw(waits)
    assert call_backs.ask(waits, wish(call_backs))[1]


def test_two_wishes_at_once_are_one(conversations: ConversationService, call_backs: CallBacks) -> None:
    waits = queued(conversations)

    def ask(_: int) -> bool:
        try:
            return call_backs.ask(waits, wish(call_backs))[1]
        except CallBackOpen:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ask, range(2))) == [False, True]


def test_two_take_at_once_and_one_sees_the_number(
    conversations: ConversationService, call_backs: CallBacks
) -> None:
    _, call_back_id = asked(call_backs, conversations)

    def take(who: Person) -> str:
        try:
            return call_backs.act(call_back_id, CallAct.TAKE, who, "operator").phone
        except CallBackActRefused:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, (MEI, HUA))) == [NUMBER, "refused"]


def test_the_number_is_for_who_took_it_and_the_look_is_audited(
    database: Database, conversations: ConversationService, call_backs: CallBacks, handoffs: Handoffs
) -> None:
    waits, call_back_id = asked(call_backs, conversations)
    do(call_backs, call_back_id, CallAct.TAKE)
    with database.read() as session:
        shown = {who.username: listed(session, who.username)[0].phone for who in (MEI, HUA, BOSS)}
        entry = session.scalars(select(AuditEntry)).one()
        now = handoffs.clock()
        assert [calls(session, waits, who.username, now) for who in (MEI, HUA)] == [True, False]
    assert shown == {"mei": NUMBER, "hua": "09***678", "boss": "09***678"}
    assert (entry.act, entry.actor) == ("call_back.take", "mei") and NUMBER not in str(entry.detail)
    with pytest.raises(CallBackActRefused):
        do(call_backs, call_back_id, CallAct.REACHED, HUA)
    assert do(call_backs, call_back_id, CallAct.REACHED, MEI, "已說明") is CallState.REACHED
    with database.read() as session:
        assert listed(session, "mei", over=True)[0].phone == "09***678"
        assert session.scalars(select(ConversationNote.text)).all() == ["已說明"]
        assert calls(session, waits, "mei", handoffs.clock())
        assert not calls(session, waits, "mei", handoffs.clock() + READ_AFTERWARDS + timedelta(minutes=1))
    for act in CallAct:
        with pytest.raises(CallBackActRefused):
            do(call_backs, call_back_id, act)


def test_three_calls_that_reach_nobody_end_it(
    conversations: ConversationService, call_backs: CallBacks, handoffs: Handoffs
) -> None:
    waits, call_back_id = asked(call_backs, conversations)
    states = []
    for _ in range(ATTEMPTS):
        do(call_backs, call_back_id, CallAct.TAKE)
        missed = call_backs.act(call_back_id, CallAct.NOT_REACHED, MEI, "operator")
        states.append((missed.state, missed.attempts))
        if missed.state == CallState.WAITING:
            assert missed.taken_by is None
            assert missed.call_from >= handoffs.clock() + AGAIN_AFTER - timedelta(minutes=1)
            assert missed.due_at >= missed.call_from
    assert states == [("waiting", 1), ("waiting", 2), ("not_reached", 3)]
    assert "三次致電" in texts(conversations, waits)[-1][1]


def test_who_oversees_frees_what_a_colleague_left(
    conversations: ConversationService, call_backs: CallBacks
) -> None:
    _, call_back_id = asked(call_backs, conversations)
    do(call_backs, call_back_id, CallAct.TAKE)
    assert do(call_backs, call_back_id, CallAct.PUT_BACK, BOSS) is CallState.WAITING
    assert do(call_backs, call_back_id, CallAct.TAKE, HUA) is CallState.TAKEN
    assert do(call_backs, call_back_id, CallAct.CANCEL, HUA) is CallState.CANCELLED
    with pytest.raises(NotFound):
        do(call_backs, call_back_id + 99, CallAct.TAKE)


def test_numbers_are_forgotten_after_their_time_and_only_then(
    database: Database, conversations: ConversationService, call_backs: CallBacks, handoffs: Handoffs
) -> None:
    _, over = asked(call_backs, conversations)
    _, still = asked(call_backs, conversations)
    do(call_backs, over, CallAct.CANCEL)
    real = handoffs.clock

    def in_days(days: int) -> None:
        def later() -> datetime:
            return real() + timedelta(days=days)

        handoffs.clock = later

    purged = []
    for days in (29, 31, 62):
        in_days(days)
        purged.append(call_backs.purge())
    assert purged == [0, 1, 0]
    with database.read() as session:
        kept = {one.id: (one.phone, one.about) for one in session.scalars(select(CallBack))}
    assert kept == {over: (None, None), still: (NUMBER, "問牌照稅")}
