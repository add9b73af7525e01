"""Conversations, messages, questions and cases of a period, counted by the database for each hour."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.answers.votes import GIVEN
from gateway.cases.models import Case
from gateway.conversations.feedback import Vote
from gateway.conversations.models import (
    OF_CITIZENS,
    AnswerFeedback,
    AskedQuestion,
    Conversation,
    ConversationEvent,
    Message,
)
from gateway.conversations.rules import Owner
from gateway.handoff.models import CallBack, Handling
from gateway.reports.conversations.instants import DayAfter, DayBefore, HourOf
from gateway.reports.conversations.periods import Period
from gateway.reports.conversations.rules import AGAIN_WITHIN, Facts, Outcome, outcome_of

_FILED_BY_BOT: Final = "chat:"
_FILED_BY_STAFF: Final = "desk:"


@dataclass(frozen=True)
class Counted:
    """So many, of one hour and one channel."""

    hour: int
    """Whole hours since 1970 in UTC."""
    channel: str
    count: int


@dataclass(frozen=True)
class Begun(Counted):
    """Conversations that began."""

    unused: int
    """Of them those in which nobody has said anything."""


@dataclass(frozen=True)
class Asked(Counted):
    """Questions with the same outcome."""

    outcome: Outcome


@dataclass(frozen=True)
class Filed(Counted):
    """Cases of one kind that came of conversations."""

    kind: str
    by_bot: bool
    """Filed by the citizen with the bot; else by the person in charge."""


def begun(session: Session, period: Period, channel: str = "") -> list[Begun]:
    """Conversations by the hour in which they began."""
    hour, unused = HourOf(Conversation.created_at), case((Conversation.last_seq == 0, 1), else_=0)
    rows = session.execute(
        select(hour, Conversation.channel, func.count(), func.sum(unused))
        .where(_within(Conversation.created_at, period), *_by(channel))
        .group_by(hour, Conversation.channel)
    )
    return [Begun(*row) for row in rows]


def said(session: Session, period: Period, channel: str = "", *, apart: bool = False) -> list[Counted]:
    """Citizens' messages by the hour in which they came; `apart`: by channel too, else under no channel."""
    hour = HourOf(Message.created_at)
    mine = (OF_CITIZENS, _within(Message.created_at, period))
    if not (channel or apart):
        rows = session.execute(select(hour, func.count()).where(*mine).group_by(hour))
        return [Counted(at, "", count) for at, count in rows]
    by_channel = session.execute(
        select(hour, Conversation.channel, func.count())
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(*mine, *_by(channel))
        .group_by(hour, Conversation.channel)
    )
    return [Counted(*row) for row in by_channel]


def asked(session: Session, period: Period, now: datetime, channel: str = "") -> list[Asked]:
    """Questions to the bot by the hour in which they were asked, and what became of them."""
    question = _questions(period, channel).cte("question")
    person, down = _near_a_person(period).subquery(), _with_thumb_down(period).subquery()
    at = question.c.at
    flags = (
        question.c.given, person.c.id.is_not(None), down.c.id.is_not(None),
        question.c.following < DayAfter(at), at <= now - AGAIN_WITHIN,
    )  # fmt: skip
    code = sum((case((flag, 1 << place), else_=0) for place, flag in enumerate(flags)), literal(0))
    rows = session.execute(
        select(HourOf(at).label("hour"), question.c.channel, code.label("code"), func.count())
        .outerjoin(person, person.c.id == question.c.id)
        .outerjoin(down, down.c.id == question.c.id)
        .where(at < period.end)
        .group_by("hour", question.c.channel, "code")
    )
    return [Asked(hour, by, count, _OUTCOMES[told]) for hour, by, told, count in rows]


def _outcome(code: int) -> Outcome:
    given, person, down, again, settled = (bool(code >> place & 1) for place in range(5))
    return outcome_of(Facts(given, person, down, again, settled))


_OUTCOMES: Final = [_outcome(code) for code in range(1 << 5)]
"""By the flags of a question as one number."""


def filed(
    session: Session, period: Period, channel: str = "", units: Collection[str] | None = None
) -> list[Filed]:
    """Cases that came of conversations, by the hour of receipt: of these units, or of all.

    Those that were filed elsewhere and are only told of in a conversation are not among them.
    """
    hour, bot = HourOf(Case.received_at), case((Case.origin_key.startswith(_FILED_BY_BOT), 1), else_=0)
    mine = [] if units is None else [Case.owner_unit.in_(units)]
    rows = session.execute(
        select(hour, Conversation.channel, Case.kind, bot, func.count())
        .join(Conversation, Conversation.id == Case.conversation_id)
        .where(_within(Case.received_at, period), _came_of_it(), *_by(channel), *mine)
        .group_by(hour, Conversation.channel, Case.kind, bot)
    )
    return [Filed(at, by, count, kind, bool(with_bot)) for at, by, kind, with_bot, count in rows]


def calls(session: Session, period: Period, channel: str = "") -> list[Counted]:
    """Call-backs by the hour in which they were asked for."""
    hour = HourOf(CallBack.asked_at)
    rows = session.execute(
        select(hour, Conversation.channel, func.count())
        .join(Conversation, Conversation.id == CallBack.conversation_id)
        .where(_within(CallBack.asked_at, period), *_by(channel))
        .group_by(hour, Conversation.channel)
    )
    return [Counted(*row) for row in rows]


def _came_of_it() -> ColumnElement[bool]:
    in_charge = exists().where(
        Handling.conversation_id == Case.conversation_id, Handling.taken_at <= Case.received_at,
        or_(Handling.ended_at.is_(None), Handling.ended_at >= Case.received_at),
    )  # fmt: skip
    by_staff = and_(Case.origin_key.startswith(_FILED_BY_STAFF), in_charge)
    return or_(Case.origin_key.startswith(_FILED_BY_BOT), by_staff)


def _questions(period: Period, channel: str) -> Select[Any]:
    """Questions of the period, each with when the same citizen next came to the same entry."""
    citizen = func.coalesce(Conversation.visitor, AskedQuestion.conversation_id)
    following = func.lead(AskedQuestion.at, type_=AskedQuestion.at.type).over(
        partition_by=(citizen, AskedQuestion.entry), order_by=(AskedQuestion.at, AskedQuestion.id)
    )
    return (
        select(
            AskedQuestion.id, AskedQuestion.at, Conversation.channel, GIVEN.label("given"),
            case((AskedQuestion.entry.is_not(None), following), else_=None).label("following"),
        )
        .join(Conversation, Conversation.id == AskedQuestion.conversation_id)
        .where(
            AskedQuestion.at >= period.start, AskedQuestion.at < period.end + AGAIN_WITHIN, *_by(channel)
        )
    )  # fmt: skip


def _near_a_person(period: Period) -> Select[Any]:
    """Questions around which a person was asked for or stepped in, or a call-back was asked for."""
    event, at = ConversationEvent, AskedQuestion.at
    to = func.coalesce(event.detail["to"].as_string(), "")
    return (
        select(AskedQuestion.id)
        .join(event, event.conversation_id == AskedQuestion.conversation_id)
        .where(
            _within(at, period), event.act.in_(("owner_changed", "call_back")),
            to.not_in((Owner.BOT, Owner.CLOSED)), event.at > DayBefore(at), event.at < DayAfter(at),
            # Follows from the lines above, and spares the database the events of other years.
            event.at > period.start - AGAIN_WITHIN, event.at < period.end + AGAIN_WITHIN,
        )
        .distinct()
    )  # fmt: skip


def _with_thumb_down(period: Period) -> Select[Any]:
    """Questions to which an answer of the same turn has a thumb down."""
    here = and_(Message.conversation_id == AnswerFeedback.conversation_id, Message.seq == AnswerFeedback.seq)
    return (
        select(AskedQuestion.id)
        .join(Message, Message.reply_to == AskedQuestion.answered_by)
        .join(AnswerFeedback, here)
        .where(
            _within(AskedQuestion.at, period), AnswerFeedback.vote == Vote.DOWN,
            AnswerFeedback.at >= period.start,
        )
        .distinct()
    )  # fmt: skip


def _within(at: InstrumentedAttribute[datetime], period: Period) -> ColumnElement[bool]:
    return and_(at >= period.start, at < period.end)


def _by(channel: str) -> list[ColumnElement[bool]]:
    return [Conversation.channel == channel] if channel else []
