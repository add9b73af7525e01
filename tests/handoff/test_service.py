"""Taking, answering, handing on and ending, on SQLite and PostgreSQL."""

from __future__ import annotations

import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.conversations.incoming import Incoming
from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.outcome import DialogueState, Handoff, Outcome
from gateway.conversations.rules import Owner, Reply
from gateway.conversations.service import ConversationClosed, ConversationService, Turn
from gateway.database import Database
from gateway.handoff import reading
from gateway.handoff.errors import (
    AlreadyTaken,
    AtCapacity,
    CannotRateService,
    NobodyWaits,
    NotInCharge,
    UnknownTarget,
)
from gateway.handoff.models import Handling
from gateway.handoff.presence import everybody
from gateway.handoff.rules import LOST_AFTER, Presence, in_order
from gateway.handoff.service import Handoffs
from tests.handoff.conftest import BOSS, HUA, MEI


def key() -> str:
    return str(uuid.uuid4())


def begun(conversations: ConversationService, text: str = "路燈壞了", language: str = "zh-TW") -> Turn:
    conversation_id, _, _ = conversations.create(language)
    accepted = conversations.accept(conversation_id, Incoming(key(), text))
    assert accepted.turn is not None
    return accepted.turn


def queued(conversations: ConversationService, priority: str = "normal", language: str = "zh-TW") -> str:
    turn = begun(conversations, language=language)
    conversations.finish_turn(turn, Outcome((Reply("請稍候"),), handoff=Handoff("asked", priority)))
    return turn.conversation_id


def row(database: Database, conversation_id: str) -> Conversation:
    with database.read() as session:
        return session.get_one(Conversation, conversation_id)


def texts(conversations: ConversationService, conversation_id: str) -> list[tuple[str, str]]:
    return [(one.sender, one.text) for one in conversations.since(conversation_id, 0)[1]]


def test_one_takes_who_waits_and_talks(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits = queued(conversations)
    assert handoffs.take(waits, MEI)
    assert not handoffs.take(waits, MEI)
    client_id = key()
    first, made = handoffs.say(waits, MEI, client_id, "您好，請問在哪個路口？")
    again, twice = handoffs.say(waits, MEI, client_id, "您好，請問在哪個路口？")
    assert (made, twice, first) == (True, False, again)
    assert row(database, waits).owner == Owner.OPERATOR
    said = texts(conversations, waits)
    assert ("operator", "您好，請問在哪個路口？") in said
    assert any("林小美" in text for sender, text in said if sender == "system")
    with database.read() as session:
        handling = session.scalars(select(Handling)).one()
    assert handling.queued_at is not None
    assert handling.first_reply_at is not None


def test_what_rasa_thought_before_the_takeover_is_dropped(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    turn = begun(conversations)
    handoffs.take(turn.conversation_id, MEI)
    assert conversations.finish_turn(turn, Outcome((Reply("遲到的回答"),))) == []
    assert "遲到的回答" not in str(texts(conversations, turn.conversation_id))
    with database.read() as session:
        acts = session.scalars(select(ConversationEvent.act)).all()
    assert "reply_dropped" in acts


def test_what_was_thought_before_a_takeover_is_dropped_even_after_the_hand_back(
    conversations: ConversationService, handoffs: Handoffs
) -> None:
    turn = begun(conversations)
    handoffs.take(turn.conversation_id, MEI)
    handoffs.release(turn.conversation_id, MEI)
    assert conversations.finish_turn(turn, Outcome((Reply("遲到的回答"),))) == []


def test_nothing_of_the_citizen_goes_to_rasa_while_a_person_is_in_charge(
    conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits = queued(conversations)
    handoffs.take(waits, MEI)
    assert conversations.accept(waits, Incoming(key(), "在建工路")).turn is None
    handoffs.release(waits, MEI)
    turn = conversations.accept(waits, Incoming(key(), "謝謝")).turn
    assert turn is not None
    assert turn.state.form is None


def test_two_claim_at_once_and_one_wins(conversations: ConversationService, handoffs: Handoffs) -> None:
    for _ in range(10):
        waits = queued(conversations)

        def claim(who: object, waits: str = waits) -> str:
            try:
                return "won" if handoffs.take(waits, who) else "had"  # type: ignore[arg-type]
            except AlreadyTaken:
                return "refused"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(claim, (MEI, HUA))) == ["refused", "won"]
        for who in (MEI, HUA):
            try:
                handoffs.close(waits, who)
            except NotInCharge:
                continue


def test_only_who_is_in_charge_talks_hands_on_and_ends(
    conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits = queued(conversations)
    handoffs.take(waits, MEI)
    for act in (
        lambda: handoffs.say(waits, HUA, key(), "我來"),
        lambda: handoffs.release(waits, HUA),
        lambda: handoffs.transfer(waits, HUA),
        lambda: handoffs.close(waits, HUA),
    ):
        with pytest.raises(NotInCharge):
            act()
    with pytest.raises(AlreadyTaken):
        handoffs.take(waits, HUA)
    assert handoffs.take(waits, BOSS)
    with pytest.raises(NotInCharge):
        handoffs.say(waits, MEI, key(), "我還在打字")


def test_a_citizens_message_is_no_operators(conversations: ConversationService, handoffs: Handoffs) -> None:
    waits, client_id = queued(conversations), key()
    handoffs.take(waits, MEI)
    conversations.accept(waits, Incoming(client_id, "民眾說的"))
    with pytest.raises(NotInCharge):
        handoffs.say(waits, MEI, client_id, "冒用編號")


def test_the_longest_waiting_is_next_within_its_priority_and_language(
    conversations: ConversationService, handoffs: Handoffs
) -> None:
    first, second = queued(conversations), queued(conversations)
    urgent = queued(conversations, "emergency")
    english = queued(conversations, language="en")
    handoffs.be(MEI, Presence.AVAILABLE, languages=["zh-TW"])
    assert [handoffs.take_next(MEI) for _ in range(3)] == [urgent, first, second]
    with pytest.raises(NobodyWaits):
        handoffs.take_next(MEI)
    assert handoffs.take_next(HUA) == english


def test_capacity_is_respected(conversations: ConversationService, handoffs: Handoffs) -> None:
    waits = [queued(conversations) for _ in range(3)]
    handoffs.be(MEI, Presence.AVAILABLE, capacity=2)
    with ThreadPoolExecutor(3) as pool:

        def claim(one: str) -> bool:
            try:
                return handoffs.take(one, MEI)
            except AtCapacity:
                return False

        assert sorted(pool.map(claim, waits)) == [False, True, True]
    with pytest.raises(AtCapacity):
        handoffs.take_next(MEI)


def test_a_transfer_to_a_colleague_waits_for_them_alone(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits = queued(conversations)
    since = row(database, waits).queued_at
    handoffs.take(waits, MEI)
    handoffs.transfer(waits, MEI, operator="hua", note="問水費，已查過兩次")
    handed = row(database, waits)
    assert (handed.owner, handed.wanted_operator, handed.queued_at) == (Owner.QUEUE, "hua", since)
    with pytest.raises(NobodyWaits):
        handoffs.take_next(MEI)
    assert handoffs.take_next(HUA) == waits
    with database.read() as session:
        notes = reading.notes_of(session, waits)
    assert [(note.author, note.text) for note in notes] == [("mei", "問水費，已查過兩次")]


def test_a_transfer_to_who_is_not_there_is_refused(
    conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits = queued(conversations)
    handoffs.take(waits, MEI)
    handoffs.be(HUA, Presence.PAUSED, reason="午休")
    for target in ("hua", "mei", "nobody"):
        with pytest.raises(UnknownTarget):
            handoffs.transfer(waits, MEI, operator=target)
    assert handoffs.say(waits, MEI, key(), "還在")[1]


def test_a_closed_conversation_is_over_and_rated_once(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits = queued(conversations)
    with pytest.raises(CannotRateService):
        handoffs.rate(waits, 5, 5, "")
    handoffs.take(waits, MEI)
    with pytest.raises(CannotRateService):
        handoffs.rate(waits, 5, 5, "")
    handoffs.close(waits, MEI)
    for score in (0, 6):
        with pytest.raises(CannotRateService):
            handoffs.rate(waits, score, 5, "")
    handoffs.rate(waits, 4, 5, " 很快 ")
    with pytest.raises(CannotRateService):
        handoffs.rate(waits, 1, 1, "")
    with pytest.raises(ConversationClosed):
        conversations.accept(waits, Incoming(key(), "還有"))
    with pytest.raises(ConversationClosed):
        handoffs.take(waits, HUA)
    assert row(database, waits).closed_at is not None


def test_who_lost_the_connection_loses_the_conversations_to_the_queue(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits, other = queued(conversations), queued(conversations)
    since = row(database, waits).queued_at
    handoffs.take(waits, MEI)
    handoffs.take(other, HUA)
    assert handoffs.sweep() == []
    later = handoffs.clock() + LOST_AFTER + timedelta(seconds=1)
    handoffs.clock = lambda: later
    handoffs.alive("hua")
    assert handoffs.sweep() == [waits]
    lost = row(database, waits)
    assert (lost.owner, lost.priority, lost.queued_at) == (Owner.QUEUE, "transfer", since)
    assert row(database, other).operator == "hua"
    assert handoffs.sweep() == []
    with pytest.raises(NotInCharge):
        handoffs.say(waits, MEI, key(), "我回來了")
    with database.read() as session:
        assert {one.username: one.state for one in everybody(session, later)}["mei"] == "away"


def test_lists_and_what_is_unread(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    first, urgent = queued(conversations), queued(conversations, "emergency")
    with database.read() as session:
        assert [(card.id, card.place) for card in reading.queue(session)] == [(urgent, 1), (first, 2)]
    handoffs.take(first, MEI)
    conversations.accept(first, Incoming(key(), "在嗎"))
    with database.read() as session:
        [card] = reading.conversations_of(session, "mei")
    assert (card.unread, card.last_text) == (2, "在嗎")
    handoffs.seen(first, HUA, card.last_seq)
    handoffs.seen(first, MEI, 10_000)
    with database.read() as session:
        [card] = reading.conversations_of(session, "mei")
        assert {one.id for one in reading.everyones(session)} == {first, urgent}
    assert card.unread == 0


def test_the_citizen_is_told_an_honest_place_and_time(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    now = handoffs.clock()
    ahead, mine = queued(conversations), queued(conversations)
    with database.read() as session:
        state = reading.line_state(session, mine, now)
        assert (state.place, state.minutes, state.operators) == (2, None, 3)
        assert reading.line_state(session, "none", now).place is None
    with database.write() as session:
        for _ in range(6):
            session.add(
                Handling(conversation_id=ahead, operator="mei", queued_at=None, taken_at=now,
                         first_reply_at=None, ended_at=now + timedelta(minutes=10), ending="closed")
            )  # fmt: skip
    with database.read() as session:
        assert reading.line_state(session, mine, now).minutes == 0
    for who in (MEI, HUA, BOSS):
        handoffs.be(who, Presence.PAUSED)
    with database.read() as session:
        state = reading.line_state(session, mine, now)
    assert (state.minutes, state.operators) == (None, 0)


def test_every_change_of_hands_is_written_down_with_who_and_why(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits = queued(conversations)
    handoffs.take(waits, MEI)
    handoffs.take(waits, BOSS)
    handoffs.transfer(waits, BOSS, unit="水利局", note="請水利局回覆")
    with database.read() as session:
        told = [(event.actor, event.reason) for event in reading.events_of(session, waits)]
        [card] = reading.queue(session)
    assert told == [
        ("citizen", "asked"), ("mei", "taken from the queue"), ("boss", "taken over"),
        ("boss", "請水利局回覆"),
    ]  # fmt: skip
    assert card.wanted_unit == "水利局"


def test_the_place_that_the_database_counts_is_the_one_of_the_rule(
    database: Database, conversations: ConversationService
) -> None:
    chance = random.Random(1999)  # noqa: S311 - an order, no secret
    ids = [queued(conversations) for _ in range(30)]
    with database.write() as session:
        for one in ids:
            row_ = session.get_one(Conversation, one)
            row_.priority = chance.choice(["emergency", "distress", "transfer", "normal", None])
            row_.queued_at = chance.choice([None, datetime(2026, 11, 25, 4, chance.randrange(6), tzinfo=UTC)])
            row_.updated_at = datetime(2026, 11, 25, 4, chance.randrange(6), 0, 7, tzinfo=UTC)
    with database.read() as session:
        ordered = in_order(reading.waiting(session))
        assert len(ordered) == len(ids)
        for place, one in enumerate(ordered, start=1):
            assert reading.place_in_line(session, one.id) == place
        assert reading.place_in_line(session, "gone") is None


@pytest.mark.parametrize("made", [False, True])
def test_an_open_report_goes_on_after_the_hand_back_unless_it_has_become_a_case(
    database: Database, conversations: ConversationService, cases: CaseService, handoffs: Handoffs, made: bool
) -> None:
    turn = begun(conversations)
    draft = DialogueState(form="dispatch", draft={"kind": "dispatch", "description": "路燈壞了"})
    conversations.finish_turn(turn, Outcome((Reply("請稍候"),), draft, handoff=Handoff("asked")))
    handoffs.take(turn.conversation_id, MEI)
    if made:
        with database.write() as session:
            cases.register(
                session,
                NewCase(
                    kind="dispatch", item_code="street_light_out", description="路燈壞了", origin_key=key(),
                    received_at=handoffs.clock(), channel="web_chat", district="三民區",
                    conversation_id=turn.conversation_id,
                ),
            )  # fmt: skip
    handoffs.release(turn.conversation_id, MEI)
    after = conversations.accept(turn.conversation_id, Incoming(key(), "好")).turn
    assert after is not None
    assert after.state.form == (None if made else "dispatch")
    assert ("剛才填寫的內容都還在" in str(texts(conversations, turn.conversation_id))) is not made
