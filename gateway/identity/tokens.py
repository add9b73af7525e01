"""API tokens of people and programs: shown once, stored as digests, limited by scope and time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.database.engine import IMMEDIATE
from gateway.identity.errors import InvalidAccount, TokenNotFound
from gateway.identity.models import Account, ApiToken
from gateway.identity.rules import Permission, checked_display_name
from gateway.identity.sealing import new_token, token_digest
from gateway.identity.sessions import staff_view
from gateway.identity.views import ApiClient, IssuedToken, Staff, TokenView

PREFIX: Final = "wst_"
LONGEST: Final = timedelta(days=3650)
_USE_WRITTEN_AFTER = timedelta(hours=1)


def issue(
    session: Session, name: str, account: Account | None, scopes: Collection[Permission],
    lifetime: timedelta | None, created_by: str, now: datetime,
) -> IssuedToken:  # fmt: skip
    """A new token; without an account it is a program's. Raises InvalidAccount."""
    if not scopes:
        raise InvalidAccount("a token needs a scope")
    if lifetime is not None and not timedelta(0) < lifetime <= LONGEST:
        raise InvalidAccount(f"a token lives 1 to {LONGEST.days} days")
    token = f"{PREFIX}{new_token()}"
    row = ApiToken(
        name=checked_display_name(name), account_id=account.id if account else None,
        token_hash=token_digest(token), scopes=sorted(scopes), created_by=created_by, created_at=now,
        expires_at=now + lifetime if lifetime else None, revoked_at=None, last_used_at=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return IssuedToken(row.id, token, row.name, frozenset(scopes), row.expires_at)


def holder(session: Session, token: str, now: datetime) -> Staff | ApiClient | None:
    """Who holds a token that is in force. Its use is written down where the session writes."""
    if not token.startswith(PREFIX):
        return None
    row = session.scalars(select(ApiToken).where(ApiToken.token_hash == token_digest(token))).one_or_none()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    account = session.get(Account, row.account_id) if row.account_id is not None else None
    if account is not None and account.disabled_at is not None:
        return None
    if _writes(session) and (row.last_used_at is None or now - row.last_used_at >= _USE_WRITTEN_AFTER):
        row.last_used_at = now
    scopes = frozenset(map(Permission, row.scopes))
    if account is None:
        return ApiClient(row.id, row.name, scopes)
    return replace(staff_view(account), scopes=scopes)


def listed(session: Session, account_id: int | None = None) -> list[TokenView]:
    """Every token, or those of one account; newest first."""
    query = select(ApiToken).order_by(ApiToken.id.desc())
    if account_id is not None:
        query = query.where(ApiToken.account_id == account_id)
    return [_view(row) for row in session.scalars(query)]


def revoke(session: Session, token_id: int, now: datetime) -> TokenView:
    """End a token. Raises TokenNotFound if there is none, or it was ended before."""
    row = session.get(ApiToken, token_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        raise TokenNotFound
    row.revoked_at = now
    session.flush()
    return _view(row)


def _view(row: ApiToken) -> TokenView:
    return TokenView(
        row.id, row.name, row.account_id, frozenset(map(Permission, row.scopes)), row.created_at,
        row.expires_at, row.revoked_at, row.last_used_at,
    )  # fmt: skip


def _writes(session: Session) -> bool:
    return bool(session.connection().get_execution_options().get(IMMEDIATE))
