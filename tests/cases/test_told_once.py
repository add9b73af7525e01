"""Whoever reported a matter is told of each thing that happens by every way they gave, and never twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.models import CaseReporter
from gateway.cases.rules import Act, Status
from gateway.cases.service import CaseService
from gateway.cases.telling import RATING_AFTER
from gateway.cases.verification import verification_code
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.outbox.preferences import Preferences, note_dead
from tests.cases.conftest import NOW
from tests.cases.life import RESULT, Life, case_of

Make = Callable[..., NewCase]
MAIL, CHAT = "ming@example.org", "conversation-of-ming"


def letters(session: Session) -> list[OutboxMessage]:
    return list(
        session.scalars(
            select(OutboxMessage).where(OutboxMessage.transport != "desk").order_by(OutboxMessage.id)
        )
    )


def told(session: Session) -> Counter[tuple[str, str, str]]:
    """How often somebody was told of something: topic, recipient, case."""
    return Counter((one.topic, one.recipient.lower(), one.subject or "") for one in letters(session))


def join(session: Session, number: str, key: str, email: str | None, conversation: str | None = None) -> None:
    session.add(
        CaseReporter(
            case_id=case_of(session, number).id, origin_key=key, email=email, language="zh-TW",
            channel="web_form", conversation_id=conversation, joined_at=NOW,
        )
    )  # fmt: skip
    session.flush()


@pytest.mark.parametrize(
    ("act", "before"),
    [
        (Act.ASSIGN, Status.REGISTERED),
        (Act.REQUEST_INFO, Status.IN_PROGRESS),
        (Act.EXTEND, Status.IN_PROGRESS),
        (Act.REASSIGN, Status.IN_PROGRESS),
        (Act.MERGE, Status.IN_PROGRESS),
        (Act.CONVERT, Status.IN_PROGRESS),
        (Act.HANDLE, Status.IN_PROGRESS),
        (Act.RELEASE, Status.HANDLED),
        (Act.REOPEN, Status.RELEASED),
        (Act.NOT_PROCESS, Status.ASSIGNED),
        (Act.WITHDRAW, Status.ASSIGNED),
    ],
)
def test_by_every_way_that_was_given_and_once(
    database: Database, cases: CaseService, new_case: Make, act: Act, before: Status
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.bring(new_case(contact_email=MAIL, conversation_id=CHAT), before)
        known = told(session)
        life.do(number, act)
        new = told(session) - known
        assert new[f"notice.{act}", MAIL, number] == new[f"notice.{act}", CHAT, number] == 1
        assert max(new.values()) == 1


def test_one_person_as_filer_and_joiner_and_in_a_merged_case_is_told_once(
    database: Database, cases: CaseService, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        kept = life.file(new_case("kept", contact_email=MAIL, conversation_id=CHAT))
        merged = life.file(new_case("merged", contact_email="Ming@Example.org"))
        join(session, kept, "joined", "MING@example.org")
        join(session, kept, "joined again", MAIL, CHAT)
        join(session, merged, "stranger", "hua@example.org")
        life.do(merged, Act.ACCEPT)
        life.do(merged, Act.MERGE, other_case=kept)
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE, Act.REOPEN):
            life.do(kept, act)
        counted = told(session)
        assert max(counted.values()) == 1, counted
        for act in (Act.HANDLE, Act.RELEASE, Act.REOPEN):
            for who in (MAIL, CHAT, "hua@example.org"):
                assert counted[f"notice.{act}", who, kept] == 1


def test_a_conversion_is_one_notice_with_the_new_number_and_code(
    database: Database, cases: CaseService, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case(contact_email=MAIL))
        join(session, number, "joined", "hua@example.org")
        before = len(letters(session))
        made = life.do(number, Act.CONVERT).made
        assert made is not None
        new = letters(session)[before:]
        assert sorted((one.topic, one.recipient) for one in new) == [
            ("notice.convert", "hua@example.org"), ("notice.convert", MAIL),
        ]  # fmt: skip
        code = verification_code(cases.tools(session).key, made)
        shown = {one.recipient: code in one.payload["text"] for one in new}
        assert shown == {MAIL: True, "hua@example.org": False}


def test_who_filed_is_asked_for_a_rating_a_day_after_each_closing(
    database: Database, cases: CaseService, new_case: Make, now: list[datetime]
) -> None:
    def asked(session: Session) -> list[tuple[str, str, datetime]]:
        rows = [one for one in letters(session) if one.topic == "notice.rating"]
        return [(one.recipient, one.state, one.not_before) for one in rows]

    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case(contact_email=MAIL))
        join(session, number, "joined", "hua@example.org")
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE):
            life.do(number, act)
        assert asked(session) == [(MAIL, "pending", NOW + RATING_AFTER)]
        life.do(number, Act.REOPEN)
        session.expire_all()
        assert [state for _, state, _ in asked(session)] == ["cancelled"]
        now[0] += timedelta(hours=2)
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE):
            life.do(number, act)
        assert [state for _, state, _ in asked(session)] == ["cancelled", "pending"]
        code = cases.verification_code(number)
        cases.rate(session, number, code, 5, None)
        session.expire_all()
        assert [state for _, state, _ in asked(session)] == ["cancelled", "cancelled"]


def test_what_is_withheld_is_kept_with_its_reason_and_is_not_counted_as_told(
    database: Database, cases: CaseService, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.bring(new_case(contact_email=MAIL, conversation_id=CHAT), Status.IN_PROGRESS)
        Preferences.opt_out(session, "email", MAIL, "answers", NOW)
        life.do(number, Act.HANDLE, note=RESULT)
        last = {one.transport: (one.state, one.last_error) for one in letters(session)[-2:]}
        assert last == {"conversation": ("pending", None), "email": ("withheld", "opted_out")}
        other = life.bring(new_case("other", contact_email=MAIL), Status.IN_PROGRESS)
        life.do(other, Act.HANDLE, note=RESULT)
        assert letters(session)[-1].state == "pending", "the answer has no other way"
        note_dead(session, "email", MAIL, "550 5.1.1", NOW)
        life.do(other, Act.RELEASE)
        dead = [one for one in letters(session) if one.topic == "notice.release"]
        assert [(one.state, one.last_error) for one in dead] == [("withheld", "dead_address")]
