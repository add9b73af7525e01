"""The promises of a conversation, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases.attachments.errors import AttachmentsTooLarge
from gateway.cases.attachments.rules import TOGETHER_MAX_FILES
from gateway.cases.attachments.service import AttachmentService
from gateway.cases.models import Case, CaseAttachment
from gateway.conversations.files import SentFile
from gateway.conversations.incoming import Incoming, UnknownOption
from gateway.conversations.models import ConversationEvent
from gateway.conversations.outcome import DialogueState, Handoff, Outcome
from gateway.conversations.rules import Kind, Owner, OwnerChangeRefused, Reply
from gateway.conversations.service import ConversationClosed, ConversationService, Turn
from gateway.database import Database
from gateway.errors import NotFound
from gateway.settings import Settings

SENT = TOGETHER_MAX_FILES + 5
CONFIRMED = {
    "kind": "dispatch",
    "item_code": "road_pothole",
    "description": "路面破一個大洞，機車很危險",
    "district": "三民區",
    "address": "建工路415號前",
}


def words(text: str) -> Incoming:
    return Incoming(str(uuid.uuid4()), text)


def begun(conversations: ConversationService, text: str = "路燈壞了") -> Turn:
    conversation_id, _, _ = conversations.create("zh-TW")
    accepted = conversations.accept(conversation_id, words(text))
    assert accepted.turn is not None
    return accepted.turn


def said(text: str) -> Outcome:
    return Outcome((Reply(text),))


def test_a_repeated_send_is_one_message_with_one_answer(conversations: ConversationService) -> None:
    conversation_id, _, _ = conversations.create("zh-TW")
    sent = words("怎麼繳牌照稅")
    first = conversations.accept(conversation_id, sent)
    turn = first.turn
    assert turn is not None
    answered = conversations.finish_turn(turn, said("可以線上繳"))
    again = conversations.accept(conversation_id, sent)
    assert not again.created and again.turn is None
    assert again.message == first.message
    assert again.replies == answered
    assert conversations.finish_turn(turn, said("另一個答案")) == answered
    assert [message.seq for message in conversations.since(conversation_id, 0)[1]] == [1, 2]


def test_the_entry_told_last_and_the_district_go_along_with_the_next_message(
    conversations: ConversationService,
) -> None:
    turn = begun(conversations, "牌照稅什麼時候繳")
    answer = Reply("4 月", Kind.ANSWER, {"faq_id": "tax"})
    conversations.finish_turn(turn, Outcome((answer,), aspect="deadline", district="左營區"))
    for turns in range(3):
        turn_of = conversations.accept(turn.conversation_id, words("要多少錢")).turn
        assert turn_of is not None
        context = turn_of.context
        assert (context.topic, context.asked, context.turns) == ("tax", "deadline", turns)
        # Neither a form nor a reply without an entry changes it.
        conversations.finish_turn(
            turn_of, Outcome((Reply("…"),), DialogueState("dispatch") if turns else None)
        )
    last = conversations.accept(turn.conversation_id, words("要多少錢")).turn
    assert last is not None and last.context.topic is None and last.context.district == "左營區"
    assert last.state == DialogueState("dispatch")


def test_numbers_are_gapless_under_concurrent_sends(conversations: ConversationService) -> None:
    conversation_id, _, _ = conversations.create("zh-TW")
    start = threading.Barrier(8)

    def send(number: int) -> None:
        start.wait()
        for turn_number in range(5):
            accepted = conversations.accept(conversation_id, words(f"{number}-{turn_number}"))
            assert accepted.turn is not None
            conversations.finish_turn(accepted.turn, said("收到"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    messages = conversations.since(conversation_id, 0)[1]
    assert [message.seq for message in messages] == list(range(1, 81))
    assert conversations.since(conversation_id, 77)[1] == messages[77:]


def test_files_that_come_at_once_are_told_once_and_keep_the_limit(
    conversations: ConversationService, database: Database, settings: Settings
) -> None:
    conversation_id, _, _ = conversations.create("zh-TW")
    attachments, start = AttachmentService(database, settings), threading.Barrier(8)

    def send(number: int) -> bool:
        prepared = attachments.prepare("說明".encode(), f"{number}.txt")
        file = SentFile.of(prepared)
        incoming = Incoming(f"file-{number % SENT}", file.words, file=file)
        if number < start.parties:
            start.wait()
        try:
            return conversations.accept(conversation_id, incoming, prepared).created
        except AttachmentsTooLarge:
            return False

    with ThreadPoolExecutor(start.parties) as pool:
        kept = list(pool.map(send, range(2 * SENT)))
    assert sum(kept) == TOGETHER_MAX_FILES
    messages = conversations.since(conversation_id, 0)[1]
    assert [message.seq for message in messages] == list(range(1, TOGETHER_MAX_FILES + 1))
    with database.read() as session:
        named = set(session.scalars(select(CaseAttachment.public_id)))
    assert named == {message.payload["attachment_id"] for message in messages}


def test_after_a_takeover_no_computed_reply_reaches_the_citizen(
    conversations: ConversationService, database: Database
) -> None:
    turn = begun(conversations)
    conversations.change_owner(turn.conversation_id, Owner.OPERATOR, "operator-1", "steps in")
    assert conversations.finish_turn(turn, Outcome((Reply("太晚了"),), register=CONFIRMED)) == []
    owner, messages = conversations.since(turn.conversation_id, 0)
    assert owner == Owner.OPERATOR and [message.sender for message in messages] == ["citizen"]
    with database.read() as session:
        dropped = session.scalar(select(func.count()).where(ConversationEvent.act == "reply_dropped"))
        assert dropped == 1
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_a_case_and_the_message_that_tells_it_are_committed_together(
    conversations: ConversationService, database: Database
) -> None:
    turn = begun(conversations)
    replies = conversations.finish_turn(turn, Outcome(state=DialogueState(), register=CONFIRMED))
    assert [reply.kind for reply in replies] == [Kind.CASE]
    payload = replies[0].payload
    assert payload["number"] in replies[0].text and payload["verification_code"] in replies[0].text
    assert [due["stage"] for due in payload["due"]] == ["inspection", "completion"]
    with database.read() as session:
        assert session.scalars(select(Case.number)).all() == [payload["number"]]


def test_a_case_that_staff_should_check_says_so(
    conversations: ConversationService, database: Database
) -> None:
    turn = begun(conversations)
    conversations.finish_turn(turn, Outcome(register={**CONFIRMED, "review": True}))
    with database.read() as session:
        assert session.scalars(select(Case.needs_review)).all() == [True]


def test_when_the_commit_fails_there_is_no_number_and_no_case(
    conversations: ConversationService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = begun(conversations)

    def fail(_: Session) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(Session, "commit", fail)
        with pytest.raises(OSError, match="disk full"):
            conversations.finish_turn(turn, Outcome(register=CONFIRMED))
    assert [message.sender for message in conversations.since(turn.conversation_id, 0)[1]] == ["citizen"]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert conversations.unfinished() == [(turn.conversation_id, turn.message_id)]
    assert len(conversations.finish_turn(turn, Outcome(register=CONFIRMED))) == 1


def test_only_offered_options_can_be_chosen(conversations: ConversationService) -> None:
    turn = begun(conversations)
    offer = {"options": [{"title": "路燈故障", "payload": "item:street_light"}]}
    conversations.finish_turn(turn, Outcome((Reply("是哪一項？", Kind.OPTIONS, offer),)))
    pressed = Incoming(str(uuid.uuid4()), "", option="item:street_light")
    assert conversations.accept(turn.conversation_id, pressed).message.text == "路燈故障"
    before = conversations.since(turn.conversation_id, 0)
    with pytest.raises(UnknownOption):
        conversations.accept(turn.conversation_id, Incoming(str(uuid.uuid4()), "", option="item:forged"))
    assert conversations.since(turn.conversation_id, 0) == before


def test_the_queue_is_entered_and_left(conversations: ConversationService) -> None:
    turn = begun(conversations)
    conversations.finish_turn(turn, Outcome((Reply("稍候"),), handoff=Handoff("asked")))
    assert conversations.since(turn.conversation_id, 0)[0] == Owner.QUEUE
    accepted = conversations.accept(turn.conversation_id, words("不等了"))
    assert accepted.turn is not None
    conversations.finish_turn(accepted.turn, Outcome((Reply("好的"),), back_to_bot=True))
    assert conversations.since(turn.conversation_id, 0)[0] == Owner.BOT


def test_a_closed_conversation_takes_nothing(conversations: ConversationService) -> None:
    turn = begun(conversations)
    conversations.finish_turn(turn, said("好"))
    conversations.change_owner(turn.conversation_id, Owner.CLOSED, "operator-1", "done")
    with pytest.raises(ConversationClosed):
        conversations.accept(turn.conversation_id, words("還有"))
    with pytest.raises(OwnerChangeRefused):
        conversations.change_owner(turn.conversation_id, Owner.BOT, "operator-1", "reopen")


def test_an_unknown_conversation_is_not_found(conversations: ConversationService) -> None:
    with pytest.raises(NotFound):
        conversations.accept(str(uuid.uuid4()), words("喂"))
    with pytest.raises(NotFound):
        conversations.since(str(uuid.uuid4()), 0)


def test_trackers_are_renewed_in_time_and_after_a_cut(conversations: ConversationService) -> None:
    conversation_id, _, _ = conversations.create("zh-TW")
    senders = []
    for number in range(7):
        accepted = conversations.accept(conversation_id, words(str(number)))
        assert accepted.turn is not None
        senders.append(accepted.turn.sender_id)
        conversations.finish_turn(accepted.turn, said("好"))
    assert len(set(senders)) == 3
    accepted = conversations.accept(conversation_id, words("cut off"))
    cut_off = conversations.resume(accepted.message.id)
    assert accepted.turn is not None and cut_off is not None
    assert cut_off[0].sender_id != accepted.turn.sender_id
    conversations.finish_turn(cut_off[0], said("接上了"))
    assert conversations.resume(accepted.message.id) is None


def test_the_state_survives_between_turns(conversations: ConversationService) -> None:
    turn = begun(conversations)
    state = DialogueState("dispatch", {"kind": "dispatch", "asking": "place"}, 1)
    conversations.finish_turn(turn, Outcome((Reply("在哪裡？"),), state))
    assert conversations.state(turn.conversation_id) == state
    assert conversations.state(str(uuid.uuid4())) == DialogueState()
