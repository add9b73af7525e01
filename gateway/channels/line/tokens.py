"""Reply tokens: each for one call alone, so that one that was cut off can be told from a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from gateway.channels.line.models import LineReplyToken
from gateway.channels.line.rules import REPLY_TOKEN_LIFE, is_usable
from gateway.database import Database


@dataclass(frozen=True)
class Chance:
    """A token that belongs to a call."""

    token: str
    fresh: bool
    """Nobody has tried it yet; else an attempt of this very call may have arrived."""
    accepted: bool
    """LINE has taken the call: there is nothing more to do."""
    usable: bool
    """Young enough to be tried."""


class ReplyTokens:
    """The tokens in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, user_id: str, call: str, now: datetime) -> Chance | None:
        """The token of this call: the one it has tried before, or the newest that nobody has; None: push."""
        with self._database.write() as session:
            mine = session.scalar(select(LineReplyToken).where(LineReplyToken.claimed_by == call))
            if mine is not None:
                usable = is_usable(mine.received_at, now)
                return Chance(mine.token, False, mine.accepted_at is not None, usable)
            newest = (
                select(LineReplyToken)
                .where(
                    LineReplyToken.user_id == user_id, LineReplyToken.claimed_by.is_(None),
                    LineReplyToken.received_at > now - REPLY_TOKEN_LIFE,
                )
                .order_by(LineReplyToken.received_at.desc())
                .limit(1)
                .with_for_update(skip_locked=True)
            )  # fmt: skip
            found = session.scalar(newest)
            if found is None:
                return None
            found.claimed_by = call
            return Chance(found.token, True, False, True)

    def accepted(self, call: str, now: datetime) -> None:
        """LINE has taken the call: it is never made again."""
        with self._database.write() as session:
            mine = update(LineReplyToken).where(LineReplyToken.claimed_by == call)
            session.execute(mine.values(accepted_at=now))
