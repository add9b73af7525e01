"""Conversations that people have ended, put straight into the database."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from gateway.conversations.models import Conversation, Message
from gateway.database import Database
from gateway.handoff.models import Handling, ServiceRating
from gateway.identity.views import Actor
from gateway.quality.drawing import Drawing
from gateway.quality.models import QualitySheet
from gateway.quality.rules import HALVES
from gateway.quality.service import Assessments
from gateway.quality.standard import standard
from gateway.quality.views import Assessment, Typed

BOSS = Actor("boss", "supervisor")
CHIEF = Actor("chief", "supervisor")
ENDED = datetime(2026, 10, 15, 4, 0, tzinfo=UTC)
"""Noon of a day in October 2026, in Taipei."""
SAID = (
    ("citizen", "路燈壞了"),
    ("operator", "請問在哪個路口？"),
    ("citizen", "建工路 <b>"),
    ("operator", "已立案"),
)


def ended_talk(session: Session, operator: str, ended_at: datetime = ENDED, *, rated: bool = False) -> int:
    """A conversation of ten minutes that somebody has ended; the handling's number."""
    talk, began = str(uuid.uuid4()), ended_at - timedelta(minutes=10)
    session.add(
        Conversation(
            id=talk, channel="web", language="zh-TW", owner="closed", last_seq=len(SAID), state={},
            created_at=began, updated_at=ended_at, closed_at=ended_at, expires_at=ended_at,
        )
    )  # fmt: skip
    session.flush()
    for seq, (sender, text) in enumerate(SAID, start=1):
        session.add(
            Message(
                id=str(uuid.uuid4()), conversation_id=talk, seq=seq, sender=sender, kind="text", text=text,
                payload={}, created_at=began + timedelta(minutes=seq),
            )
        )  # fmt: skip
    handling = Handling(
        conversation_id=talk, operator=operator, queued_at=began, taken_at=began + timedelta(seconds=95),
        first_reply_at=began + timedelta(minutes=2), ended_at=ended_at, ending="closed",
    )  # fmt: skip
    session.add(handling)
    if rated:
        session.add(
            ServiceRating(
                conversation_id=talk, operator=operator, speed=5, result=2, comment="很快，但沒解決",
                at=ended_at,
            )
        )  # fmt: skip
    session.flush()
    return handling.id


def ended_talks(database: Database, operator: str, count: int, ended_at: datetime = ENDED) -> list[int]:
    """Several of them, a minute apart."""
    with database.write() as session:
        return [ended_talk(session, operator, ended_at + timedelta(minutes=n)) for n in range(count)]


def drawn_sheet(
    database: Database, drawing: Drawing, operator: str, ended_at: datetime = ENDED, *, by: Actor = BOSS
) -> int:
    """The sheet of a conversation that was the only one to draw from on its day."""
    with database.write() as session:
        handling = ended_talk(session, operator, ended_at, rated=True)
    day = ended_at.astimezone(drawing.zone).date()
    drawing.draw(day, day, 1, by)
    with database.read() as session:
        return next(
            one.id for one in session.query(QualitySheet) if one.handling_id == handling
        )  # fmt: skip


def marks(share: float = 1.0, *, left_out: Sequence[str] = ()) -> dict[str, Typed]:
    """Every criterion with this share of its points, down to halves."""
    return {
        one.code: Typed(
            None if one.code in left_out else int(HALVES * one.weight * share), one.code in left_out, "說明"
        )
        for one in standard().criteria
    }


def final_sheet(room: Assessments, sheet_id: int, share: float = 1.0, *, by: Actor = BOSS) -> None:
    """Make a sheet that is as it was drawn final."""
    room.finish(sheet_id, Assessment(marks(share), "總評", 1), by)
