"""What is read of sheets, draws and averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.conversations.models import Conversation, Message
from gateway.conversations.transcript import view
from gateway.handoff.models import Handling, ServiceRating
from gateway.quality.errors import SheetNotFound
from gateway.quality.models import QualityDraw, QualityEvent, QualityMark, QualityReply, QualitySheet
from gateway.quality.rules import Mark, State, bounds, sample
from gateway.quality.views import (
    DrawView,
    EventView,
    Period,
    RatingView,
    ReplyView,
    Served,
    Sheet,
    SheetRow,
)

SORTS: Final[Mapping[str, ColumnElement[Any]]] = {
    "ended": Handling.ended_at.expression,
    "operator": QualitySheet.operator.expression,
    "score": QualitySheet.score.expression,
}
"""By what a list of sheets is sorted."""
PERIODS_SHOWN: Final = 6


def sheets(
    session: Session, fits: Sequence[ColumnElement[bool]], *, sort: str, descending: bool, offset: int,
    limit: int,
) -> tuple[list[SheetRow], int]:  # fmt: skip
    """One page of the sheets that fit, and how many there are."""
    by = SORTS[sort]
    ordered = by.desc().nulls_last() if descending else by.asc().nulls_last()
    rows = session.execute(
        select(QualitySheet, Handling.ended_at, Handling.ending, QualityReply.kind)
        .join(Handling, Handling.id == QualitySheet.handling_id)
        .outerjoin(
            QualityReply,
            and_(QualityReply.sheet_id == QualitySheet.id, QualityReply.edition == QualitySheet.edition),
        )
        .where(*fits)
        .order_by(ordered, QualitySheet.id)
        .offset(offset)
        .limit(limit)
    ).all()
    counted = select(func.count()).select_from(QualitySheet)
    total = session.scalar(counted.join(Handling, Handling.id == QualitySheet.handling_id).where(*fits))
    return [_row(row[0], _ended(row[1]), row[2] or "", row[3]) for row in rows], total or 0


def ended_within(first: date | None, last: date | None, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Conditions for handlings that ended on these days; a day that is missing sets no bound."""
    fits: list[ColumnElement[bool]] = []
    if first is not None:
        fits.append(Handling.ended_at >= bounds(first, first, zone)[0])
    if last is not None:
        fits.append(Handling.ended_at < bounds(last, last, zone)[1])
    return fits


def operators(session: Session) -> Sequence[str]:
    """Everybody of whom there is a sheet."""
    return session.scalars(
        select(QualitySheet.operator).distinct().order_by(QualitySheet.operator)
    ).all()  # fmt: skip


def sheet(session: Session, sheet_id: int) -> Sheet:
    """One sheet with the conversation as it was. Raises SheetNotFound."""
    found = session.execute(
        select(QualitySheet, Handling, Conversation.language)
        .join(Handling, Handling.id == QualitySheet.handling_id)
        .join(Conversation, Conversation.id == Handling.conversation_id)
        .where(QualitySheet.id == sheet_id)
    ).one_or_none()
    if found is None:
        raise SheetNotFound
    kept, handling, language = found
    talk = handling.conversation_id
    messages = session.scalars(select(Message).where(Message.conversation_id == talk).order_by(Message.seq))
    rated = session.get(ServiceRating, talk)
    return Sheet(
        id=kept.id, draw_id=kept.draw_id, operator=kept.operator, state=kept.state, assessor=kept.assessor,
        comment=kept.comment, score=kept.score, grade=kept.grade, edition=kept.edition,
        version=kept.version, finished_at=kept.finished_at, served=_served(handling, language),
        marks=_marks(session, sheet_id), messages=[view(one) for one in messages],
        cases=session.scalars(
            select(Case.number).where(Case.conversation_id == talk).order_by(Case.id)
        ).all(),
        rating=RatingView(rated.operator, rated.speed, rated.result, rated.comment) if rated else None,
        replies=_replies(session, sheet_id), events=_events(session, sheet_id),
    )  # fmt: skip


def own_final(session: Session, sheet_id: int, username: str) -> Sheet:
    """A final sheet of this person. Raises SheetNotFound for everything else."""
    found = sheet(session, sheet_id)
    if found.operator != username or found.state != State.FINAL:
        raise SheetNotFound
    return found


def draws(session: Session, offset: int = 0, limit: int = 100) -> tuple[list[DrawView], int]:
    """A page of the draws, the latest first, each proved again by seed and pool; and how many there are."""
    query = select(QualityDraw).order_by(QualityDraw.id.desc()).offset(offset).limit(limit)
    total = session.scalar(select(func.count()).select_from(QualityDraw)) or 0
    return _draw_views(session, session.scalars(query).all()), total


def drawn_periods(session: Session) -> list[Period]:
    """The periods that were drawn from last, with their latest round and its size."""
    rows = session.execute(
        select(
            QualityDraw.first_day,
            QualityDraw.last_day,
            func.max(QualityDraw.round),
            func.max(QualityDraw.size),
        )
        .group_by(QualityDraw.first_day, QualityDraw.last_day)
        .order_by(func.max(QualityDraw.id).desc())
        .limit(PERIODS_SHOWN)
    )
    return [Period(first, last, turn or 0, size or 0) for first, last, turn, size in rows]


def _draw_views(session: Session, rows: Sequence[QualityDraw]) -> list[DrawView]:
    chosen: dict[int, list[int]] = {row.id: [] for row in rows}
    for draw_id, handling_id in session.execute(
        select(QualitySheet.draw_id, QualitySheet.handling_id)
        .where(QualitySheet.draw_id.in_(chosen))
        .order_by(QualitySheet.handling_id)
    ):
        chosen[draw_id].append(handling_id)
    return [
        DrawView(
            row.id, row.operator, row.first_day, row.last_day, row.round, row.size, row.seed, row.pool,
            row.drawn_by, row.drawn_at, chosen[row.id],
            repeats=sample(row.pool, row.size, row.seed) == chosen[row.id],
        )
        for row in rows
    ]  # fmt: skip


def _row(kept: QualitySheet, ended_at: datetime, ending: str, reply: str | None) -> SheetRow:
    return SheetRow(
        kept.id, kept.operator, ended_at, ending, kept.state, kept.assessor, kept.score, kept.grade, reply
    )


def _served(handling: Handling, language: str) -> Served:
    return Served(
        handling.conversation_id, language, handling.queued_at, handling.taken_at, handling.first_reply_at,
        _ended(handling.ended_at), handling.ending or "",
    )  # fmt: skip


def _ended(at: datetime | None) -> datetime:
    assert at is not None  # noqa: S101 - only what has ended is drawn
    return at


def _marks(session: Session, sheet_id: int) -> list[Mark]:
    rows = session.scalars(
        select(QualityMark).where(QualityMark.sheet_id == sheet_id).order_by(QualityMark.place)
    )
    return [Mark(row.criterion, row.weight, row.halves, row.left_out, row.remark) for row in rows]


def _replies(session: Session, sheet_id: int) -> list[ReplyView]:
    rows = session.scalars(
        select(QualityReply).where(QualityReply.sheet_id == sheet_id).order_by(QualityReply.edition)
    )
    return [ReplyView(row.edition, row.kind, row.text, row.at) for row in rows]


def _events(session: Session, sheet_id: int) -> list[EventView]:
    rows = session.scalars(
        select(QualityEvent).where(QualityEvent.sheet_id == sheet_id).order_by(QualityEvent.id)
    )
    return [EventView(row.act, row.actor, row.at, row.note, row.score) for row in rows]
