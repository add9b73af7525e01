"""What the identity room hands out about people and programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.identity.rules import GRANTS, Permission, StaffRole, may


class Needs(StrEnum):
    """What stands between a right password and the console."""

    TOTP = "totp"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - the name of a need
    ENROL_TOTP = "enrol_totp"


ROLE_NAMES_MAX = 40
"""Characters of a role in the audit trail."""


@dataclass(frozen=True)
class Actor:
    """Who does an act of account management, as the audit names them."""

    name: str
    """A username, or `cli:` and the account on the machine, or `system`."""
    role: str


SYSTEM = Actor("system", "system")


@dataclass(frozen=True)
class Staff:
    """Somebody of the staff, signed in by a session or a token."""

    id: int
    username: str
    display_name: str
    roles: frozenset[StaffRole]
    units: frozenset[str]
    """Names of the units a handler works for, e.g. 養工處."""
    language: str
    csrf: str = field(repr=False)
    """What every form of this session must carry; empty for a token, which needs none."""
    session_id: str
    """The session's public name; empty for a token."""
    needs: Needs | None = None
    """What must be done first; until then no permission is of use."""
    scopes: frozenset[Permission] | None = None
    """What a token of theirs is limited to; None in a session."""

    @property
    def as_administrator(self) -> Actor:
        """This person managing accounts."""
        return Actor(self.username, StaffRole.ADMINISTRATOR)

    @property
    def role_names(self) -> str:
        """The roles in one word of at most ROLE_NAMES_MAX characters, as the audit trail keeps them."""
        names = ",".join(sorted(self.roles))
        return names if len(names) <= ROLE_NAMES_MAX else f"{names[: ROLE_NAMES_MAX - 1]}…"

    def role_for(self, permission: Permission) -> str:
        """The role that lets them do it, for the audit trail; empty where none does."""
        return next((role.value for role in StaffRole if role in self.roles & GRANTS[permission]), "")

    def may(self, permission: Permission) -> bool:
        """Whether this person may do it, here and now."""
        scoped = self.scopes is None or permission in self.scopes
        return self.needs is None and scoped and may(self.roles, permission)


@dataclass(frozen=True)
class ApiClient:
    """A program that holds a token of its own."""

    id: int
    name: str
    scopes: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        """Whether the token carries the permission."""
        return permission in self.scopes


@dataclass(frozen=True)
class LoginResult:
    """How a sign-in ended.

    `needs` TOTP: `staff` is None and `token` only opens `second_step`, for five minutes. Otherwise
    the session is open; with another need it opens nothing but what settles it.
    """

    staff: Staff | None
    token: str = field(repr=False)
    needs: Needs | None = None


@dataclass(frozen=True)
class AccountView:
    """An account as administrators see it."""

    id: int
    username: str
    display_name: str
    roles: frozenset[StaffRole]
    units: frozenset[str]
    language: str
    disabled: bool
    must_change_password: bool
    totp: bool
    """Whether a second factor is set up."""
    created_at: datetime
    last_login_at: datetime | None


@dataclass(frozen=True)
class TotpEnrolment:
    """What a person needs to set up their authenticator; shown once, before it is confirmed."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    """`otpauth://…`, the content of the QR code."""
    svg: str = field(repr=False)
    """The QR code as an `<svg>` element without inline style, fit for a strict policy."""


@dataclass(frozen=True)
class IssuedToken:
    """A new API token; `token` is shown this once and stored nowhere."""

    id: int
    token: str = field(repr=False)
    name: str
    scopes: frozenset[Permission]
    expires_at: datetime | None


@dataclass(frozen=True)
class TokenView:
    """An API token as lists show it."""

    id: int
    name: str
    account_id: int | None
    scopes: frozenset[Permission]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
