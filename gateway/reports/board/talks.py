"""The queue, its people and the telephones on the board, by the handoff room's own counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gateway.cases.lateness import end_of_day
from gateway.cases.office import Office
from gateway.handoff import reading
from gateway.handoff.presence import everybody
from gateway.handoff.rules import Presence
from gateway.handoff.stays import stays_between
from gateway.reports.board.rules import TalkFigures, operators_of
from gateway.reports.conversations.rules import service_level
from gateway.settings import Settings


def talk_figures(session: Session, settings: Settings, now: datetime, office: Office) -> TalkFigures:
    """The figures of the whole line: no unit has a queue of its own."""
    tomorrow = end_of_day(now, office)
    stays = stays_between(session, tomorrow - timedelta(days=1), tomorrow)
    waits = [max(now - one.since, timedelta()) for one in reading.waiting(session)]
    return TalkFigures(
        waiting=len(waits),
        longest=max(waits, default=None),
        operators=operators_of(everybody(session, now), Presence.AVAILABLE, Presence.PAUSED),
        lines=reading.lines(session, now, settings.lines_full_share),
        entered=len(stays),
        level=service_level(stays, timedelta(seconds=settings.service_level_seconds), now),
    )
