"""Accounts: made, found and changed inside the session that is given."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.identity.errors import AccountNotFound, InvalidAccount, UsernameTaken
from gateway.identity.models import Account
from gateway.identity.rules import StaffRole, checked_display_name, normalised_username
from gateway.identity.views import AccountView

LANGUAGES: Final = ("zh-TW", "en")
_LONGEST_UNIT = 60


def account_view(account: Account) -> AccountView:
    """The account as administrators see it."""
    return AccountView(
        id=account.id,
        username=account.username,
        display_name=account.display_name,
        roles=frozenset(map(StaffRole, account.roles)),
        units=frozenset(account.units),
        language=account.language,
        disabled=account.disabled_at is not None,
        must_change_password=account.must_change_password,
        totp=account.totp_confirmed_at is not None,
        created_at=account.created_at,
        last_login_at=account.last_login_at,
    )


def add(
    session: Session, username: str, display_name: str | None, password_hash: str,
    roles: Collection[StaffRole], units: Collection[str], language: str, now: datetime,
) -> Account:  # fmt: skip
    """A new account whose password is a one-time one. Raises InvalidAccount or UsernameTaken."""
    name = normalised_username(username)
    account = Account(
        username=name, display_name=checked_display_name(display_name or name),
        password_hash=password_hash, roles=[], units=[], language=checked_language(language),
        disabled_at=None, must_change_password=True, totp_secret=None, totp_confirmed_at=None,
        totp_last_step=None, created_at=now, last_login_at=None,
    )  # fmt: skip
    grant(account, roles, units)
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        raise UsernameTaken(name) from None
    return account


def grant(account: Account, roles: Collection[StaffRole], units: Collection[str]) -> None:
    """Give the account exactly these roles and units. Raises InvalidAccount."""
    clean = {unit.strip() for unit in units}
    if not roles:
        raise InvalidAccount("an account needs a role")
    if any(not unit or len(unit) > _LONGEST_UNIT for unit in clean):
        raise InvalidAccount("a unit's name has 1 to 60 characters")
    if StaffRole.HANDLER in roles and not clean:
        raise InvalidAccount("a handler needs a unit")
    account.roles = sorted(roles)
    account.units = sorted(clean)


def checked_language(language: str) -> str:
    """A language that the console speaks. Raises InvalidAccount."""
    if language not in LANGUAGES:
        raise InvalidAccount(f"language: one of {', '.join(LANGUAGES)}")
    return language


def locked(session: Session, account_id: int) -> Account:
    """The account as it is now, held until the transaction ends. Raises AccountNotFound."""
    query = select(Account).where(Account.id == account_id).with_for_update()
    account = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if account is None:
        raise AccountNotFound
    return account


def found(session: Session, account_id: int) -> Account:
    """The account, to be read only. Raises AccountNotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise AccountNotFound
    return account


def named(session: Session, username: str) -> Account:
    """The account of this name, capitals or not. Raises AccountNotFound."""
    account = _by_name(session, username)
    if account is None:
        raise AccountNotFound
    return account


def for_login(session: Session, username: str) -> Account | None:
    """The account of what somebody typed, or none."""
    try:
        return _by_name(session, username)
    except InvalidAccount:
        return None


def listed(session: Session) -> list[Account]:
    """Every account, by name."""
    return list(session.scalars(select(Account).order_by(Account.username)))


def any_there(session: Session) -> bool:
    """Whether there is an account at all."""
    return bool(session.scalar(select(func.count()).select_from(Account)))


def locked_among_all(session: Session, account_id: int) -> tuple[Account, bool]:
    """The account, held, and whether somebody else could manage accounts without it.

    Every account is held, in one order: two administrators cannot take each other away at the same
    time. Raises AccountNotFound.
    """
    query = select(Account).order_by(Account.id).with_for_update()
    everybody = session.scalars(query.execution_options(populate_existing=True)).all()
    account = next((one for one in everybody if one.id == account_id), None)
    if account is None:
        raise AccountNotFound
    others = (one for one in everybody if one.id != account_id and one.disabled_at is None)
    return account, any(StaffRole.ADMINISTRATOR in one.roles for one in others)


def _by_name(session: Session, username: str) -> Account | None:
    query = select(Account).where(Account.username == normalised_username(username))
    return session.scalars(query).one_or_none()
