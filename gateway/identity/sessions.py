"""Sessions of signed-in browsers: a random token in a cookie, its digest in the database."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.identity.models import Account, StaffSession
from gateway.identity.rules import HALF_SESSION, StaffRole, session_alive
from gateway.identity.sealing import new_token, token_digest
from gateway.identity.views import Needs, Staff

HALF = "half"
SSO = "sso"
PASSWORD = "password"  # noqa: S105 - the name of a method
SWEEP_AT_ONCE = 500
_TOUCH_AFTER = timedelta(minutes=1)


class Sessions:
    """Opens, finds and ends sessions inside the database session it is given."""

    def __init__(self, idle: timedelta, longest: timedelta, totp_roles: frozenset[StaffRole]) -> None:
        self._idle = idle
        self._longest = longest
        self._totp_roles = totp_roles
        self._touch_after = min(_TOUCH_AFTER, idle / 10)

    def open(self, session: Session, account: Account, method: str, now: datetime) -> tuple[str, Staff]:
        """A new session with a token of its own, and whom it stands for."""
        token = new_token()
        life = HALF_SESSION if method == HALF else self._longest
        row = StaffSession(
            id=str(uuid.uuid4()), account_id=account.id, token_hash=token_digest(token), csrf=new_token(),
            method=method, created_at=now, seen_at=now, expires_at=now + life,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return token, self._staff(row, account)

    def find(
        self, session: Session, token: str, now: datetime, *, half: bool = False
    ) -> tuple[StaffSession, Account] | None:
        """The living session of this token and its account, unless that is disabled."""
        query = select(StaffSession, Account).join(Account, Account.id == StaffSession.account_id)
        found = session.execute(query.where(StaffSession.token_hash == token_digest(token))).one_or_none()
        if found is None:
            return None
        row, account = found
        alive = session_alive(row.seen_at, row.expires_at, self._idle, now)
        if not alive or account.disabled_at is not None or (row.method == HALF) != half:
            return None
        return row, account

    def staff(self, session: Session, token: str, now: datetime) -> tuple[Staff, bool] | None:
        """Whom a token stands for, and whether its use should be written down."""
        found = self.find(session, token, now)
        if found is None:
            return None
        row, account = found
        return self._staff(row, account), now - row.seen_at >= self._touch_after

    def touch(self, session: Session, session_id: str, now: datetime) -> None:
        """Write down that the session was used now; the idle time begins anew."""
        row = session.get(StaffSession, session_id)
        if row is not None:
            row.seen_at = max(row.seen_at, now)

    def end(self, session: Session, session_id: str) -> None:
        """End one session."""
        session.execute(delete(StaffSession).where(StaffSession.id == session_id))

    def end_all(self, session: Session, account_id: int) -> None:
        """End every session of an account."""
        session.execute(delete(StaffSession).where(StaffSession.account_id == account_id))

    def sweep(self, session: Session, now: datetime) -> None:
        """Drop sessions past their end."""
        old = select(StaffSession.id).where(StaffSession.expires_at <= now)
        ids = session.scalars(old.with_for_update(skip_locked=True).limit(SWEEP_AT_ONCE)).all()
        session.execute(delete(StaffSession).where(StaffSession.id.in_(ids)))

    def needs(self, account: Account, method: str) -> Needs | None:
        """What the account must still do; a single sign-on's second factor is its provider's business."""
        if method == HALF:
            return Needs.TOTP
        if method == SSO:
            return None
        if account.must_change_password:
            return Needs.CHANGE_PASSWORD
        asked = not self._totp_roles.isdisjoint(account.roles)
        return Needs.ENROL_TOTP if asked and account.totp_confirmed_at is None else None

    def _staff(self, row: StaffSession, account: Account) -> Staff:
        return staff_view(account, csrf=row.csrf, session_id=row.id, needs=self.needs(account, row.method))


def staff_view(
    account: Account, *, csrf: str = "", session_id: str = "", needs: Needs | None = None
) -> Staff:
    """The person of an account."""
    return Staff(
        id=account.id,
        username=account.username,
        display_name=account.display_name,
        roles=frozenset(map(StaffRole, account.roles)),
        units=frozenset(account.units),
        language=account.language,
        csrf=csrf,
        session_id=session_id,
        needs=needs,
    )
