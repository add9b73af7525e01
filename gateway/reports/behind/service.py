"""Asking units that lag for the reason, and keeping what they answer. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases.service import CaseService
from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.outbox.rules import Transport
from gateway.reports.behind.models import LagNotice
from gateway.reports.behind.rules import Lag
from gateway.reports.cases.dimensions import Bounds, Dimension
from gateway.reports.cases.figures import LATE, ON_TIME, OPEN, Figure
from gateway.reports.cases.reading import counts

TOPIC: Final = "lag"
LONGEST_TEXT: Final = 2000
_TEXTS: Final = Path(__file__).with_name("texts.yml")


class AlreadyAnswered(Conflict):
    """A colleague of the unit has answered meanwhile."""

    code = "lag_answered"
    zh = "這件稽催已經有同仁說明。"
    en = "A colleague has already answered this."


@dataclass(frozen=True)
class Answer:
    """What a unit says: why it lags, how it recovers, and until when."""

    reason: str
    recovery: str
    recovered_by: date


def lags(session: Session, bounds: Bounds) -> list[Lag]:
    """Every unit that had something to complete on these days, the furthest behind first."""
    tallies = counts(session, bounds, Dimension.UNIT, [Figure.DUE_COMPLETION])
    found = [
        Lag(unit, tally.of(Figure.DUE_COMPLETION, OPEN, ON_TIME, LATE), tally.of(Figure.DUE_COMPLETION, OPEN))
        for unit, tally in tallies.items()
    ]
    return sorted((lag for lag in found if lag.due), key=lambda lag: (-lag.share, -lag.not_done, lag.unit))


def latest(session: Session, units: Iterable[str]) -> dict[str, LagNotice]:
    """The last notice to each of the units, where there is one."""
    last = select(func.max(LagNotice.id)).where(LagNotice.unit.in_(sorted(units))).group_by(LagNotice.unit)
    return {row.unit: row for row in session.scalars(select(LagNotice).where(LagNotice.id.in_(last)))}


def notices(session: Session, units: frozenset[str] | None, limit: int = 100) -> Sequence[LagNotice]:
    """Notices to these units (None: to all), the unanswered and then the newest first."""
    query = select(LagNotice).order_by(LagNotice.answered_at.is_not(None), LagNotice.id.desc()).limit(limit)
    if units is not None:
        query = query.where(LagNotice.unit.in_(sorted(units)))
    return session.scalars(query).all()


def ask(
    session: Session, cases: CaseService, found: Sequence[Lag], bounds: Bounds, *, actor: str, role: str
) -> list[LagNotice]:
    """Ask these units in their inboxes why they lag. Asked again the same day about the same days, a unit
    gets no second letter."""
    now = cases.clock()
    today = now.astimezone(cases.office(session).zone).date()
    rows = []
    for lag in found:
        known = latest(session, [lag.unit]).get(lag.unit)
        if known and known.answered_at is None and _same(known, bounds, today, cases, session):
            continue
        row = LagNotice(
            unit=lag.unit, first=bounds.first, last=bounds.last, due=lag.due, not_done=lag.not_done,
            asked_by=actor, asked_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        _tell(session, cases, row, lag)
        cases.trail.append(
            session, act="lag.ask", actor=actor, role=role, subject=f"unit:{lag.unit}"[:120],
            detail={"from": str(row.first), "to": str(row.last), "due": row.due, "not_done": row.not_done},
            at=now,
        )  # fmt: skip
        rows.append(row)
    return rows


def answer(
    session: Session, cases: CaseService, notice_id: int, given: Answer, units: frozenset[str] | None, *,
    actor: str, role: str,
) -> LagNotice:  # fmt: skip
    """Keep a unit's answer. Raises NotFound (also of another unit), AlreadyAnswered, InvalidInput."""
    row = session.get(LagNotice, notice_id, with_for_update=True)
    if row is None or (units is not None and row.unit not in units):
        raise NotFound(str(notice_id))
    if row.answered_at is not None:
        raise AlreadyAnswered(str(notice_id))
    for name, text in (("reason", given.reason), ("recovery", given.recovery)):
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise InvalidInput(f"{name}: 1 to {LONGEST_TEXT} characters")
    row.reason, row.recovery = given.reason.strip(), given.recovery.strip()
    row.recovered_by, row.answered_by, row.answered_at = given.recovered_by, actor, cases.clock()
    cases.trail.append(
        session, act="lag.answer", actor=actor, role=role, subject=f"unit:{row.unit}"[:120],
        detail={"notice": row.id, "recovered_by": str(given.recovered_by)}, at=row.answered_at,
    )  # fmt: skip
    return row


def _same(known: LagNotice, bounds: Bounds, today: date, cases: CaseService, session: Session) -> bool:
    asked_on = known.asked_at.astimezone(cases.office(session).zone).date()
    return (known.first, known.last, asked_on) == (bounds.first, bounds.last, today)


def _tell(session: Session, cases: CaseService, row: LagNotice, lag: Lag) -> None:
    catalogue = cases.tools(session).catalogue
    payload = lag_payload(row, lag, (row.unit, catalogue.unit_name(row.unit, "en")))
    for recipient in (f"unit:{row.unit}", f"supervisor:{row.unit}"):
        cases.outbox.put(
            session, key=f"lag:{row.id}:{recipient}"[:200], topic=TOPIC, transport=Transport.DESK,
            recipient=recipient, payload=payload, now=row.asked_at,
        )  # fmt: skip


def lag_payload(row: LagNotice, lag: Lag, unit: tuple[str, str]) -> dict[str, str]:
    """The letter in both languages; `unit` by its name in each."""
    texts, payload = _texts(), {}
    for suffix, language, name in (("", "zh", unit[0]), ("_en", "en", unit[1])):
        facts: dict[str, Any] = {
            "unit": name, "first": row.first, "last": row.last, "due": f"{lag.due:,}",
            "not_done": f"{lag.not_done:,}", "lag": f"{lag.share:.2%}",
        }  # fmt: skip
        payload[f"title{suffix}"] = texts["title"][language].format(**facts)
        payload[f"text{suffix}"] = texts["text"][language].format(**facts)
    payload["link"] = "/console/behind"
    return payload


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return read
