"""What is read of persons' conversations: how long they took, how they were rated, how fast the bot is."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.conversations.models import AskedQuestion, Conversation, Message
from gateway.handoff.models import Handling, ServiceRating
from gateway.reports.conversations.periods import Period
from gateway.reports.conversations.rules import nearest_rank


@dataclass(frozen=True)
class Served:
    """One stretch of handling that has ended."""

    operator: str
    channel: str
    citizen: str
    """The same for all of one browser or LINE account; else the conversation."""
    queued_at: datetime | None
    taken_at: datetime
    first_reply_at: datetime | None
    ended_at: datetime
    ending: str

    @property
    def seconds(self) -> float:
        """From the taking to the end."""
        return (self.ended_at - self.taken_at).total_seconds()

    @property
    def reply_seconds(self) -> float | None:
        """From the taking to the person's first words."""
        return _between(self.taken_at, self.first_reply_at)

    @property
    def answer_seconds(self) -> float | None:
        """From when the citizen began to wait, or was taken over, to the person's first words."""
        return _between(self.queued_at or self.taken_at, self.first_reply_at)


@dataclass(frozen=True)
class Rated:
    """One rating of a person's service."""

    at: datetime
    operator: str
    channel: str
    speed: int
    result: int


def served(session: Session, period: Period, channel: str = "") -> list[Served]:
    """Stretches of handling that ended in the period, in the order of ending."""
    which = [Conversation.channel == channel] if channel else []
    rows = session.execute(
        select(
            Handling.operator, Conversation.channel,
            func.coalesce(Conversation.visitor, Handling.conversation_id), Handling.queued_at,
            Handling.taken_at, Handling.first_reply_at, Handling.ended_at,
            func.coalesce(Handling.ending, ""),
        )
        .join(Conversation, Conversation.id == Handling.conversation_id)
        .where(Handling.ended_at >= period.start, Handling.ended_at < period.end, *which)
        .order_by(Handling.ended_at, Handling.id)
    )  # fmt: skip
    return [
        Served(operator, by, citizen, queued, taken, replied, ended, ending)
        for operator, by, citizen, queued, taken, replied, ended, ending in rows
        if ended is not None
    ]


def rated(session: Session, period: Period, channel: str = "") -> list[Rated]:
    """Ratings that were given in the period, in the order of giving."""
    which = [Conversation.channel == channel] if channel else []
    rows = session.execute(
        select(
            ServiceRating.at, func.coalesce(ServiceRating.operator, ""), Conversation.channel,
            ServiceRating.speed, ServiceRating.result,
        )
        .join(Conversation, Conversation.id == ServiceRating.conversation_id)
        .where(ServiceRating.at >= period.start, ServiceRating.at < period.end, *which)
        .order_by(ServiceRating.at, ServiceRating.conversation_id)
    )  # fmt: skip
    return [Rated(*row) for row in rows]


def bot_answer_seconds(session: Session, period: Period) -> tuple[float | None, float | None]:
    """Median and 90th percentile of the seconds from a question's message to the end of its turn."""
    turns = (
        select(Message.created_at, Message.answered_at)
        .join(AskedQuestion, AskedQuestion.message_id == Message.id)
        .where(
            AskedQuestion.at >= period.start, AskedQuestion.at < period.end, Message.answered_at.is_not(None)
        )
    )  # fmt: skip
    if session.get_bind().dialect.name != "postgresql":
        seconds = [(after - before).total_seconds() for before, after in session.execute(turns) if after]
        return (statistics.median(seconds) if seconds else None), nearest_rank(seconds, 0.9)
    turn = turns.subquery()
    took = turn.c.answered_at - turn.c.created_at
    middle, most = session.execute(
        select(
            func.percentile_cont(0.5).within_group(took), func.percentile_disc(0.9).within_group(took)
        )
    ).one()  # fmt: skip
    return _seconds(middle), _seconds(most)


def _between(before: datetime, after: datetime | None) -> float | None:
    return None if after is None else (after - before).total_seconds()


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
