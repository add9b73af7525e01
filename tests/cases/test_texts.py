"""Text messages to who gave only a mobile number: which notices, to whom, and how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.cases.notices import Addressee, notices, short_text, write_notices
from gateway.cases.rules import Act
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.outbox.service import Outbox
from tests.cases.conftest import NOW
from tests.cases.life import Life

New = Callable[..., NewCase]
TEXTED = {"register", "request_info", "release", "reopen"}
FACTS = {
    "number": "D1151124-99999", "code": "99999999", "link": "https://1999.example.gov.tw/case?number=D1",
}  # fmt: skip


@pytest.fixture
def texting(cases: CaseService) -> CaseService:
    """The case room where there are text messages."""
    cases.rules = replace(cases.rules, texts=True, public_url="https://1999.example.gov.tw")
    return cases


@pytest.fixture
def sent(database: Database) -> Callable[[], list[tuple[str, str, str]]]:
    """Every text message: number, topic, text."""

    def read() -> list[tuple[str, str, str]]:
        with database.read() as session:
            rows = session.scalars(
                select(OutboxMessage).where(OutboxMessage.transport == "sms").order_by(OutboxMessage.id)
            )
            return [(row.recipient, row.topic, row.payload["text"]) for row in rows]

    return read


Sent = Callable[[], list[tuple[str, str, str]]]


def live(cases: CaseService, database: Database, new: NewCase, now: list[datetime]) -> str:
    """A case that is asked about, closed and reopened."""
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new)
        for act in (Act.ACCEPT, Act.REQUEST_INFO, Act.SUPPLY_INFO, Act.HANDLE, Act.RELEASE, Act.REOPEN):
            now[0] += timedelta(minutes=5)
            life.do(number, act)
    return number


def test_who_gave_only_a_mobile_number_gets_the_four_short_forms(
    texting: CaseService, database: Database, new_case: New, now: list[datetime], sent: Sent
) -> None:
    number = live(texting, database, new_case(contact_phone="0912-345-678", channel="phone"), now)
    assert {recipient for recipient, _, _ in sent()} == {"0912345678"}
    topics = [topic for _, topic, _ in sent()]
    assert topics == ["notice.register", "notice.request_info", "notice.release", "notice.reopen"]
    received = sent()[0][2]
    assert received.endswith(f"https://1999.example.gov.tw/case?number={number}")
    assert texting.verification_code(number) in received
    assert not any("\n" in text for _, _, text in sent())


@pytest.mark.parametrize(
    "person",
    [
        {"contact_phone": "07-3368333"}, {"contact_phone": "0912345678", "contact_email": "a@b.example"},
        {"contact_phone": "0912345678", "channel": "line", "conversation_id": "c1"}, {},
    ],
)  # fmt: skip
def test_nobody_else_gets_any(
    texting: CaseService, database: Database, new_case: New, now: list[datetime], sent: Sent,
    person: dict[str, Any],
) -> None:  # fmt: skip
    live(texting, database, new_case(**person), now)
    assert sent() == []


def test_a_chat_on_the_web_is_no_reason_against_it(
    texting: CaseService, database: Database, new_case: New, now: list[datetime], sent: Sent
) -> None:
    live(texting, database, new_case(contact_phone="0912345678", conversation_id="c1"), now)
    assert len(sent()) == 4


def test_without_the_setting_there_are_none(
    cases: CaseService, database: Database, new_case: New, now: list[datetime], sent: Sent
) -> None:
    live(cases, database, new_case(contact_phone="0912345678"), now)
    assert sent() == []


def test_two_with_one_telephone_are_told_once_of_one_event(database: Database, sent: Sent) -> None:
    people = [Addressee(None, None, "zh-TW", phone=one) for one in ("0912345678", "+886912345678")]
    with database.write() as session:
        used = write_notices(
            session, Outbox(), event_key="case:D1:2", act="release", addressees=people,
            facts={**FACTS, "item": "路面"}, now=NOW, texts=True,
        )  # fmt: skip
    assert (len(sent()), used) == (1, ["sms"])


@pytest.mark.parametrize("language", ["zh-TW", "en"])
@pytest.mark.parametrize("act", sorted(notices()))
def test_short_forms_are_short(act: str, language: str) -> None:
    text = short_text(act, language, FACTS)
    assert (text is not None) is (act in TEXTED)
    if text is not None:
        line, _, link = text.rpartition(" ")
        assert len(line) <= 70
        assert link == FACTS["link"]
        assert FACTS["number"] in line
        assert short_text(act, language, {**FACTS, "link": None}) == line
