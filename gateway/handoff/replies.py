"""Sentences ready to be sent: kept once for everybody, with variables that the desk fills in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.errors import InvalidInput
from gateway.handoff.models import CannedReply

VARIABLES = ("operator", "case")
"""What a reply may hold in braces: who answers, and the conversation's latest case."""
TITLE_MAX = 60
TEXT_MAX = 1000
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


class InvalidReply(InvalidInput):
    """Without title or words, too long, or with a variable that nobody fills in."""

    code = "invalid_reply"
    zh = (
        f"請填寫標題（{TITLE_MAX} 字內）與中英文內容（各 {TEXT_MAX} 字內）；"
        "可用的變數只有 {operator} 與 {case}。"
    )
    en = (
        f"Title (to {TITLE_MAX}) and both texts (to {TEXT_MAX} characters); "
        "variables are {operator} and {case}."
    )


def replies(session: Session) -> Sequence[CannedReply]:
    """All of them, by title."""
    return session.scalars(select(CannedReply).order_by(CannedReply.title)).all()


def keep_reply(session: Session, title: str, zh: str, en: str, *, by: str, now: datetime) -> None:
    """Keep a reply; one of the same title is replaced. Raises InvalidReply."""
    title, zh, en = (" ".join(title.split()), zh.strip(), en.strip())
    unknown = {name for text in (zh, en) for name in _IN_BRACES.findall(text)} - set(VARIABLES)
    fits = 0 < len(title) <= TITLE_MAX and all(0 < len(text) <= TEXT_MAX for text in (zh, en))
    if not fits or unknown:
        raise InvalidReply(", ".join(sorted(unknown)))
    known = session.scalar(select(CannedReply).where(CannedReply.title == title))
    if known is None:
        session.add(CannedReply(title=title, zh=zh, en=en, created_by=by, created_at=now))
    else:
        known.zh, known.en = zh, en


def drop_reply(session: Session, reply_id: int) -> None:
    """Take a reply away."""
    session.execute(delete(CannedReply).where(CannedReply.id == reply_id))
