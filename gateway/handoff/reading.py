"""What is read of conversations that people handle: the queue in its order, lists, notes, waiting times."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, String, and_, case, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from gateway.conversations.models import Conversation, ConversationEvent, Message
from gateway.conversations.rules import Owner, Sender
from gateway.database import UtcDateTime
from gateway.handoff.models import ConversationNote, Handling, LineReport
from gateway.handoff.presence import leads_of_all, there
from gateway.handoff.rules import (
    HANDLINGS_LOOKED_AT,
    LINES_FRESH,
    RANK,
    Ending,
    Priority,
    Waiting,
    in_order,
    lines_are_full,
    wait_minutes,
)
from gateway.handoff.views import ConversationCard, Desks, InCharge, LineState, LinesView, NoteView

LISTED_MAX = 300
SHOWN_CHARS = 120


_RANK = case(RANK, value=Conversation.priority, else_=RANK[Priority.NORMAL])
_SINCE = func.coalesce(Conversation.queued_at, Conversation.updated_at, type_=UtcDateTime())


def waiting(session: Session) -> list[Waiting]:
    """Everybody in the queue."""
    rows = session.execute(
        select(
            Conversation.id, Conversation.priority, Conversation.queued_at, Conversation.language,
            Conversation.wanted_operator, Conversation.wanted_unit, Conversation.updated_at,
            Conversation.offered_to, Conversation.passed_over,
        ).where(Conversation.owner == Owner.QUEUE)
    )  # fmt: skip
    return [
        Waiting(
            row.id, row.priority or Priority.NORMAL, row.queued_at or row.updated_at, row.language,
            row.wanted_operator, row.wanted_unit, row.offered_to, row.passed_over,
        )
        for row in rows
    ]  # fmt: skip


def queue(session: Session) -> list[ConversationCard]:
    """The first LISTED_MAX of the queue, in the order in which it is answered."""
    first = in_order(waiting(session))[:LISTED_MAX]
    places = {one.id: place for place, one in enumerate(first, start=1)}
    cards = _cards(session, (Conversation.owner == Owner.QUEUE) & Conversation.id.in_(places), places)
    return sorted(cards, key=lambda card: places[card.id])


def queue_length(session: Session) -> int:
    """How many wait, listed or not."""
    return _count(session, Conversation.owner == Owner.QUEUE)


def conversations_of(session: Session, username: str) -> list[ConversationCard]:
    """What somebody is in charge of, the latest news first."""
    return _cards(session, Conversation.operator == username, {})


def led(session: Session, ids: Collection[str] | None = None) -> list[ConversationCard]:
    """What anybody of the staff is in charge of, or what of these."""
    staffed = Conversation.operator.is_not(None)
    which = staffed if ids is None else staffed & Conversation.id.in_(ids)
    return _cards(session, which, {}, listed_max=None)


def everyones(session: Session) -> list[ConversationCard]:
    """The latest LISTED_MAX of what a person or the bot has open, the latest news first."""
    return _cards(session, Conversation.owner != Owner.CLOSED, {})


def open_ones(session: Session) -> int:
    """How many a person or the bot has open, listed or not."""
    return _count(session, Conversation.owner != Owner.CLOSED)


def card_of(session: Session, conversation_id: str) -> ConversationCard | None:
    """One conversation."""
    found = _cards(session, Conversation.id == conversation_id, {})
    if not found or found[0].owner != Owner.QUEUE:
        return found[0] if found else None
    return replace(found[0], place=place_in_line(session, conversation_id))


def in_charge_of(session: Session, conversation_id: str) -> InCharge | None:
    """Who is in charge of one conversation."""
    row = session.execute(
        select(Conversation.owner, Conversation.operator).where(Conversation.id == conversation_id)
    ).one_or_none()
    return None if row is None else InCharge(row.owner, row.operator)


def notes_of(session: Session, conversation_id: str) -> list[NoteView]:
    """What staff wrote about a conversation, in order."""
    rows = session.scalars(
        select(ConversationNote)
        .where(ConversationNote.conversation_id == conversation_id)
        .order_by(ConversationNote.id)
    )
    return [NoteView(row.author, row.kind, row.text, row.at) for row in rows]


def events_of(session: Session, conversation_id: str) -> Sequence[ConversationEvent]:
    """Who was in charge when and why, and what was dropped."""
    return session.scalars(
        select(ConversationEvent)
        .where(ConversationEvent.conversation_id == conversation_id)
        .order_by(ConversationEvent.id)
    ).all()


def place_in_line(session: Session, conversation_id: str) -> int | None:
    """The place in line, from 1, as `rules.in_order` has it; None when it does not wait.

    Counted by the database: everybody who waits asks for it again and again.
    """
    mine = session.execute(
        select(_RANK, _SINCE).where(Conversation.id == conversation_id, Conversation.owner == Owner.QUEUE)
    ).first()
    if mine is None:
        return None
    rank, since = mine
    here = tuple_(literal(rank, Integer()), literal(since, UtcDateTime()), literal(conversation_id, String()))
    ahead = tuple_(_RANK, _SINCE, Conversation.id) < here
    return 1 + _count(session, and_(Conversation.owner == Owner.QUEUE, ahead))


def line_state(session: Session, conversation_id: str, now: datetime) -> LineState:
    """Place in line and honest estimate for a citizen who waits."""
    place, found = place_in_line(session, conversation_id), desks(session, now)
    minutes = None
    if place is not None:
        minutes = wait_minutes(place, found.handling_seconds, found.places, found.free)
    return LineState(place, minutes, found.operators)


def desks(session: Session, now: datetime) -> Desks:
    """Who takes conversations now, with how many places, and how long they lately took."""
    present = there(session, now)
    leads = leads_of_all(session)
    return Desks(
        operators=len(present),
        places=sum(present.values()),
        free=sum(max(capacity - leads.get(name, 0), 0) for name, capacity in present.items()),
        handling_seconds=_handling_seconds(session),
    )


def operators_there(session: Session, now: datetime) -> int:
    """How many take conversations at this instant."""
    return len(there(session, now))


def lines(session: Session, now: datetime, share: float) -> LinesView:
    """The telephone lines as they were last reported."""
    row = session.scalars(select(LineReport).order_by(LineReport.id.desc()).limit(1)).first()
    if row is None:
        return LinesView(None, None, None, False)
    fresh = row.at >= now - LINES_FRESH
    return LinesView(row.busy, row.total, row.at, fresh and lines_are_full(row.busy, row.total, share))


def _handling_seconds(session: Session) -> list[float]:
    rows = session.execute(
        select(Handling.taken_at, Handling.ended_at)
        .where(Handling.ended_at.is_not(None), Handling.ending != Ending.LOST.value)
        .order_by(Handling.id.desc())
        .limit(HANDLINGS_LOOKED_AT)
    )
    return [(row.ended_at - row.taken_at).total_seconds() for row in rows if row.ended_at is not None]


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Conversation).where(which)) or 0


_OF_A_CARD = (
    Conversation.id, Conversation.owner, Conversation.operator, Conversation.language, Conversation.channel,
    Conversation.priority, Conversation.queue_reason, Conversation.queued_at, Conversation.wanted_operator,
    Conversation.wanted_unit, Conversation.last_seq, Conversation.updated_at, Conversation.offered_to,
    Conversation.offered_at, Conversation.unanswered_since, Conversation.citizen_received,
    Conversation.citizen_seen,
)  # fmt: skip
_SPOKEN = aliased(Message)
_LAST_SPOKEN = (
    select(_SPOKEN.seq)
    .where(_SPOKEN.conversation_id == Conversation.id, _SPOKEN.sender.in_((Sender.CITIZEN, Sender.OPERATOR)))
    .order_by(_SPOKEN.seq.desc())
    .limit(1)
    .correlate(Conversation)
    .scalar_subquery()
)
"""The last number said by a person: what the bot answered or a notice says tells nothing of the citizen."""


def _cards(
    session: Session,
    which: ColumnElement[bool],
    places: Mapping[str, int],
    *,
    listed_max: int | None = LISTED_MAX,
) -> list[ConversationCard]:
    rows = session.execute(
        select(*_OF_A_CARD, func.substr(Message.text, 1, SHOWN_CHARS).label("said"), Message.sender)
        .outerjoin(
            Message,
            and_(Message.conversation_id == Conversation.id, Message.seq == _LAST_SPOKEN),
        )
        .where(which)
        .order_by(Conversation.updated_at.desc(), Conversation.id)
        .limit(listed_max)
    ).all()
    led_ones = any(one.operator is not None for one in rows)
    unread = _unread(session, which) if led_ones else {}
    return [
        ConversationCard(
            id=one.id, owner=one.owner, operator=one.operator, language=one.language, channel=one.channel,
            priority=one.priority, reason=one.queue_reason, queued_at=one.queued_at,
            place=places.get(one.id), wanted_operator=one.wanted_operator, wanted_unit=one.wanted_unit,
            last_seq=one.last_seq, last_text=one.said or "", last_sender=one.sender or "",
            unread=unread.get(one.id, 0), updated_at=one.updated_at,
            offered_to=one.offered_to, offered_at=one.offered_at, unanswered_since=one.unanswered_since,
            citizen_received=one.citizen_received, citizen_seen=one.citizen_seen,
        )
        for one in rows
    ]  # fmt: skip


def _unread(session: Session, which: ColumnElement[bool]) -> dict[str, int]:
    rows = session.execute(
        select(Message.conversation_id, func.count())
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            which,
            Conversation.operator.is_not(None),
            Message.sender == Sender.CITIZEN,
            Message.seq > Conversation.operator_seen,
        )
        .group_by(Message.conversation_id)
    )
    return {row[0]: row[1] for row in rows}
