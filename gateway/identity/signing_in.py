"""Signing in and out. These doors own their transactions: a refusal is written down, then raised.

Locks are taken in one order everywhere: the account, its counters, the end of the audit trail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from gateway.identity import accounts, throttling
from gateway.identity.errors import LoginRefused, LoginThrottled, NotSignedIn, WeakPassword
from gateway.identity.models import Account
from gateway.identity.room import Room
from gateway.identity.rules import check_password, folded_username, normalised_password
from gateway.identity.sessions import HALF, PASSWORD, SSO
from gateway.identity.throttling import Counter
from gateway.identity.views import LoginResult, Needs, Staff

log = structlog.get_logger()


@dataclass(frozen=True)
class _Attempt:
    """One attempt to prove who one is: what it counts against, and where it came from."""

    counted: tuple[Counter, Counter]
    address: str
    """A keyed hash, for the audit."""
    at: datetime


class SigningIn(Room):
    """How somebody proves who they are, and what a cookie stands for."""

    def login(self, username: str, password: str, otp: str | None, address: str) -> LoginResult:
        """Open a session, always with a new token.

        `needs` TOTP means the password was right and `second_step` must follow (or `otp` be given).
        Raises LoginRefused (unknown name, wrong password, wrong code, disabled: alike, at the same
        cost) or LoginThrottled, after the failure is committed.
        """
        with self.database.write() as session:
            attempt = self._attempt(folded_username(username), address)
            wait = throttling.admit(session, attempt.counted, attempt.at)
            found = accounts.for_login(session, username)
            known = (found.id, found.password_hash) if found else None
        self._let_wait(wait)
        fits = self._passwords.fits(known[1] if known else None, password)
        newer = self._passwords.hashed(password) if known and fits and self._outdated(known[1]) else None
        result = None
        with self.database.write() as session:
            account = accounts.locked(session, known[0]) if known else None
            # A password that was changed while this one was checked is no longer the right one.
            if account is not None and fits and known == (account.id, account.password_hash):
                account.password_hash = newer or account.password_hash
                result = self._past_password(session, account, otp, attempt)
            if result is None:
                self._failed(session, account, attempt)
        return self._granted(result)

    def second_step(self, token: str, otp: str, address: str) -> LoginResult:
        """Open the session for which `login` said TOTP; the token is another one.

        Raises NotSignedIn when the five minutes are over, LoginRefused or LoginThrottled.
        """
        result, wait = None, None
        with self.database.write() as session:
            found = self._sessions.find(session, token, self._clock(), half=True)
            if found is not None:
                half, account = found[0], accounts.locked(session, found[1].id)
                attempt = self._attempt(account.username, address)
                wait = throttling.admit(session, attempt.counted, attempt.at)
                if wait is None:
                    result = self._past_second_factor(session, account, otp, attempt)
                    if result is None:
                        self._failed(session, account, attempt)
                    else:
                        self._sessions.end(session, half.id)
        if found is None:
            raise NotSignedIn
        self._let_wait(wait)
        return self._granted(result)

    def login_by_sso(self, username: str, address: str) -> LoginResult:
        """Open a session for whom the identity provider vouches. Raises LoginRefused for a stranger."""
        result = None
        with self.database.write() as session:
            attempt = self._attempt(folded_username(username), address)
            found = accounts.for_login(session, username)
            account = accounts.locked(session, found.id) if found else None
            if account is not None and account.disabled_at is None:
                result = self._open(session, account, SSO, attempt.at)
            else:
                self._record(
                    session, "login.failed", "unknown", account, attempt.at,
                    {"by": SSO, "address": attempt.address},
                )  # fmt: skip
        return self._granted(result)

    def change_password(self, staff: Staff, old: str, new: str, address: str) -> LoginResult:
        """Change one's own password, end every session, and open a new one.

        Raises WeakPassword, LoginThrottled, or LoginRefused when `old` is not right.
        """
        check_password(new, staff.username)
        if normalised_password(new) == normalised_password(old):
            raise WeakPassword
        with self.database.write() as session:
            attempt = self._attempt(staff.username, address)
            wait = throttling.admit(session, attempt.counted, attempt.at)
            stored = accounts.found(session, staff.id).password_hash
        self._let_wait(wait)
        fits = self._passwords.fits(stored, old)
        hashed = self._passwords.hashed(new) if fits else stored
        result = None
        with self.database.write() as session:
            account = accounts.locked(session, staff.id)
            if fits and account.password_hash == stored and account.disabled_at is None:
                account.password_hash, account.must_change_password = hashed, False
                self._sessions.end_all(session, account.id)
                result = self._open(session, account, PASSWORD, attempt.at, attempt)
                self._record(session, "password.changed", account.username, account, attempt.at)
            else:
                self._failed(session, account, attempt)
        return self._granted(result)

    def staff_of(self, token: str) -> Staff | None:
        """Whom a cookie's token stands for; None if it is forged, idle too long, past its end or ended."""
        now = self._clock()
        with self.database.read() as session:
            found = self._sessions.staff(session, token, now)
        if found is None:
            return None
        staff, to_be_touched = found
        if to_be_touched:
            with self.database.write() as session:
                self._sessions.touch(session, staff.session_id, now)
        return staff

    def logout(self, token: str) -> None:
        """End the session of this token; nothing happens if there is none."""
        with self.database.write() as session:
            now = self._clock()
            found = self._sessions.find(session, token, now)
            if found is not None:
                row, account = found
                self._sessions.end(session, row.id)
                self._record(session, "logout", account.username, account, now)

    def sweep(self) -> None:
        """Drop what has run out: sessions, and counters that count no more."""
        with self.database.write() as session:
            now = self._clock()
            throttling.sweep(session, now)
            self._sessions.sweep(session, now)

    def _attempt(self, username: str, address: str) -> _Attempt:
        counted = throttling.counters(self._sealer, username, address)
        return _Attempt(counted, self._sealer.mark("address", address)[:16], self._clock())

    def _outdated(self, stored: str) -> bool:
        return self._passwords.outdated(stored)

    def _let_wait(self, wait: timedelta | None) -> None:
        if wait is not None:
            log.info("sign-in throttled")
            raise LoginThrottled(math.ceil(wait.total_seconds()))

    def _granted(self, result: LoginResult | None) -> LoginResult:
        if result is None:
            raise LoginRefused
        self.sweep()
        return result

    def _past_password(
        self, session: Session, account: Account, otp: str | None, attempt: _Attempt
    ) -> LoginResult | None:
        if account.disabled_at is not None:
            return None
        if account.totp_confirmed_at is None:
            return self._open(session, account, PASSWORD, attempt.at, attempt)
        if otp is None or not otp.strip():
            for counter in attempt.counted:
                throttling.forgive(session, counter, attempt.at)
            token, _ = self._sessions.open(session, account, HALF, attempt.at)
            return LoginResult(None, token, Needs.TOTP)
        return self._past_second_factor(session, account, otp, attempt)

    def _past_second_factor(
        self, session: Session, account: Account, otp: str, attempt: _Attempt
    ) -> LoginResult | None:
        if account.disabled_at is not None:
            return None
        how = self._second_factor.accept(session, account, otp, attempt.at)
        return None if how is None else self._open(session, account, PASSWORD, attempt.at, attempt, how)

    def _open(
        self, session: Session, account: Account, method: str, now: datetime,
        attempt: _Attempt | None = None, factor: str | None = None,
    ) -> LoginResult:  # fmt: skip
        if attempt is not None:
            throttling.clear(session, attempt.counted[0])
            throttling.forgive(session, attempt.counted[1], now)
        account.last_login_at = now
        token, staff = self._sessions.open(session, account, method, now)
        self._record(session, "login", account.username, account, now, {"by": method, "factor": factor})
        return LoginResult(staff, token, staff.needs)

    def _failed(self, session: Session, account: Account | None, attempt: _Attempt) -> None:
        # Somebody may have typed their password where the name belongs: an unknown name is not kept.
        origin = {"address": attempt.address}
        self._record(session, "login.failed", "unknown", account, attempt.at, origin)
        for counter in attempt.counted:
            if throttling.waiting(session, counter):
                what = counter.key.partition(":")[0]
                self._record(
                    session, "login.locked", "unknown", account, attempt.at, {**origin, "counter": what}
                )
