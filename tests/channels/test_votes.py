"""Thumbs on answers: one for each, in one's own conversation; a bad one leads to other words or a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from gateway.conversations.models import AnswerFeedback, Conversation
from gateway.conversations.rules import Owner, Wish
from gateway.identity.rules import StaffRole
from tests.channels.test_failed_answers import KNOWN, alone
from tests.channels.test_operator import Desk
from tests.in_process import Conversation as Talk
from tests.in_process import Gateway


@pytest.fixture
def answered(start: Callable[..., Gateway]) -> tuple[Gateway, Talk, int]:
    """A conversation in which a question was answered, and the number of the answer."""
    gateway = start(alone())
    talk = gateway.open()
    [answer] = [one for one in talk.say(KNOWN) if one["kind"] == "answer"]
    return gateway, talk, answer["seq"]


def cast(talk: Talk, seq: object, vote: str = "down") -> httpx.Response:
    return talk.client.post(f"{talk.path}/{seq}/vote", json={"vote": vote}, headers=talk.headers)


def offered(message: dict[str, Any]) -> list[str]:
    return [one["payload"] for one in message["payload"].get("options", ())]


def test_a_vote_is_kept_once_and_can_be_changed(answered: tuple[Gateway, Talk, int]) -> None:
    gateway, talk, seq = answered
    entry = talk.read(after=seq - 1)["messages"][0]["payload"]
    for given in ("up", "up", "down", "up"):
        told = cast(talk, seq, given).json()["votes"]
        assert [(one["seq"], one["vote"]) for one in told] == [(seq, given)]
    seen = gateway.client.get(f"/api/v1/conversations/{talk.id}/votes", headers=talk.headers)
    assert seen.json()["votes"] == told
    with gateway.database.read() as session:
        [kept] = session.scalars(select(AnswerFeedback))
    assert (kept.entry, kept.score, kept.vote) == (entry["faq_id"], entry["score"], "up")


def test_a_thumbs_down_is_answered_once_and_leads_to_a_person(answered: tuple[Gateway, Talk, int]) -> None:
    gateway, talk, seq = answered
    before = len(talk.texts())
    for vote in ("down", "down", "up", "down"):
        assert cast(talk, seq, vote).status_code == 200
    [told] = talk.read()["messages"][before:]
    assert offered(told) == ["ask:again", "human:thumbs_down"]
    [again] = talk.send(option="ask:again").json()["replies"]
    assert "別的說法" in again["text"]
    talk.send(option="human:thumbs_down")
    assert talk.read()["owner"] == Owner.QUEUE
    with gateway.database.read() as session:
        assert session.get_one(Conversation, talk.id).queue_reason == Wish.THUMBS_DOWN


def test_a_thumbs_up_says_nothing(answered: tuple[Gateway, Talk, int]) -> None:
    _, talk, seq = answered
    before = talk.texts()
    cast(talk, seq, "up")
    assert talk.texts() == before


def test_neither_a_form_nor_a_person_is_disturbed(answered: tuple[Gateway, Talk, int]) -> None:
    gateway, talk, seq = answered
    talk.send(option="start:petition")
    before = talk.texts()
    cast(talk, seq)
    gateway.app.state.conversations.change_owner(talk.id, Owner.OPERATOR, "mei", "stepped in")
    cast(talk, seq, "up")
    cast(talk, seq)
    assert talk.texts() == before


def test_what_cannot_be_voted_on(answered: tuple[Gateway, Talk, int]) -> None:
    gateway, talk, seq = answered
    stranger = gateway.open()
    path = f"{talk.path}/{seq}/vote"
    codes = [
        cast(talk, 1).json()["error"]["code"],
        cast(talk, seq + 99).json()["error"]["code"],
        cast(talk, seq, "sideways").json()["error"]["code"],
        cast(talk, 2**31).json()["error"]["code"],
        gateway.client.post(path, json={"vote": "up"}).json()["error"]["code"],
        gateway.client.post(path, json={"vote": "up"}, headers=stranger.headers).json()["error"]["code"],
        cast(stranger, seq).json()["error"]["code"],
    ]
    assert codes == [
        "cannot_vote", "not_found", "invalid_input", "invalid_input",
        "unauthorized", "not_found", "not_found",
    ]  # fmt: skip
    with gateway.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AnswerFeedback)) == 0


def test_votes_are_limited_like_messages(start: Callable[..., Gateway]) -> None:
    talk = start(alone(), rate_conversation="2/minute").open()
    seq = next(one["seq"] for one in talk.say(KNOWN) if one["kind"] == "answer")
    assert [cast(talk, seq).status_code for _ in range(2)] == [200, 429]


def test_the_operator_sees_the_votes(answered: tuple[Gateway, Talk, int]) -> None:
    gateway, talk, seq = answered
    cast(talk, seq)
    talk.send(option="human:thumbs_down")
    mei = Desk(gateway, "mei", StaffRole.OPERATOR)
    [vote] = mei.get(f"/conversations/{talk.id}").json()["votes"]
    assert (vote["seq"], vote["vote"]) == (seq, "down")
