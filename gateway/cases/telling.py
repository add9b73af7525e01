"""What goes out with an act, in its transaction: notices to citizens, reminders to the staff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases import clocks
from gateway.cases.acting import Acting, Tools
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseLink, CaseReporter
from gateway.cases.notices import LIVE_CHAT, Addressee, write_notices
from gateway.cases.reminders import reminders, unschedule
from gateway.cases.rules import CONVERTED, Act, Stage
from gateway.cases.verification import verification_code
from gateway.outbox.service import Letter

Running = dict[int, tuple[datetime, str]]
"""Clocks that run: when each is due, and whose it is."""


RATING, RATING_AFTER = "rating", timedelta(days=1)
"""The citizen is asked how content they are a day after the closing: by then they have seen the result."""
FOR_WHO_FILED = ("code", "new_code")
"""Facts that open a case; who joined it has a code of their own."""


def tell(acting: Acting) -> None:
    """Write a notice to everybody who reported the matter, where the table says so; note by which ways."""
    if not acting.step.tells:
        return
    case, tools = acting.case, acting.tools
    facts = {**_facts(case, tools), **acting.facts, "note": (acting.deed.note or "").strip()}
    if "unit" in facts:
        facts["unit_en"] = tools.catalogue.unit_name(facts["unit"], "en")
    first, *others = addressees(acting.session, case)
    for_all = {name: fact for name, fact in facts.items() if name not in FOR_WHO_FILED}
    told: list[str] = []
    for people, known in (([first], facts), (others, for_all)):
        told += write_notices(
            acting.session,
            tools.outbox,
            event_key=f"case:{case.number}:{case.version + 1}",
            act=acting.step.act,
            addressees=people,
            facts=known,
            now=acting.at,
            texts=tools.rules.texts,
        )
    acting.after["told"] = list(dict.fromkeys(told))


def ask_for_rating(acting: Acting) -> None:
    """Ask who filed a case how content they are with this closing, once; with a reopening that is over."""
    case, tools = acting.case, acting.tools
    if acting.step.act is Act.REOPEN:
        unask_for_rating(acting.session, case, tools, acting.at)
    if acting.step.act is not Act.RELEASE:
        return
    write_notices(
        acting.session,
        tools.outbox,
        event_key=f"{_rating_of(case)}{case.reopenings}",
        act=RATING,
        addressees=[next(addressees(acting.session, case))],
        facts=_facts(case, tools),
        not_before=acting.at + RATING_AFTER,
        now=acting.at,
    )


def unask_for_rating(session: Session, case: Case, tools: Tools, at: datetime) -> None:
    """Take back the question for a rating: it was answered, or the matter goes on."""
    tools.outbox.cancel(session, f"notice:{_rating_of(case)}", at, subject=case.number)


def _rating_of(case: Case) -> str:
    return f"case:{case.number}:{RATING}:"


def first_notice(session: Session, case: Case, dues: Iterable[CaseDue], tools: Tools, at: datetime) -> None:
    """The receipt, by e-mail or text message; a chat or a form has told the number itself.

    Who filed the case that this one was made of is told the new number with the conversion.
    """
    if case.origin_key.startswith(CONVERTED):
        return
    facts = {
        **_facts(case, tools),
        "code": verification_code(tools.key, case.number),
        "due_at": next(due.due_at for due in dues if due.stage == Stage.COMPLETION),
    }
    write_notices(
        session,
        tools.outbox,
        event_key=f"case:{case.number}:1",
        act=Act.REGISTER,
        addressees=[replace(_who_filed(case), conversation_id=None)],
        facts=facts,
        now=at,
        texts=tools.rules.texts and case.channel != LIVE_CHAT,
    )


def addressees(session: Session, case: Case) -> Iterator[Addressee]:
    """Who reported the matter, first of all who filed the case.

    The others joined it, or reported it with a case that was merged into this one or became it.
    """
    yield _who_filed(case)
    for row in session.scalars(select(CaseReporter).where(CaseReporter.case_id == case.id)):
        yield Addressee(row.email, row.conversation_id, row.language, row.channel, row.phone)
    before = (
        select(Case)
        .join(CaseLink, CaseLink.case_id == Case.id)
        .where(CaseLink.other_id == case.id, CaseLink.ended_at.is_(None))
        .order_by(Case.id)
    )
    for other in session.scalars(before).all():
        yield from addressees(session, other)


def _who_filed(case: Case) -> Addressee:
    return Addressee(
        case.contact_email, case.conversation_id, case.language, case.channel, case.contact_phone
    )


def running(session: Session, case: Case) -> Running:
    """The clocks of a case that run now."""
    return {due.id: (due.due_at, unit) for due, unit in _running(session, case)}


def _running(session: Session, case: Case) -> list[tuple[CaseDue, str]]:
    parts = session.scalars(select(CaseAssignment).where(CaseAssignment.case_id == case.id))
    units = {part.id: part.unit for part in parts if part.active}
    return [
        (due, units[due.assignment_id])
        for due in clocks.current(session, case.id)
        if due.met_at is None and case.paused_since is None and due.assignment_id in units
    ]


def remind(session: Session, case: Case, before: Running, at: datetime, tools: Tools) -> None:
    """Plan reminders for every clock that runs now and did not, or runs otherwise; take back the rest."""
    session.flush()
    now = _running(session, case)
    same = {due.id for due, unit in now if before.get(due.id) == (due.due_at, unit)}
    # What did not run has nothing that is still to come.
    for due_id in sorted(before.keys() - same):
        unschedule(session, tools.outbox, due_id, at)
    _plan_reminders(session, case, [one for one in now if one[0].id not in same], at, tools)


def remind_of_new(session: Session, case: Case, dues: Iterable[CaseDue], at: datetime, tools: Tools) -> None:
    """Plan reminders for the first clocks of a case."""
    _plan_reminders(session, case, [(due, case.owner_unit) for due in dues], at, tools)


def _plan_reminders(
    session: Session, case: Case, clocks_of: Iterable[tuple[CaseDue, str]], at: datetime, tools: Tools
) -> None:
    item = tools.item_of(case)
    letters: list[Letter] = []
    for due, unit in clocks_of:
        letters += reminders(
            due_row_id=due.id,
            case_number=case.number,
            unit=unit,
            stage=Stage(due.stage),
            due_at=due.due_at,
            item_name=item.name_zh,
            item_name_en=item.name_en,
            night_ok=item.night_reminders,
            hours=tools.rules.reminder_hours,
            office=tools.office,
            now=at,
        )
    tools.outbox.put_all(session, letters, at)


def _facts(case: Case, tools: Tools) -> dict[str, Any]:
    """What every notice may say; texts that differ by language come in pairs."""
    item = tools.item_of(case)
    address = tools.rules.public_url
    return {
        "number": case.number,
        "link": f"{address.rstrip('/')}/case?number={case.number}" if address else None,
        "item_zh": item.name_zh,
        "item_en": item.name_en,
        "owner_zh": case.owner_unit,
        "owner_en": tools.catalogue.unit_name(case.owner_unit, "en"),
    }
