"""Pushes counted by month, so that nobody is surprised by the bill or by silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.channels.line.models import LineMonth
from gateway.database import Database
from gateway.database.inserting import insert_into


@dataclass(frozen=True)
class Used:
    """How much of a month's pushes is used; `quota` None: no limit, or not known."""

    month: str
    pushes: int
    replies: int
    quota: int | None


class Months:
    """The counts. `quota` is the plan's, where the settings say it; `share` is where the warning starts."""

    def __init__(self, database: Database, zone: ZoneInfo, quota: int | None, share: float) -> None:
        self._database = database
        self._zone = zone
        self._quota = quota
        self._share = share

    def count(self, now: datetime, *, pushes: int = 0, replies: int = 0) -> Used | None:
        """Count calls that LINE has taken. What is used, when that is to be warned of: once a month."""
        month = self._month(now)
        with self._database.write() as session:
            self._ensure(session, month)
            row = session.scalars(
                update(LineMonth)
                .where(LineMonth.month == month)
                .values(pushes=LineMonth.pushes + pushes, replies=LineMonth.replies + replies)
                .returning(LineMonth)
            ).one()
            limit = self._quota or row.quota
            if limit is None or row.warned or row.pushes < limit * self._share:
                return None
            row.warned = True
            return Used(month, row.pushes, row.replies, limit)

    def learn(self, quota: int | None, pushes: int | None, now: datetime) -> None:
        """What LINE itself says of the plan and of what was used, by whatever else pushes on the channel."""
        month = self._month(now)
        with self._database.write() as session:
            self._ensure(session, month)
            row = session.get_one(LineMonth, month, with_for_update=True)
            row.quota = quota
            row.pushes = max(row.pushes, pushes or 0)

    def used(self, now: datetime) -> Used:
        """What this month has used so far."""
        month = self._month(now)
        with self._database.read() as session:
            row = session.get(LineMonth, month)
            if row is None:
                return Used(month, 0, 0, self._quota)
            return Used(month, row.pushes, row.replies, self._quota or row.quota)

    def _month(self, now: datetime) -> str:
        return f"{now.astimezone(self._zone):%Y-%m}"

    @staticmethod
    def _ensure(session: Session, month: str) -> None:
        row = {"month": month, "pushes": 0, "replies": 0, "warned": False}
        session.execute(insert_into(session, LineMonth).values(row).on_conflict_do_nothing())
