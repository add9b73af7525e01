"""The administrator's pages: who has an account, with which roles and units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.i18n import Language
from gateway.console.listing import Column, Listing, ListState
from gateway.console.routes_session import Text, frame_of, identity_of
from gateway.console.visitor import visitor_of
from gateway.errors import PlatformError
from gateway.identity.errors import InvalidAccount, LastAdministrator, UsernameTaken
from gateway.identity.rules import ROLE_NAMES, Permission, StaffRole, roles_named
from gateway.identity.service import IdentityService
from gateway.identity.views import AccountView, Staff
from gateway.identity.web import require

BASE: Final = "/console/accounts"
COLUMNS: Final = (
    Column("username", "accounts.username", sortable=True),
    Column("display_name", "accounts.display_name", sortable=True),
    Column("roles", "accounts.roles"),
    Column("units", "accounts.units", extra=True),
    Column("state", "accounts.state"),
    Column("totp", "accounts.totp", extra=True),
    Column("last_login", "accounts.last_login", sortable=True, extra=True),
)
_NEVER = datetime.min.replace(tzinfo=UTC)
_SORTED_BY: Final[dict[str, Callable[[AccountView], Any]]] = {
    "username": lambda account: account.username,
    "display_name": lambda account: account.display_name,
    "last_login": lambda account: account.last_login_at or _NEVER,
}


class Act(StrEnum):
    """What an administrator does with an account by one button."""

    DISABLE = "disable"
    ENABLE = "enable"
    RESET_TOTP = "totp"


_ACTS: Final[dict[Act, tuple[Callable[..., AccountView], str]]] = {
    Act.DISABLE: (IdentityService.disable, "accounts.disabled_done"),
    Act.ENABLE: (IdentityService.enable, "accounts.enabled_done"),
    Act.RESET_TOTP: (IdentityService.reset_totp, "accounts.totp_reset"),
}
ADMINISTRATOR = Depends(require(Permission.USERS_MANAGE))
Administrator = Annotated[Staff, ADMINISTRATOR]
Names = Annotated[list[str], Form(max_length=300)]


@dataclass(frozen=True)
class Given:
    """What was typed for a new account, shown again when it cannot be used."""

    username: str = ""
    display_name: str = ""
    language: str = Language.CHINESE
    roles: Sequence[str] = ()
    units: Sequence[str] = ()


router = APIRouter(include_in_schema=False, dependencies=[ADMINISTRATOR])


@router.get(BASE)
def accounts(request: Request) -> Response:
    """Every account."""
    state = ListState.read(
        BASE, request.query_params, filters=("q", "role", "state"), sorts=_SORTED_BY, default_sort="username"
    )
    with request.app.state.database.read() as session:
        found = [one for one in identity_of(request).accounts(session) if _fits(one, state)]
    found.sort(key=_SORTED_BY[state.sort], reverse=state.descending)
    page = found[state.offset : state.offset + state.size]
    listing = Listing(state, COLUMNS, page, len(found))
    held = sorted({unit for account in page for unit in account.units})
    return frame_of(request).render(
        request, "accounts/list.html", listing=listing, roles=_roles(request), units=_units(request, held)
    )


@router.get(f"{BASE}/_new")
def new_account(request: Request) -> Response:
    """The form for a new account. No user name begins with a low line."""
    return _new_form(request, Given())


@router.post(BASE, dependencies=[CHECKED])
def create_account(
    request: Request, staff: Administrator, username: Text = "", display_name: Text = "",
    language: Text = Language.CHINESE, roles: Names = [], units: Names = [],  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Make an account; its one-time password is shown this once."""
    try:
        with request.app.state.database.write() as session:
            account, password = identity_of(request).create_account(
                session, username, roles=roles_named(roles), units=_known(request, units),
                display_name=display_name or None, language=language, by=staff.as_administrator,
            )  # fmt: skip
    except (InvalidAccount, UsernameTaken) as refused:
        return _new_form(request, Given(username, display_name, language, roles, units), refused)
    return _one_time_password(request, account, password, created=True)


@router.get(BASE + "/{username}")
def one_account(request: Request, username: str) -> Response:
    """One account and what can be done with it."""
    with request.app.state.database.read() as session:
        account = identity_of(request).account(session, username)
    return _one(request, account)


@router.post(BASE + "/{username}", dependencies=[CHECKED])
def change_account(
    request: Request, staff: Administrator, username: str, display_name: Text = "",
    language: Text = Language.CHINESE, roles: Names = [], units: Names = [],  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Change name, language, roles and units."""

    def change(session: Session, account: AccountView) -> None:
        identity, by = identity_of(request), staff.as_administrator
        if (account.display_name, account.language) != (display_name, language):
            identity.describe(session, account.id, display_name=display_name, language=language, by=by)
        chosen = _known(request, units, kept=account.units)
        identity.set_roles(session, account.id, roles_named(roles), chosen, by=by)

    return _act(request, username, change, "accounts.saved")


@router.post(BASE + "/{username}/password", dependencies=[CHECKED])
def reset_password(request: Request, staff: Administrator, username: str) -> Response:
    """Make a new one-time password, shown this once."""
    identity = identity_of(request)
    with request.app.state.database.write() as session:
        account = identity.account(session, username)
        password = identity.reset_password(session, account.id, by=staff.as_administrator)
    return _one_time_password(request, account, password, created=False)


@router.post(BASE + "/{username}/{act}", dependencies=[CHECKED])
def manage_account(request: Request, staff: Administrator, username: str, act: Act) -> Response:
    """Do one of the acts that need nothing but the account."""
    what, told = _ACTS[act]

    def do(session: Session, account: AccountView) -> None:
        what(identity_of(request), session, account.id, by=staff.as_administrator)

    return _act(request, username, do, told)


def _act(
    request: Request, username: str, act: Callable[[Session, AccountView], object], flash: str
) -> Response:
    """Do it and go back to the account; what may not be done is told there."""
    account: AccountView | None = None
    try:
        with request.app.state.database.write() as session:
            account = identity_of(request).account(session, username)
            act(session, account)
    except (InvalidAccount, LastAdministrator) as refused:
        if account is None:
            raise
        return _one(request, account, refused)
    url = f"{BASE}/{account.username}"
    return frame_of(request).redirect(request, url, flash, name=account.display_name)


def _fits(account: AccountView, state: ListState) -> bool:
    text = state.filters.get("q", "").casefold()
    role, wanted = state.filters.get("role"), state.filters.get("state")
    texts = (account.username, account.display_name, *account.units)
    return (
        any(text in one.casefold() for one in texts)
        and (role is None or role in account.roles)
        and (wanted is None or (wanted == "disabled") == account.disabled)
    )


def _roles(request: Request) -> list[tuple[str, str]]:
    english = visitor_of(request).language is Language.ENGLISH
    return [(role.value, ROLE_NAMES[role][english]) for role in StaffRole]


def _units(request: Request, also: Sequence[str] = ()) -> list[tuple[str, str]]:
    catalogue, language = request.app.state.cases.catalogue, visitor_of(request).language
    names = [*catalogue.units, *sorted(set(also) - set(catalogue.units))]
    return [(name, catalogue.unit_name(name, language)) for name in names]


def _known(request: Request, units: Sequence[str], kept: frozenset[str] = frozenset()) -> list[str]:
    """The units, if all are in the catalogue or were held before. Raises InvalidAccount."""
    catalogue = request.app.state.cases.catalogue
    for unit in units:
        if unit not in kept and not catalogue.knows_unit(unit):
            raise InvalidAccount(f"unit: {unit}")
    return list(units)


def _sentence(request: Request, error: PlatformError | None) -> str:
    if error is None:
        return ""
    told = error.en if visitor_of(request).language is Language.ENGLISH else error.zh
    return f"{told} {error.detail}".strip() if isinstance(error, InvalidAccount) else told


def _new_form(request: Request, given: Given, error: PlatformError | None = None) -> Response:
    return frame_of(request).render(
        request, "accounts/new.html", error.status if error else 200,
        given=given, roles=_roles(request), units=_units(request), problem=_sentence(request, error),
    )  # fmt: skip


def _one(request: Request, account: AccountView, error: PlatformError | None = None) -> Response:
    return frame_of(request).render(
        request, "accounts/one.html", error.status if error else 200,
        account=account, roles=_roles(request), units=_units(request, sorted(account.units)),
        problem=_sentence(request, error),
    )  # fmt: skip


def _one_time_password(request: Request, account: AccountView, password: str, *, created: bool) -> Response:
    told = {"account": account, "password": password, "created": created}
    return frame_of(request).render(request, "accounts/one_time_password.html", **told)
