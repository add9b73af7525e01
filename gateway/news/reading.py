"""News as the desk and citizens read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import UnaryExpression, func, or_, select
from sqlalchemy.orm import Session

from gateway.audit.models import AuditEntry
from gateway.news.errors import NewsNotFound
from gateway.news.models import NewsCampaign
from gateway.news.rules import State, Topic
from gateway.news.segments import subject_of

RECENT: Final = 20


def campaign(session: Session, campaign_id: int) -> NewsCampaign:
    """One piece of news. Raises NewsNotFound."""
    found = session.get(NewsCampaign, campaign_id)
    if found is None:
        raise NewsNotFound(str(campaign_id))
    return found


def page_of(
    session: Session, *, state: str, topic: str, offset: int, limit: int, order: UnaryExpression[datetime]
) -> tuple[Sequence[NewsCampaign], int]:
    """One page of the desk's list, and how many there are. Without a state: all but what was discarded."""
    fits = [NewsCampaign.state == state] if state else [NewsCampaign.state != State.DISCARDED]
    if topic:
        fits.append(NewsCampaign.topic == topic)
    rows = session.scalars(
        select(NewsCampaign).where(*fits).order_by(order, NewsCampaign.id.desc()).offset(offset).limit(limit)
    ).all()
    return rows, session.scalar(select(func.count()).select_from(NewsCampaign).where(*fits)) or 0


def history(session: Session, campaign_id: int) -> Sequence[AuditEntry]:
    """What was done with it, by whom, in order."""
    query = select(AuditEntry).where(AuditEntry.subject == subject_of(campaign_id)).order_by(AuditEntry.seq)
    return session.scalars(query).all()


def recent(session: Session, now: datetime, topic: Topic | None = None) -> Sequence[NewsCampaign]:
    """What has gone out and still holds, the newest first: for everybody to read."""
    query = select(NewsCampaign).where(
        NewsCampaign.state.in_((State.SENDING, State.SENT)),
        or_(NewsCampaign.valid_until.is_(None), NewsCampaign.valid_until > now),
    )
    if topic is not None:
        query = query.where(NewsCampaign.topic == topic)
    return session.scalars(query.order_by(NewsCampaign.started_at.desc()).limit(RECENT)).all()
