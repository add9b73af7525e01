"""What every part of the identity room works with: the database, the clock, the keys, the trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.models import Account
from gateway.identity.passwords import Passwords, passwords
from gateway.identity.rules import roles_named
from gateway.identity.sealing import Sealer
from gateway.identity.sessions import Sessions
from gateway.identity.totp import SecondFactor
from gateway.identity.views import Actor
from gateway.settings import Settings

Detail = Mapping[str, object]


def _now() -> datetime:
    return datetime.now(UTC)


class Room:
    """The common ground of signing in and of managing accounts."""

    def __init__(
        self, database: Database, settings: Settings, trail: AuditTrail, clock: Callable[[], datetime] = _now,
        hashes: Passwords | None = None,
    ) -> None:  # fmt: skip
        self.database = database
        self._trail = trail
        self._clock = clock
        self._passwords = hashes or passwords()
        self._sealer = Sealer(settings.signing_key())
        self._second_factor = SecondFactor(self._sealer)
        self._sessions = Sessions(
            timedelta(minutes=settings.session_idle_minutes),
            timedelta(hours=settings.session_hours),
            roles_named(settings.require_totp_roles),
        )

    def _record(
        self, session: Session, act: str, actor: str, account: Account | None, at: datetime,
        detail: Detail | None = None,
    ) -> None:  # fmt: skip
        subject = f"account:{account.username}" if account else "account:unknown"
        self._entry(session, act, Actor(actor, "staff"), subject, detail, at)

    def _managed(
        self, session: Session, act: str, account: Account, by: Actor, detail: Detail | None = None
    ) -> None:
        self._entry(session, act, by, f"account:{account.username}", detail, self._clock())

    def _entry(
        self,
        session: Session,
        act: str,
        by: Actor,
        subject: str,
        detail: Detail | None,
        at: datetime,
    ) -> None:
        session.flush()
        self._trail.append(
            session, act=act, actor=by.name, role=by.role, subject=subject, detail=dict(detail or {}), at=at
        )
