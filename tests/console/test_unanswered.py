"""What was asked in vain reaches the desk without personal data, and is marked; votes have reasons."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.conversations.models import AnswerFeedback, AskedQuestion, Message
from gateway.identity.rules import StaffRole
from tests.channels.test_failed_answers import KNOWN, NONSENSE, alone, by_actions
from tests.console.people import Browser
from tests.in_process import Conversation as Talk
from tests.in_process import Gateway

URL = "/console/answers/unanswered"
UNSURE = "火星上的咖啡店幾點打烊"
SignedIn = Callable[..., Browser]


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    return start(alone())


def asked(gateway: Gateway) -> list[AskedQuestion]:
    with gateway.database.read() as session:
        return list(session.scalars(select(AskedQuestion).order_by(AskedQuestion.id)))


def cast(talk: Talk, seq: int, **vote: object) -> int:
    sent = talk.client.post(f"{talk.path}/{seq}/vote", json=vote, headers=talk.headers)
    return sent.status_code


def answer_of(talk: Talk, question: str = KNOWN) -> dict[str, object]:
    return next(one for one in talk.say(question) if one["kind"] == "answer")


@pytest.mark.parametrize("rasa", [True, False], ids=["with Rasa", "without"])
def test_every_question_is_noted_with_its_turn(gateway: Gateway, rasa: bool) -> None:
    if rasa:
        gateway.brain.up = True
        by_actions(gateway)
    talk = gateway.open()
    told = answer_of(talk)
    talk.say(NONSENSE)
    answered, none = asked(gateway)
    payload = told["payload"]
    assert isinstance(payload, dict)
    assert (answered.decision, answered.entry) == ("answer", payload["faq_id"])
    assert (answered.entry_version, answered.score) == (payload["entry_version"], payload["score"])
    assert (none.decision, none.answered_by, none.ended) == ("none", None, None)


def test_asked_back_ends_chosen_or_none_of_these(gateway: Gateway) -> None:
    talk = gateway.open()
    offered = next(one for one in talk.say(UNSURE) if one["kind"] == "options")["payload"]["options"]
    first = offered[0]["payload"]
    talk.send(option=first)
    [chosen] = asked(gateway)
    assert (chosen.decision, chosen.ended, chosen.entry) == ("clarify", "chosen", first.removeprefix("faq:"))
    assert chosen.answered_by not in {None, chosen.message_id}
    talk.send(option="faq:none")
    [declined] = asked(gateway)
    assert declined.ended == "none_of_these"


def test_what_is_said_to_a_form_is_no_question(gateway: Gateway) -> None:
    talk = gateway.open()
    talk.say("我想問一件事")
    before = len(asked(gateway))
    talk.send(option="start:petition") if _offers(talk, "start:petition") else None
    talk.say("我要檢舉隔壁的王先生")
    talk.say(KNOWN)
    assert len(asked(gateway)) == before


def _offers(talk: Talk, payload: str) -> bool:
    messages = talk.read()["messages"]
    return any(payload == one["payload"] for m in messages for one in m["payload"].get("options", ()))


def test_the_page_gathers_hides_and_marks(gateway: Gateway, signed_in: SignedIn) -> None:
    for _ in range(2):
        gateway.open().say(NONSENSE)
    gateway.open().say(f"{NONSENSE}，請打 0912345678 找王先生")
    talk = gateway.open()
    cast(talk, int(str(answer_of(talk)["seq"])), vote="down")
    mei = signed_in(StaffRole.EDITOR)
    page = unescape(mei.get(URL).text)
    assert NONSENSE in page and KNOWN in page and "× 2" in page
    assert "0912345678" not in page and "王先生" not in page
    assert "/edit?phrasing=" in page and "/console/answers/new?question=" in page
    assert KNOWN not in mei.get(f"{URL}?why=none").text and NONSENSE not in mei.get(f"{URL}?why=down").text
    assert NONSENSE not in mei.get(f"{URL}?from=2026-01-01&to=2026-01-02").text
    ids = ",".join(str(one.id) for one in asked(gateway) if one.decision == "none")
    done = mei.post(f"{URL}/mark", ids=ids, handled="not_ours", back=URL)
    assert done.status_code == 303 and done.headers["location"] == URL
    assert NONSENSE not in mei.get(URL).text and NONSENSE in mei.get(f"{URL}?handled=not_ours").text
    assert mei.post(f"{URL}/mark", ids="", handled="dealt").status_code == 422
    assert mei.post(f"{URL}/mark", ids="999999", handled="dealt").status_code == 422
    with gateway.database.read() as session:
        marked = session.scalars(select(AuditEntry).where(AuditEntry.act == "answers.mark")).all()
    assert [one.detail["questions"] for one in marked] == [3]


def test_questions_go_with_their_messages(gateway: Gateway, signed_in: SignedIn) -> None:
    gateway.open().say(NONSENSE)
    with gateway.database.write() as session:
        for message in session.scalars(select(Message)):
            message.text = "" if message.sender == "citizen" else message.text
            session.delete(message)
    assert NONSENSE not in signed_in(StaffRole.EDITOR).get(URL).text


def test_a_thumb_down_has_a_reason(gateway: Gateway, signed_in: SignedIn) -> None:
    talk = gateway.open()
    seq = int(str(answer_of(talk)["seq"]))
    for wrong in (
        {"vote": "up", "reason": "wrong"}, {"vote": "down", "reason": "ugly"},
        {"vote": "down", "comment": "長" * 301}, {"vote": "down", "comment": "a\u0000b"},
    ):  # fmt: skip
        assert cast(talk, seq, **wrong) == 422
    assert cast(talk, seq, vote="down") == 200
    said = len(talk.texts())
    assert cast(talk, seq, vote="down", reason="outdated") == 200
    assert cast(talk, seq, vote="down", comment=" 今年改了 ") == 200
    assert len(talk.texts()) == said
    with gateway.database.read() as session:
        [kept] = session.scalars(select(AnswerFeedback))
    assert (kept.reason, kept.comment) == ("outdated", "今年改了")
    assert kept.version == asked(gateway)[0].entry_version
    mei = signed_in(StaffRole.EDITOR)
    listed = mei.get("/console/answers/votes")
    assert "100%" in listed.text and kept.entry in listed.text
    page = mei.get(f"/console/answers/entries/{kept.entry}").text
    assert "資料過時 1" in page and "今年改了" in page
    assert cast(talk, seq, vote="up") == 200
    with gateway.database.read() as session:
        [kept] = session.scalars(select(AnswerFeedback))
    assert (kept.vote, kept.reason, kept.comment) == ("up", None, None)
