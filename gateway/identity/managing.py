"""Managing accounts, second factors and tokens. Each method works inside the session it is given."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy.orm import Session

from gateway.identity import accounts, throttling, tokens
from gateway.identity.errors import LastAdministrator
from gateway.identity.models import Account
from gateway.identity.passwords import one_time_password
from gateway.identity.room import Detail, Room
from gateway.identity.rules import Permission, StaffRole, checked_display_name
from gateway.identity.views import (
    AccountView,
    Actor,
    ApiClient,
    IssuedToken,
    Staff,
    TokenView,
    TotpEnrolment,
)


class Managing(Room):
    """What administrators do to accounts, and people to their own."""

    def accounts(self, session: Session) -> list[AccountView]:
        """Every account, by name."""
        return [accounts.account_view(account) for account in accounts.listed(session)]

    def account(self, session: Session, username: str) -> AccountView:
        """One account by its name. Raises AccountNotFound or InvalidAccount."""
        return accounts.account_view(accounts.named(session, username))

    def holders(self, session: Session, role: StaffRole, unit: str | None = None) -> list[AccountView]:
        """The active accounts with a role, of one unit if given: whom a reminder may go to."""
        return [
            view
            for view in self.accounts(session)
            if not view.disabled and role in view.roles and (unit is None or unit in view.units)
        ]

    def create_account(
        self, session: Session, username: str, *, roles: Collection[StaffRole], by: Actor,
        units: Collection[str] = (), display_name: str | None = None, language: str = "zh-TW",
    ) -> tuple[AccountView, str]:  # fmt: skip
        """A new account and its one-time password. Raises InvalidAccount or UsernameTaken."""
        password = one_time_password()
        account = accounts.add(
            session, username, display_name, self._passwords.hashed(password), roles, units, language,
            self._clock(),
        )  # fmt: skip
        self._managed(session, "account.created", account, by, _grants(account))
        return accounts.account_view(account), password

    def set_roles(
        self, session: Session, account_id: int, roles: Collection[StaffRole],
        units: Collection[str] | None = None, *, by: Actor,
    ) -> AccountView:  # fmt: skip
        """Give exactly these roles (and units); every session of the account ends if that changes it.

        Raises AccountNotFound, InvalidAccount or LastAdministrator.
        """
        account, another = accounts.locked_among_all(session, account_id)
        before = _grants(account)
        if _administers(account) and StaffRole.ADMINISTRATOR not in roles and not another:
            raise LastAdministrator
        accounts.grant(account, roles, account.units if units is None else units)
        if _grants(account) != before:
            self._sessions.end_all(session, account.id)
            self._managed(
                session, "account.roles", account, by, {"before": before, "after": _grants(account)}
            )
        return accounts.account_view(account)

    def describe(
        self, session: Session, account_id: int, *, display_name: str, language: str, by: Actor
    ) -> AccountView:
        """Change the name for people and the language. Raises AccountNotFound or InvalidAccount."""
        account = accounts.locked(session, account_id)
        account.display_name = checked_display_name(display_name)
        account.language = accounts.checked_language(language)
        self._managed(session, "account.described", account, by)
        return accounts.account_view(account)

    def disable(self, session: Session, account_id: int, *, by: Actor) -> AccountView:
        """Close an account: its sessions end, its tokens stop. Raises AccountNotFound, LastAdministrator."""
        account, another = accounts.locked_among_all(session, account_id)
        if account.disabled_at is None:
            if _administers(account) and not another:
                raise LastAdministrator
            account.disabled_at = self._clock()
            self._sessions.end_all(session, account.id)
            self._managed(session, "account.disabled", account, by)
        return accounts.account_view(account)

    def enable(self, session: Session, account_id: int, *, by: Actor) -> AccountView:
        """Open a closed account again. Raises AccountNotFound."""
        account = accounts.locked(session, account_id)
        if account.disabled_at is not None:
            account.disabled_at = None
            self._managed(session, "account.enabled", account, by)
        return accounts.account_view(account)

    def reset_password(self, session: Session, account_id: int, *, by: Actor) -> str:
        """A new one-time password; every session ends and failures are forgotten. Raises AccountNotFound."""
        account = accounts.locked(session, account_id)
        password = one_time_password()
        account.password_hash, account.must_change_password = self._passwords.hashed(password), True
        self._sessions.end_all(session, account.id)
        throttling.clear(session, throttling.counters(self._sealer, account.username, "")[0])
        self._managed(session, "password.reset", account, by)
        return password

    def begin_totp(self, session: Session, account_id: int) -> TotpEnrolment:
        """A secret for one's authenticator, in force once confirmed. Raises TotpAlreadyEnrolled."""
        return self._second_factor.begin(accounts.locked(session, account_id))

    def confirm_totp(self, session: Session, account_id: int, otp: str) -> tuple[str, ...]:
        """Put the second factor in force; ten recovery codes, shown this once.

        Raises TotpAlreadyEnrolled or WrongCode.
        """
        account = accounts.locked(session, account_id)
        codes = self._second_factor.confirm(session, account, otp, self._clock())
        self._record(session, "totp.enrolled", account.username, account, self._clock())
        return codes

    def reset_totp(self, session: Session, account_id: int, *, by: Actor) -> AccountView:
        """Take the second factor away, for a lost telephone; every session ends. Raises AccountNotFound."""
        account = accounts.locked(session, account_id)
        self._second_factor.reset(session, account)
        self._sessions.end_all(session, account.id)
        self._managed(session, "totp.reset", account, by)
        return accounts.account_view(account)

    def issue_token(
        self, session: Session, name: str, *, scopes: Collection[Permission], by: Actor,
        account_id: int | None = None, lifetime: timedelta | None = None,
    ) -> IssuedToken:  # fmt: skip
        """A new API token of an account, or without one of a program. Raises InvalidAccount."""
        account = accounts.locked(session, account_id) if account_id is not None else None
        now = self._clock()
        issued = tokens.issue(session, name, account, scopes, lifetime, by.name, now)
        detail = {
            "name": issued.name,
            "scopes": sorted(scopes),
            "account": account.username if account else None,
        }
        self._entry(session, "token.issued", by, f"token:{issued.id}", detail, now)
        return issued

    def token_holder(self, session: Session, token: str) -> Staff | ApiClient | None:
        """Who holds this API token; None if it is unknown, expired or revoked, or its account closed."""
        return tokens.holder(session, token, self._clock())

    def tokens(self, session: Session, account_id: int | None = None) -> list[TokenView]:
        """Every API token, or those of one account; newest first."""
        return tokens.listed(session, account_id)

    def revoke_token(self, session: Session, token_id: int, *, by: Actor) -> TokenView:
        """End an API token. Raises TokenNotFound."""
        now = self._clock()
        view = tokens.revoke(session, token_id, now)
        self._entry(session, "token.revoked", by, f"token:{token_id}", {"name": view.name}, now)
        return view


def _grants(account: Account) -> Detail:
    return {"roles": list(account.roles), "units": list(account.units)}


def _administers(account: Account) -> bool:
    return account.disabled_at is None and StaffRole.ADMINISTRATOR in account.roles
