"""The daily digest of each unit: what came, what is due, what is late and what waits, on working mornings.

Written once a day by whoever comes first; after days on which the platform was off there is one, not one
for each. A unit with nothing to tell gets none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
import yaml
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.cases.lateness import ONE_DAY, end_of_day
from gateway.cases.models import Case, CaseAssignment, CaseDue, DailyDigest
from gateway.cases.office import Office
from gateway.cases.office_hours import local_instant
from gateway.cases.rules import OPEN, Status
from gateway.database.inserting import insert_into
from gateway.outbox.rules import Transport

if TYPE_CHECKING:
    from gateway.cases.service import CaseService

log = structlog.get_logger()
TEXT_FILE = Path(__file__).with_name("digest.yml")
EIGHT = 8 * 60
"""The minute of a working day from which the digest is written; later where the morning is closed."""
SHOWN = 20
"""So many cases of a section are named; the rest is a number."""


class Section(StrEnum):
    """What a digest tells, in its order."""

    OVERDUE = "overdue"
    TODAY = "today"
    NEW = "new"
    WAITING = "waiting"


@dataclass
class Digest:
    """The numbers of one unit's cases, each section in the order of its urgency."""

    sections: dict[Section, dict[str, None]] = field(default_factory=dict)

    def add(self, section: Section, number: str) -> None:
        """One more case; a case stands once in a section, and what is late is not due today as well."""
        if section is Section.TODAY and number in self.sections.get(Section.OVERDUE, ()):
            return
        self.sections.setdefault(section, {})[number] = None


def due_day(now: datetime, office: Office) -> date | None:
    """The day whose digest belongs to `now`: today from eight o'clock until the offices close, else none."""
    day = now.astimezone(office.zone).date()
    windows = office.windows_of(day)
    if not windows:
        return None
    first = local_instant(day, max(EIGHT, windows[0][0]), office.zone)
    last = local_instant(day, windows[-1][1], office.zone)
    return day if first <= now <= last else None


def since_when(day: date, last: datetime | None, office: Office) -> datetime:
    """From when on cases are new: the last digest, or where there was none, the working day before."""
    if last is not None:
        return last
    before = day - ONE_DAY
    while not office.windows_of(before):
        before -= ONE_DAY
    return local_instant(before, EIGHT, office.zone)


def write_digests(cases: CaseService) -> int:
    """Write today's digests if it is time and nobody has; how many units got one."""
    now = cases.clock()
    with cases.database.read() as session:
        office = cases.office(session)
        day = due_day(now, office)
        if day is None or session.get(DailyDigest, day) is not None:
            return 0
    with cases.database.write() as session:
        last = session.scalar(select(DailyDigest.at).order_by(DailyDigest.day.desc()).limit(1))
        if not _mine(session, day, now):
            return 0
        since = since_when(day, last, office)
        found, catalogue = digests(session, since, now, office), cases.tools(session).catalogue
        for unit, digest in found.items():
            names = (unit, catalogue.unit_name(unit, "en"))
            cases.outbox.put(
                session,
                key=f"digest:{day.isoformat()}:{unit}",
                topic="digest",
                transport=Transport.DESK,
                recipient=f"unit:{unit}",
                payload=digest_payload(digest, names, day, since, now, office),
                now=now,
            )
    log.info("daily digests written", day=day.isoformat(), units=len(found))
    return len(found)


def digests(session: Session, since: datetime, now: datetime, office: Office) -> dict[str, Digest]:
    """What there is to tell each unit of its open cases."""
    found: dict[str, Digest] = {}
    today = end_of_day(now, office)
    parts = (
        select(Case.number, Case.status, CaseAssignment.unit, CaseAssignment.started_at)
        .join(CaseAssignment, CaseAssignment.case_id == Case.id)
        .where(
            CaseAssignment.active,
            Case.status.in_([status.value for status in OPEN]),
            or_(CaseAssignment.started_at > since, Case.status == Status.AWAITING_CITIZEN),
        )
    )
    for row in session.execute(parts.order_by(CaseAssignment.started_at, Case.id)):
        if row.started_at > since:
            found.setdefault(row.unit, Digest()).add(Section.NEW, row.number)
        if row.status == Status.AWAITING_CITIZEN:
            found.setdefault(row.unit, Digest()).add(Section.WAITING, row.number)
    running = (
        select(Case.number, CaseAssignment.unit, CaseDue.due_at)
        .join(CaseAssignment, CaseAssignment.case_id == Case.id)
        .join(CaseDue, CaseDue.assignment_id == CaseAssignment.id)
        .where(
            CaseAssignment.active, Case.status.in_([status.value for status in OPEN]),
            Case.paused_since.is_(None), CaseDue.current, CaseDue.met_at.is_(None), CaseDue.due_at < today,
        )
        .order_by(CaseDue.due_at, Case.id)
    )  # fmt: skip
    for clock in session.execute(running):
        section = Section.OVERDUE if clock.due_at < now else Section.TODAY
        found.setdefault(clock.unit, Digest()).add(section, clock.number)
    return found


def digest_payload(
    digest: Digest, unit: tuple[str, str], day: date, since: datetime, now: datetime, office: Office
) -> dict[str, str]:
    """The letter to a desk in both languages; `unit` by its name in each."""
    payload: dict[str, str] = {}
    for suffix, language, name in (("", "zh", unit[0]), ("_en", "en", unit[1])):
        facts = {
            "unit": name,
            "day": f"{day.year - 1911}/{day:%m/%d}" if language == "zh" else f"{day:%Y-%m-%d}",
            "since": _shown(since, language, office),
            "at": _shown(now, language, office),
        }
        words = {key: text[language] for key, text in _texts().items() if key != "sections"}
        lines = [words["first"].format(**facts)]
        lines += [
            words["line"].format(
                section=_texts()["sections"][section][language],
                count=len(numbers),
                numbers=_named(list(numbers), words),
            )
            for section in Section
            if (numbers := digest.sections.get(section))
        ]
        payload[f"title{suffix}"] = words["title"].format(**facts)
        payload[f"text{suffix}"] = "\n".join(lines)
    return payload


def _named(numbers: list[str], words: Mapping[str, str]) -> str:
    shown = words["between"].join(numbers[:SHOWN])
    return f"{shown}{words['between']}{words['more']}" if len(numbers) > SHOWN else shown


def _shown(at: datetime, language: str, office: Office) -> str:
    here = at.astimezone(office.zone)
    return f"{here.year - 1911}/{here:%m/%d %H:%M}" if language == "zh" else f"{here:%Y-%m-%d %H:%M}"


def _mine(session: Session, day: date, now: datetime) -> bool:
    row = insert_into(session, DailyDigest).values(day=day, at=now.astimezone(UTC))
    return session.scalar(row.on_conflict_do_nothing().returning(DailyDigest.day)) is not None


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load(TEXT_FILE.read_text(encoding="utf-8"))
    return texts
