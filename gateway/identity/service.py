"""The doors of the identity room: sign-in, sessions, accounts, second factor, tokens.

Signing in and changing a password own their transactions, because a refusal must be written down
before it is raised. So do the doors that take a cookie's token: call them outside `database.write()`.
Everything that takes a `session` works inside it and commits nothing.
"""

from __future__ import annotations

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity import accounts
from gateway.identity.errors import UsernameTaken
from gateway.identity.managing import Managing
from gateway.identity.refusing import Refusing
from gateway.identity.rules import StaffRole
from gateway.identity.signing_in import SigningIn
from gateway.identity.views import SYSTEM
from gateway.settings import Settings

COOKIE = "wst_session"
FIRST_ADMINISTRATOR = "admin"


class IdentityService(SigningIn, Managing, Refusing):
    """Who the staff are and how they prove it. Every act leaves an entry in the audit trail."""

    def ensure_first_administrator(self) -> str | None:
        """Where there is no account at all, make `admin`; its one-time password, for the terminal only."""
        with self.database.read() as session:
            if accounts.any_there(session):
                return None
        try:
            with self.database.write() as session:
                if accounts.any_there(session):
                    return None
                roles = frozenset({StaffRole.ADMINISTRATOR})
                return self.create_account(session, FIRST_ADMINISTRATOR, roles=roles, by=SYSTEM)[1]
        except UsernameTaken:
            return None  # another process was first and has told its password


def ensure_first_administrator(database: Database, settings: Settings) -> str | None:
    """`IdentityService.ensure_first_administrator` for whoever starts the platform."""
    trail = AuditTrail(settings.signing_key())
    return IdentityService(database, settings, trail).ensure_first_administrator()
