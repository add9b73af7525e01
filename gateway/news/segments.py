"""Segments in the database: whom news is for, how many they are, and what became of the letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from gateway.news.models import NewsCampaign, NewsOptOut, NewsSubscription
from gateway.news.rules import WHOLE_CITY, Segment, Topic, topics_mask
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import LOST, State, Stopped


@dataclass(frozen=True)
class Counts:
    """What became of the letters of one piece of news."""

    queued: int = 0
    waiting: int = 0
    delivered: int = 0
    failed: int = 0
    """Refused, come back, or to an address that is known to be dead."""
    cancelled: int = 0
    """Stopped before they left."""
    opted_out: int = 0
    """People who left because of it, or before it reached them."""


def subject_of(campaign_id: int) -> str:
    """What the outbox and the audit trail call a piece of news."""
    return f"news:{campaign_id}"


def segment_of(campaign: NewsCampaign) -> Segment:
    """To whom a piece of news goes."""
    return Segment(
        Topic(campaign.topic), campaign.areas, tuple(campaign.transports), tuple(campaign.languages)
    )


def belongs(segment: Segment) -> list[ColumnElement[bool]]:
    """`Segment.holds`, asked of the database."""
    taken = NewsSubscription
    asked = [
        taken.ended_at.is_(None),
        taken.topics.bitwise_and(topics_mask([segment.topic])) != 0,
        taken.transport.in_(segment.transports),
        taken.language.in_(segment.languages),
    ]
    if not segment.areas & WHOLE_CITY:
        asked.append(taken.areas.bitwise_and(segment.areas | WHOLE_CITY) != 0)
    return asked


def reach(session: Session, segment: Segment) -> Mapping[tuple[str, str], int]:
    """How many recipients a segment has now, by transport and language."""
    taken = NewsSubscription
    counted = select(taken.transport, taken.language, func.count()).where(*belongs(segment))
    return {
        (transport, language): count
        for transport, language, count in session.execute(counted.group_by(taken.transport, taken.language))
    }


def counts(session: Session, campaign_id: int) -> Counts:
    """What became of the letters so far."""
    unwanted = and_(OutboxMessage.state == State.WITHHELD, OutboxMessage.last_error == Stopped.OPTED_OUT)
    fate = case((unwanted, Stopped.OPTED_OUT.value), else_=OutboxMessage.state)
    rows = session.execute(
        select(fate, func.count()).where(OutboxMessage.subject == subject_of(campaign_id)).group_by(fate)
    )
    by_fate: dict[str, int] = {row[0]: row[1] for row in rows}
    left = session.scalar(
        select(func.count()).select_from(NewsOptOut).where(NewsOptOut.campaign_id == campaign_id)
    )
    return Counts(
        queued=sum(by_fate.values()),
        waiting=by_fate.get(State.PENDING, 0),
        delivered=by_fate.get(State.SENT, 0),
        failed=sum(by_fate.get(state, 0) for state in (*LOST, State.WITHHELD)),
        cancelled=by_fate.get(State.CANCELLED, 0),
        opted_out=by_fate.get(Stopped.OPTED_OUT, 0) + (left or 0),
    )
