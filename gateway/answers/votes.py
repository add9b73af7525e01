"""How answers did: how often an entry was the answer, thumbs and their reasons, by month and by wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.cases.masking import masked
from gateway.conversations.asking import CHOSEN
from gateway.conversations.feedback import Reason, Vote
from gateway.conversations.models import AnswerFeedback, AskedQuestion

MONTHS: Final = 12
COMMENTS: Final = 20
GIVEN: Final = or_(AskedQuestion.decision == "answer", AskedQuestion.ended == CHOSEN)


@dataclass(frozen=True)
class Standing:
    """How one entry did in a stretch of time."""

    entry: str
    given: int
    up: int
    down: int

    @property
    def share_down(self) -> float | None:
        """Thumbs down of all thumbs, in [0, 1]; None without any."""
        votes = self.up + self.down
        return self.down / votes if votes else None


@dataclass(frozen=True)
class Month:
    """How an entry did in one month."""

    first: date
    given: int
    up: int
    down: int
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Wording:
    """Thumbs on one version of an entry."""

    version: str
    up: int
    down: int


@dataclass(frozen=True)
class Comment:
    """Why an answer did not help, in a citizen's words without personal data."""

    at: datetime
    reason: str | None
    text: str
    version: str | None


@dataclass(frozen=True)
class Record:
    """Everything that is known of one entry's answers."""

    months: Sequence[Month]
    """The newest first; those in which nothing happened are left out."""
    wordings: Sequence[Wording]
    comments: Sequence[Comment]


def standings(session: Session, first: datetime, after: datetime) -> list[Standing]:
    """Every entry that was an answer or voted on in a period."""
    given = session.execute(
        select(AskedQuestion.entry, func.count())
        .where(GIVEN, AskedQuestion.entry.is_not(None), _within(AskedQuestion.at, first, after))
        .group_by(AskedQuestion.entry)
    )
    counts = {str(entry): [count, 0, 0] for entry, count in given}
    votes = session.execute(
        select(AnswerFeedback.entry, AnswerFeedback.vote, func.count())
        .where(_within(AnswerFeedback.at, first, after))
        .group_by(AnswerFeedback.entry, AnswerFeedback.vote)
    )
    for entry, vote, count in votes:
        counts.setdefault(entry, [0, 0, 0])[1 if vote == Vote.UP else 2] = count
    return [Standing(entry, *three) for entry, three in sorted(counts.items())]


def record(session: Session, entry: str, today: date, zone: ZoneInfo) -> Record:
    """What is known of one entry: the last twelve months, its wordings, the latest comments."""
    starts = _months(today)
    edges = [datetime.combine(day, time.min, zone) for day in starts]
    given = _by_month(session, AskedQuestion.at, edges, and_(AskedQuestion.entry == entry, GIVEN))
    mine = AnswerFeedback.entry == entry
    ups, downs = (
        _by_month(session, AnswerFeedback.at, edges, and_(mine, AnswerFeedback.vote == vote)) for vote in Vote
    )
    why = {
        reason: _by_month(session, AnswerFeedback.at, edges, and_(mine, AnswerFeedback.reason == reason))
        for reason in Reason
    }
    months = [
        Month(
            starts[place], given[place], ups[place], downs[place],
            {reason.value: counts[place] for reason, counts in why.items() if counts[place]},
        )
        for place in range(MONTHS)
    ]  # fmt: skip
    return Record(
        [one for one in reversed(months) if one.given or one.up or one.down],
        _wordings(session, entry),
        _comments(session, entry),
    )


def _by_month(
    session: Session,
    at: InstrumentedAttribute[datetime],
    edges: Sequence[datetime],
    where: ColumnElement[bool],
) -> list[int]:
    columns = [
        func.coalesce(func.sum(case((_within(at, edges[place], edges[place + 1]), 1), else_=0)), 0)
        for place in range(MONTHS)
    ]
    return list(session.execute(select(*columns).where(where, at >= edges[0])).one())


def _wordings(session: Session, entry: str) -> list[Wording]:
    counts: dict[str, list[int]] = {}
    rows = session.execute(
        select(AnswerFeedback.version, AnswerFeedback.vote, func.count(), func.max(AnswerFeedback.at))
        .where(AnswerFeedback.entry == entry)
        .group_by(AnswerFeedback.version, AnswerFeedback.vote)
        .order_by(func.max(AnswerFeedback.at).desc())
    )
    for version, vote, count, _ in rows:
        counts.setdefault(version or "", [0, 0])[0 if vote == Vote.UP else 1] = count
    return [Wording(version, *two) for version, two in counts.items()]


def _comments(session: Session, entry: str) -> list[Comment]:
    rows = session.execute(
        select(AnswerFeedback.at, AnswerFeedback.reason, AnswerFeedback.comment, AnswerFeedback.version)
        .where(AnswerFeedback.entry == entry, AnswerFeedback.comment.is_not(None))
        .order_by(AnswerFeedback.at.desc())
        .limit(COMMENTS)
    )
    return [Comment(at, reason, masked(text or ""), version) for at, reason, text, version in rows]


def _within(at: InstrumentedAttribute[datetime], first: datetime, after: datetime) -> ColumnElement[bool]:
    return and_(at >= first, at < after)


def _months(today: date) -> list[date]:
    """The first days of the last twelve months and of the next one."""
    number = today.year * 12 + today.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(number - MONTHS + 1, number + 2)]
