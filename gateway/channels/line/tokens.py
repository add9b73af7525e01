"""Reply tokens: each for one call alone, so that one that was cut off can be told from a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

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

    def claim(self, user_id: str, call: str, now: datetime, *, again: bool) -> Chance | None:
        """The token of this call: the one it has tried before, or the newest that nobody has; None: push.

        A call that is made `again` gets no new token: it may have been pushed, and what is pushed twice is
        told once only as a push.
        """
        with self._database.write() as session:
            mine = session.scalar(select(LineReplyToken).where(LineReplyToken.claimed_by == call))
            if mine is not None:
                usable = is_usable(mine.received_at, now)
                return Chance(mine.token, False, mine.accepted_at is not None, usable)
            if again:
                return None
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

    def refused(self, call: str) -> None:
        """LINE does not take this call's token, tried for the first time: from now on the call is a push."""
        with self._database.write() as session:
            session.execute(delete(LineReplyToken).where(LineReplyToken.claimed_by == call))

    def accepted(self, call: str, now: datetime) -> None:
        """LINE has taken the call: it is never made again."""
        with self._database.write() as session:
            mine = update(LineReplyToken).where(LineReplyToken.claimed_by == call)
            session.execute(mine.values(accepted_at=now))
