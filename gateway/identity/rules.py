"""Roles, permissions, passwords and waits: the law of the identity room, without a database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gateway.identity.errors import InvalidAccount, WeakPassword


class StaffRole(StrEnum):
    """What somebody is here for. An account may have several."""

    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    RESEARCHER = "researcher"


ROLE_NAMES: Final[Mapping[StaffRole, tuple[str, str]]] = {
    StaffRole.OPERATOR: ("話務人員", "Operator"),
    StaffRole.DISPATCHER: ("派案人員", "Dispatcher"),
    StaffRole.HANDLER: ("承辦人員", "Agency handler"),
    StaffRole.SUPERVISOR: ("督導人員", "Supervisor"),
    StaffRole.EDITOR: ("知識庫編輯", "Editor"),
    StaffRole.ADMINISTRATOR: ("系統管理員", "Administrator"),
    StaffRole.AUDITOR: ("稽核人員", "Auditor"),
    StaffRole.RESEARCHER: ("研考人員", "Research and evaluation"),
}
"""Each role's name for people, in Chinese and English."""


class Permission(StrEnum):
    """One thing that can be allowed. The values are the scopes of API tokens too."""

    CASES_READ = "cases.read"
    """Cases of one's own units (a handler), or of all where CASES_READ_ALL_UNITS is held too."""
    CASES_READ_ALL_UNITS = "cases.read_all_units"
    CASES_FILE = "cases.file"
    CASES_ACT = "cases.act"
    """Acts of the lifecycle; which ones, the case room's own table says by role."""
    CASES_ASSIGN_BULK = "cases.assign_bulk"
    CASES_EXPORT = "cases.export"
    CASES_IMPORT = "cases.import"
    CONTACT_READ = "contact.read"
    """Name, telephone and e-mail of reporters; every reading is audited."""
    CONFIDENTIAL_READ = "confidential.read"
    """Who reported a confidential case (檢舉)."""
    CHAT_TAKE = "chat.take"
    CHAT_OVERSEE = "chat.oversee"
    """Everybody's conversations: listening, whispering, taking over from a colleague."""
    QUALITY_ASSESS = "quality.assess"
    """Drawing quality sheets and assessing colleagues' conversations."""
    QUALITY_REOPEN = "quality.reopen"
    """Opening a final quality sheet again."""
    LINES_REPORT = "lines.report"
    """Telling how busy the telephone lines are: the telephone system's token."""
    REPORTS_READ = "reports.read"
    """Figures of one's own units; of all with REPORTS_READ_ALL_UNITS, or for who has none."""
    REPORTS_READ_ALL_UNITS = "reports.read_all_units"
    FIGURES_ENTER = "figures.enter"
    """Entering what the platform does not see: telephone calls, visits at the counter."""
    UNITS_REMIND = "units.remind"
    """Asking units that lag for the reason."""
    FAQ_EDIT = "faq.edit"
    FAQ_RELEASE = "faq.release"
    """Publishing what a colleague has written, and withdrawing."""
    NEWS_EDIT = "news.edit"
    """Writing city news and handing it in, stopping what is being sent."""
    NEWS_APPROVE = "news.approve"
    """Letting news go out that a colleague has written."""
    CATALOGUE_EDIT = "catalogue.edit"
    CALENDAR_CLOSE = "calendar.close"
    OUTBOX_MANAGE = "outbox.manage"
    USERS_MANAGE = "users.manage"
    AUDIT_READ = "audit.read"


_OP, _DIS, _HAN, _SUP, _ED, _ADM, _AUD, _RES = StaffRole
GRANTS: Final[Mapping[Permission, frozenset[StaffRole]]] = {
    Permission.CASES_READ: frozenset({_OP, _DIS, _HAN, _SUP, _ADM, _AUD, _RES}),
    Permission.CASES_READ_ALL_UNITS: frozenset({_OP, _DIS, _SUP, _ADM, _AUD, _RES}),
    Permission.CASES_FILE: frozenset({_OP, _DIS, _SUP}),
    Permission.CASES_ACT: frozenset({_OP, _DIS, _HAN, _SUP}),
    Permission.CASES_ASSIGN_BULK: frozenset({_DIS, _SUP}),
    Permission.CASES_EXPORT: frozenset({_SUP, _AUD, _RES}),
    Permission.CASES_IMPORT: frozenset({_ADM}),
    Permission.CONTACT_READ: frozenset({_OP, _DIS, _HAN, _SUP}),
    Permission.CONFIDENTIAL_READ: frozenset({_SUP}),
    Permission.CHAT_TAKE: frozenset({_OP, _SUP}),
    Permission.CHAT_OVERSEE: frozenset({_SUP}),
    Permission.QUALITY_ASSESS: frozenset({_SUP}),
    Permission.QUALITY_REOPEN: frozenset({_SUP}),
    Permission.LINES_REPORT: frozenset({_SUP, _ADM}),
    Permission.REPORTS_READ: frozenset({_SUP, _ADM, _AUD, _RES}),
    Permission.REPORTS_READ_ALL_UNITS: frozenset({_ADM, _AUD, _RES}),
    Permission.FIGURES_ENTER: frozenset({_SUP, _RES}),
    Permission.UNITS_REMIND: frozenset({_SUP, _RES}),
    Permission.FAQ_EDIT: frozenset({_ED, _SUP}),
    Permission.FAQ_RELEASE: frozenset({_ED, _SUP}),
    Permission.NEWS_EDIT: frozenset({_ED, _SUP}),
    Permission.NEWS_APPROVE: frozenset({_SUP}),
    Permission.CATALOGUE_EDIT: frozenset({_ADM, _SUP}),
    Permission.CALENDAR_CLOSE: frozenset({_SUP, _ADM}),
    Permission.OUTBOX_MANAGE: frozenset({_ADM, _SUP}),
    Permission.USERS_MANAGE: frozenset({_ADM}),
    Permission.AUDIT_READ: frozenset({_AUD, _SUP}),
}
"""Which roles hold which permission. Whoever runs the machine (administrator) reads no reporter's data."""

TOKEN_SCOPES: Final = frozenset(Permission) - {Permission.USERS_MANAGE, Permission.CONFIDENTIAL_READ}
"""What a token may ever carry: neither account management nor the identities in confidential cases."""


def may(roles: Collection[StaffRole], permission: Permission) -> bool:
    """Whether one of the roles holds the permission."""
    return not GRANTS[permission].isdisjoint(roles)


def permissions_of(roles: Collection[StaffRole]) -> frozenset[Permission]:
    """Everything the roles allow together."""
    return frozenset(permission for permission in Permission if may(roles, permission))


def roles_named(names: Iterable[str]) -> frozenset[StaffRole]:
    """The roles of these names. Raises InvalidAccount for an unknown one."""
    try:
        return frozenset(StaffRole(name) for name in names)
    except ValueError as error:
        raise InvalidAccount(f"{error}; roles are {', '.join(StaffRole)}") from None


def scopes_named(names: Iterable[str]) -> frozenset[Permission]:
    """The scopes of these names. Raises InvalidAccount for one that no token may carry."""
    try:
        scopes = frozenset(Permission(name) for name in names)
    except ValueError as error:
        raise InvalidAccount(f"{error}; scopes are {', '.join(sorted(TOKEN_SCOPES))}") from None
    if scopes - TOKEN_SCOPES:
        raise InvalidAccount(f"no token may carry {', '.join(sorted(scopes - TOKEN_SCOPES))}")
    return scopes


_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_LONGEST_NAME = 100
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
_FEWEST_DIFFERENT = 6


def folded_username(text: str) -> str:
    """What somebody typed as their name, one spelling for all that mean the same account."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def normalised_username(text: str) -> str:
    """The name as it is stored: full-width folded, small letters. Raises InvalidAccount."""
    name = folded_username(text)
    if not _USERNAME.fullmatch(name):
        raise InvalidAccount("username: 1 to 64 of a-z 0-9 . _ @ + -, beginning with a letter or digit")
    return name


def checked_display_name(text: str) -> str:
    """The name for people, at most 100 characters on one line. Raises InvalidAccount."""
    name = " ".join(text.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidAccount(f"display name: 1 to {_LONGEST_NAME} printable characters")
    return name


def normalised_password(text: str) -> str:
    """The password as it is hashed: the same whether typed full-width or half-width."""
    return unicodedata.normalize("NFKC", text)


def check_password(password: str, username: str) -> None:
    """Raise WeakPassword unless it is long, varied and does not hold its owner's name.

    Length before composition, after NIST SP 800-63B 5.1.1.2; the figures are ours.
    """
    text = normalised_password(password)
    fits = SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD
    if not fits or len(set(text)) < _FEWEST_DIFFERENT or username in text.casefold():
        raise WeakPassword


@dataclass(frozen=True)
class Throttle:
    """How long one account or address must wait after failed sign-ins."""

    free: int
    """Failures within `window` that cost no wait."""
    window: timedelta = timedelta(minutes=15)
    memory: timedelta = timedelta(hours=24)
    """Quiet time after which failures past the free ones are forgotten."""
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=15)

    def wait(self, failures: int) -> timedelta:
        """The wait after this many failures: none, then `first`, doubling up to `longest`."""
        if failures < self.free:
            return timedelta(0)
        doublings = min(failures - self.free, 16)
        return min(self.first * (1 << doublings), self.longest)

    def forgotten(self, failures: int, quiet: timedelta) -> bool:
        """Whether failures count no more after `quiet` without another one."""
        return quiet > (self.window if failures < self.free else self.memory)


ACCOUNT_THROTTLE: Final = Throttle(free=5)
ADDRESS_THROTTLE: Final = Throttle(free=20)
"""A whole office may stand behind one address, so an address has more free failures."""

HALF_SESSION: Final = timedelta(minutes=5)
"""How long a right password waits for its second factor."""


def session_alive(seen_at: datetime, expires_at: datetime, idle: timedelta, now: datetime) -> bool:
    """Whether a session last used at `seen_at` still counts: neither idle too long nor past its end."""
    return now < expires_at and now - seen_at < idle


LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def cookie_is_secure(scheme: str, host: str, public_url: str | None = None) -> bool:
    """Whether the session cookie is only for https: always, but for plain http to this machine itself.

    `host` is without port and brackets. A public https address keeps it on behind a proxy that
    hides the host.
    """
    if public_url is not None and public_url.startswith("https://"):
        return True
    return not (scheme == "http" and host in LOOPBACK)
