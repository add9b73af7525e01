"""The second factor: time-based codes (RFC 6238), each accepted once, and recovery codes."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.identity.errors import TotpAlreadyEnrolled, WrongCode
from gateway.identity.models import Account, RecoveryCode
from gateway.identity.sealing import Sealer
from gateway.identity.views import TotpEnrolment

ISSUER: Final = "萬事通 1999"
RECOVERY_CODES: Final = 10
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECOVERY_LENGTH = 10
_STEP_SECONDS = 30
_CLOCKS_APART = 1


class SecondFactor:
    """Sets up and checks the second factor of accounts, inside the session it is given."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def begin(self, account: Account) -> TotpEnrolment:
        """A new secret, not in force until confirmed. Raises TotpAlreadyEnrolled."""
        if account.totp_confirmed_at is not None:
            raise TotpAlreadyEnrolled
        secret = pyotp.random_base32()
        account.totp_secret = self._sealer.sealed(secret, _bound_to(account))
        account.totp_last_step = None
        uri = pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=ISSUER)
        svg = segno.make(uri, error="m").svg_inline(scale=5, border=4, svgclass="qr", lineclass="qr-dark")
        return TotpEnrolment(secret, uri, svg)

    def confirm(self, session: Session, account: Account, code: str, now: datetime) -> tuple[str, ...]:
        """Put the secret in force; the recovery codes, shown this once.

        Raises TotpAlreadyEnrolled or WrongCode (also when nothing was begun).
        """
        if account.totp_confirmed_at is not None:
            raise TotpAlreadyEnrolled
        if not self._accept_step(account, code, now):
            raise WrongCode
        account.totp_confirmed_at = now
        codes = tuple(
            "".join(secrets.choice(_CROCKFORD) for _ in range(_RECOVERY_LENGTH))
            for _ in range(RECOVERY_CODES)
        )
        session.add_all(
            RecoveryCode(account_id=account.id, code_hash=self._recovery_mark(account, code), used_at=None)
            for code in codes
        )
        session.flush()
        return tuple(f"{code[:5]}-{code[5:]}" for code in codes)

    def accept(self, session: Session, account: Account, code: str, now: datetime) -> str | None:
        """How the code was accepted, `totp` or `recovery`; None if it was not. Either works once.

        The account must be locked by the caller, so that one code is not accepted twice at once.
        """
        if self._accept_step(account, code, now):
            return "totp"
        query = select(RecoveryCode).where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.code_hash == self._recovery_mark(account, code),
        )
        row = session.scalars(query.with_for_update()).first()
        if row is None:
            return None
        row.used_at = now
        return "recovery"

    def reset(self, session: Session, account: Account) -> None:
        """Take the second factor away, with its recovery codes."""
        account.totp_secret = account.totp_confirmed_at = account.totp_last_step = None
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))

    def _accept_step(self, account: Account, code: str, now: datetime) -> bool:
        if account.totp_secret is None:
            return False
        totp = pyotp.TOTP(self._sealer.opened(account.totp_secret, _bound_to(account)))
        given = "".join(code.split()).encode("utf-8", "replace")
        current = int(now.timestamp()) // _STEP_SECONDS
        oldest = -1 if account.totp_last_step is None else account.totp_last_step
        for step in range(current - _CLOCKS_APART, current + _CLOCKS_APART + 1):
            if step > oldest and hmac.compare_digest(totp.generate_otp(step).encode(), given):
                account.totp_last_step = step
                return True
        return False

    def _recovery_mark(self, account: Account, code: str) -> str:
        plain = "".join(code.upper().split()).replace("-", "").translate(_LOOKALIKES)
        return self._sealer.mark("recovery", f"{account.id}:{plain}")


_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def _bound_to(account: Account) -> str:
    return f"totp:{account.id}"
