"""`wanshitong users …`: accounts, roles and API tokens, for whoever runs the machine."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.database import Database, migrate
from gateway.errors import Unavailable
from gateway.identity.errors import InvalidAccount
from gateway.identity.rules import (
    ROLE_NAMES,
    TOKEN_SCOPES,
    StaffRole,
    permissions_of,
    roles_named,
    scopes_named,
)
from gateway.identity.service import IdentityService
from gateway.identity.views import AccountView, Actor
from gateway.settings import Settings

TERMINAL = "terminal"
"""The role, in the audit trail, of whoever works at a terminal of the machine."""
_ROLE = click.Choice([role.value for role in StaffRole])
_roles_help = "operator, dispatcher, handler, supervisor, editor, administrator or auditor; may be repeated."


@dataclass(frozen=True)
class _Desk:
    """One command's work: its transaction, and in whose name it is done."""

    identity: IdentityService
    trail: AuditTrail
    session: Session
    by: Actor

    def account(self, username: str) -> AccountView:
        """The account that a command names."""
        return self.identity.account(self.session, username)

    def check_units(self, units: tuple[str, ...]) -> None:
        """Raise InvalidAccount for a unit that the catalogue in the database (or the shipped one) lacks."""
        from gateway.cases.catalogue import Catalogue
        from gateway.cases.catalogue_store import CatalogueStore

        store = CatalogueStore(self.trail)
        known = store.latest(self.session) if store.versions(self.session) else Catalogue.load()
        strange = [unit for unit in units if not known.knows_unit(unit)]
        if strange:
            raise InvalidAccount(f"not a unit of the catalogue: {', '.join(strange)}")


@click.group()
def users() -> None:
    """Accounts of the staff, their roles and tokens."""


@users.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=_ROLE, help=_roles_help)
@click.option("--unit", "units", multiple=True, help="A unit of the catalogue, e.g. 養工處; may be repeated.")
@click.option("--name", "display_name", help="Name for people; default: NAME.")
@click.option("--lang", type=click.Choice(["zh-TW", "en"]), default="zh-TW", show_default=True)
@click.pass_obj
def add(
    settings: Settings, name: str, roles: tuple[str, ...], units: tuple[str, ...], display_name: str | None,
    lang: str,
) -> None:  # fmt: skip
    """Make an account and print its one-time password."""
    with _at_work(settings) as desk:
        desk.check_units(units)
        account, password = desk.identity.create_account(
            desk.session, name, roles=roles_named(roles), units=units, display_name=display_name,
            language=lang, by=desk.by,
        )  # fmt: skip
    _say_password(account.username, password)


@users.command()
@click.argument("name")
@click.pass_obj
def disable(settings: Settings, name: str) -> None:
    """Close an account: its sessions end and its tokens stop at once."""
    with _at_work(settings) as desk:
        account = desk.identity.disable(desk.session, desk.account(name).id, by=desk.by)
    click.echo(f"{account.username}: disabled")


@users.command()
@click.argument("name")
@click.pass_obj
def enable(settings: Settings, name: str) -> None:
    """Open a closed account again."""
    with _at_work(settings) as desk:
        account = desk.identity.enable(desk.session, desk.account(name).id, by=desk.by)
    click.echo(f"{account.username}: enabled")


@users.command()
@click.argument("name")
@click.option("--add", "added", multiple=True, type=_ROLE, help=_roles_help)
@click.option("--remove", "removed", multiple=True, type=_ROLE)
@click.option("--unit", "units", multiple=True, help="A unit to join; may be repeated.")
@click.option("--leave", "left", multiple=True, help="A unit to leave; may be repeated.")
@click.pass_obj
def role(
    settings: Settings, name: str, added: tuple[str, ...], removed: tuple[str, ...], units: tuple[str, ...],
    left: tuple[str, ...],
) -> None:  # fmt: skip
    """Change roles and units; the account's sessions end."""
    with _at_work(settings) as desk:
        desk.check_units(units)
        before = desk.account(name)
        account = desk.identity.set_roles(
            desk.session, before.id, (before.roles | roles_named(added)) - roles_named(removed),
            (before.units | set(units)) - set(left), by=desk.by,
        )  # fmt: skip
    click.echo(_line(account))


@users.command()
@click.argument("name")
@click.pass_obj
def password(settings: Settings, name: str) -> None:
    """Give an account a new one-time password and print it."""
    with _at_work(settings) as desk:
        account = desk.account(name)
        fresh = desk.identity.reset_password(desk.session, account.id, by=desk.by)
    _say_password(account.username, fresh)


@users.command("reset-totp")
@click.argument("name")
@click.pass_obj
def reset_totp(settings: Settings, name: str) -> None:
    """Take the second factor of an account away, e.g. when its telephone is lost."""
    with _at_work(settings) as desk:
        account = desk.identity.reset_totp(desk.session, desk.account(name).id, by=desk.by)
    click.echo(f"{account.username}: second factor reset")


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.pass_obj
def list_command(settings: Settings, as_json: bool) -> None:
    """Every account with its roles and units."""
    with _at_work(settings) as desk:
        accounts = desk.identity.accounts(desk.session)
    for account in accounts:
        click.echo(json.dumps(_row(account), ensure_ascii=False) if as_json else _line(account))


@users.command()
@click.argument("name")
@click.option("--program", is_flag=True, help="NAME is a program without an account.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it lives."
)
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(sorted(scope.value for scope in TOKEN_SCOPES)),
    help="What it may be used for; may be repeated. Default: whatever the account's roles allow now.",
)  # fmt: skip
@click.pass_obj
def token(settings: Settings, name: str, program: bool, days: int, scopes: tuple[str, ...]) -> None:
    """Print a new API token of the account NAME, or of a program."""
    with _at_work(settings) as desk:
        owner = None if program else desk.account(name)
        allowed = permissions_of(owner.roles) & TOKEN_SCOPES if owner else frozenset()
        issued = desk.identity.issue_token(
            desk.session, name, scopes=scopes_named(scopes) or allowed, by=desk.by,
            lifetime=timedelta(days=days), account_id=owner.id if owner else None,
        )  # fmt: skip
    click.echo(issued.token)
    click.echo(f"token {issued.id} of {issued.name}; it is shown this once", err=True)


@users.command()
@click.pass_obj
def tokens(settings: Settings) -> None:
    """Every API token: number, name, state, scopes."""
    with _at_work(settings) as desk:
        listed = desk.identity.tokens(desk.session)
    for one in listed:
        until = f"until {one.expires_at:%Y-%m-%d}" if one.expires_at else "without end"
        click.echo(
            f"{one.id}\t{one.name}\t{'revoked' if one.revoked_at else until}\t{' '.join(sorted(one.scopes))}"
        )


@users.command()
@click.argument("number", type=int)
@click.pass_obj
def revoke(settings: Settings, number: int) -> None:
    """End the API token NUMBER (see `tokens`)."""
    with _at_work(settings) as desk:
        view = desk.identity.revoke_token(desk.session, number, by=desk.by)
    click.echo(f"token {view.id} of {view.name}: revoked")


@contextmanager
def _at_work(settings: Settings) -> Iterator[_Desk]:
    database = Database(settings.database)
    try:
        migrate.require_current(database)
        trail = AuditTrail(settings.signing_key())
        identity = IdentityService(database, settings, trail)
        with database.write() as session:
            yield _Desk(identity, trail, session, Actor(f"cli:{_os_user()}", TERMINAL))
    except SQLAlchemyError as error:
        raise Unavailable(" ".join(str(error).split())[:300]) from error
    finally:
        database.close()


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # an account that the machine has no name for


def _say_password(username: str, password: str) -> None:
    click.echo(f"{username}: one-time password {password}")
    click.echo("It is shown this once and must be changed at the first sign-in.", err=True)


def _line(account: AccountView) -> str:
    roles = "、".join(f"{role} {ROLE_NAMES[role][0]}" for role in sorted(account.roles))
    state = "\t(disabled)" if account.disabled else ""
    return f"{account.username}\t{account.display_name}\t{roles}\t{'、'.join(sorted(account.units))}{state}"


def _row(account: AccountView) -> dict[str, object]:
    return {
        "username": account.username,
        "display_name": account.display_name,
        "roles": sorted(account.roles),
        "units": sorted(account.units),
        "language": account.language,
        "disabled": account.disabled,
        "must_change_password": account.must_change_password,
        "totp": account.totp,
        "created_at": account.created_at.isoformat(),
        "last_login_at": account.last_login_at.isoformat() if account.last_login_at else None,
    }
