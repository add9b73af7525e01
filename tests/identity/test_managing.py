"""Accounts and their roles: who is let in, what ends, and that somebody always holds the keys."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.errors import (
    AccountNotFound,
    InvalidAccount,
    LastAdministrator,
    LoginRefused,
    LoginThrottled,
    TokenNotFound,
    UsernameTaken,
)
from gateway.identity.models import Account, ApiToken
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.service import IdentityService, ensure_first_administrator
from gateway.identity.views import ApiClient, IssuedToken, Needs, Staff
from gateway.settings import Settings
from tests.identity.conftest import BY, HERE, PASSWORD, Clock

MakeStaff = Callable[..., Staff]
ADMIN, OPERATOR, HANDLER = StaffRole.ADMINISTRATOR, StaffRole.OPERATOR, StaffRole.HANDLER


def token_of(identity: IdentityService, username: str = "mary") -> str:
    return identity.login(username, PASSWORD, None, HERE).token


def test_two_spellings_are_one_account(identity: IdentityService, make_staff: MakeStaff) -> None:
    make_staff("mary")
    with identity.database.write() as session, pytest.raises(UsernameTaken):
        identity.create_account(session, "ＭＡＲＹ", roles=[OPERATOR], by=BY)
    with identity.database.read() as session:
        assert [one.username for one in identity.accounts(session)] == ["mary"]


@pytest.mark.parametrize(
    "parts",
    [
        {"roles": []},
        {"roles": [HANDLER]},
        {"roles": [HANDLER], "units": [" "]},
        {"language": "fr"},
        {"display_name": "x" * 101},
        {"display_name": "\u202e"},
        {"username": "no spaces"},
    ],
)
def test_what_cannot_be_an_account(identity: IdentityService, parts: dict[str, object]) -> None:
    facts: dict[str, object] = {"username": "mary", "roles": [OPERATOR], "by": BY, **parts}
    with identity.database.write() as session, pytest.raises(InvalidAccount):
        identity.create_account(session, **facts)  # type: ignore[arg-type]
    with identity.database.read() as session:
        assert identity.accounts(session) == []


def test_a_change_of_roles_ends_every_session(identity: IdentityService, make_staff: MakeStaff) -> None:
    staff = make_staff()
    token = token_of(identity)
    with identity.database.write() as session:
        identity.set_roles(session, staff.id, [OPERATOR], by=BY)
    assert identity.staff_of(token) is not None
    with identity.database.write() as session:
        identity.set_roles(session, staff.id, [HANDLER], ["養工處", "水利局"], by=BY)
    assert identity.staff_of(token) is None
    again = identity.staff_of(token_of(identity))
    assert again is not None
    assert (again.roles, again.units) == ({HANDLER}, {"養工處", "水利局"})


def test_a_change_of_units_ends_every_session(identity: IdentityService, make_staff: MakeStaff) -> None:
    staff = make_staff(roles=("handler",), units=("養工處",))
    token = token_of(identity)
    with identity.database.write() as session:
        identity.set_roles(session, staff.id, [HANDLER], ["水利局"], by=BY)
    assert identity.staff_of(token) is None


def test_a_disabled_account_is_out_at_once_and_may_come_back(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    staff = make_staff()
    token = token_of(identity)
    with identity.database.write() as session:
        identity.disable(session, staff.id, by=BY)
        identity.disable(session, staff.id, by=BY)
    assert identity.staff_of(token) is None
    with identity.database.write() as session:
        assert not identity.enable(session, staff.id, by=BY).disabled
    assert identity.staff_of(token) is None
    token_of(identity)


def test_a_reset_password_is_a_one_time_one_and_ends_the_wait(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    staff = make_staff()
    token = token_of(identity)
    for _ in range(5):
        with pytest.raises(LoginRefused):
            identity.login("mary", "wrong", None, HERE)
    with pytest.raises(LoginThrottled):
        token_of(identity)
    with identity.database.write() as session:
        password = identity.reset_password(session, staff.id, by=BY)
    assert identity.staff_of(token) is None
    with pytest.raises(LoginRefused):
        token_of(identity)
    assert identity.login("mary", password, None, HERE).needs is Needs.CHANGE_PASSWORD


def test_the_last_administrator_stays(identity: IdentityService, make_staff: MakeStaff) -> None:
    ann, tom = (
        make_staff("ann", roles=("administrator",)),
        make_staff("tom", roles=("administrator", "operator")),
    )
    with identity.database.write() as session:
        identity.disable(session, ann.id, by=BY)
        with pytest.raises(LastAdministrator):
            identity.disable(session, tom.id, by=BY)
        with pytest.raises(LastAdministrator):
            identity.set_roles(session, tom.id, [OPERATOR], by=BY)
        identity.set_roles(session, tom.id, [ADMIN], by=BY)
        identity.set_roles(session, ann.id, [OPERATOR], by=BY)


def test_two_administrators_do_not_take_each_other_away(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    both = [make_staff(name, roles=("administrator",)).id for name in ("ann", "tom")]

    def take_away(account_id: int) -> bool:
        try:
            with identity.database.write() as session:
                identity.disable(session, account_id, by=BY)
        except LastAdministrator:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take_away, both)) == [False, True]


def test_who_may_be_reminded(identity: IdentityService, make_staff: MakeStaff) -> None:
    make_staff("ann", roles=("handler",), units=("養工處",))
    make_staff("bob", roles=("handler", "supervisor"), units=("水利局",))
    gone = make_staff("tom", roles=("handler",), units=("養工處",))
    with identity.database.write() as session:
        identity.disable(session, gone.id, by=BY)
        found = {
            (role, unit): [one.username for one in identity.holders(session, StaffRole(role), unit)]
            for role, unit in (
                ("handler", "養工處"),
                ("handler", None),
                ("supervisor", "水利局"),
                ("editor", None),
            )
        }
    assert found == {
        ("handler", "養工處"): ["ann"],
        ("handler", None): ["ann", "bob"],
        ("supervisor", "水利局"): ["bob"],
        ("editor", None): [],
    }


def test_everything_is_in_the_trail_and_the_trail_holds(
    identity: IdentityService, make_staff: MakeStaff, database: Database
) -> None:
    staff = make_staff()
    with identity.database.write() as session:
        identity.describe(session, staff.id, display_name="王小明", language="en", by=BY)
        identity.set_roles(session, staff.id, [ADMIN], by=BY)
        identity.reset_totp(session, staff.id, by=BY)
        issued = identity.issue_token(session, "reader", scopes=[Permission.CASES_READ], by=BY)
        identity.revoke_token(session, issued.id, by=BY)
    with database.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
        acts = [row.act for row in rows]
        assert list(AuditTrail(b"a key for the tests").faults(session)) == []
    assert acts == [
        "account.created", "login", "login", "password.changed", "account.described", "account.roles",
        "totp.reset", "token.issued", "token.revoked",
    ]  # fmt: skip
    assert (rows[0].actor, rows[0].role, rows[0].subject) == ("cli:tester", "cli", "account:mary")
    assert rows[5].detail["before"]["roles"] == ["operator"]


def test_nobody_by_that_name(identity: IdentityService) -> None:
    with identity.database.write() as session:
        with pytest.raises(AccountNotFound):
            identity.account(session, "nobody")
        with pytest.raises(AccountNotFound):
            identity.disable(session, 12345, by=BY)


# --- the first start


def test_the_first_start_makes_an_administrator_once(
    identity: IdentityService, database: Database, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="a key for the tests")
    password = ensure_first_administrator(database, settings)
    assert password is not None
    opened = identity.login("admin", password, None, HERE)
    assert opened.needs is Needs.CHANGE_PASSWORD
    assert opened.staff is not None
    assert opened.staff.roles == {ADMIN}
    assert ensure_first_administrator(database, settings) is None
    with database.read() as session:
        kept = repr([[row.actor, row.detail] for row in session.scalars(select(AuditEntry))])
        kept += session.scalars(select(Account.password_hash)).one()
    assert password not in kept


def test_no_administrator_is_made_beside_other_accounts(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    make_staff()
    assert identity.ensure_first_administrator() is None


def test_many_first_starts_at_once_make_one(make_identity: Callable[..., IdentityService]) -> None:
    workers = [make_identity() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda worker: worker.ensure_first_administrator(), workers))
    assert sum(password is not None for password in told) == 1


# --- tokens


def issue(identity: IdentityService, *scopes: Permission, **parts: object) -> IssuedToken:
    with identity.database.write() as session:
        return identity.issue_token(session, "reader", scopes=scopes, by=BY, **parts)  # type: ignore[arg-type]


def holder(identity: IdentityService, token: str) -> Staff | ApiClient | None:
    with identity.database.write() as session:
        return identity.token_holder(session, token)


def test_a_programs_token_may_what_its_scopes_say(identity: IdentityService, database: Database) -> None:
    issued = issue(identity, Permission.CASES_FILE)
    assert issued.token.startswith("wst_")
    assert issued.token not in repr(issued)
    client = holder(identity, issued.token)
    assert isinstance(client, ApiClient)
    assert client.may(Permission.CASES_FILE)
    assert not client.may(Permission.CASES_READ)
    with database.read() as session:
        row = session.scalars(select(ApiToken)).one()
        assert row.token_hash not in issued.token
        assert row.last_used_at is not None


def test_a_persons_token_may_what_both_allow(identity: IdentityService, make_staff: MakeStaff) -> None:
    staff = make_staff()
    scopes = (Permission.CASES_FILE, Permission.AUDIT_READ)
    held = holder(identity, issue(identity, *scopes, account_id=staff.id).token)
    assert isinstance(held, Staff)
    assert held.username == "mary"
    assert held.may(Permission.CASES_FILE)
    assert not held.may(Permission.AUDIT_READ)
    assert not held.may(Permission.CASES_READ)


def test_a_persons_token_stops_with_their_account(identity: IdentityService, make_staff: MakeStaff) -> None:
    staff = make_staff()
    token = issue(identity, Permission.CASES_FILE, account_id=staff.id).token
    with identity.database.write() as session:
        identity.disable(session, staff.id, by=BY)
    assert holder(identity, token) is None


def test_a_token_expires(identity: IdentityService, clock: Clock) -> None:
    token = issue(identity, Permission.CASES_FILE, lifetime=timedelta(days=1)).token
    clock.forward(hours=23, minutes=59)
    assert holder(identity, token) is not None
    clock.forward(minutes=1)
    assert holder(identity, token) is None


def test_a_revoked_token_is_nobody(identity: IdentityService) -> None:
    issued = issue(identity, Permission.CASES_FILE)
    with identity.database.write() as session:
        identity.revoke_token(session, issued.id, by=BY)
        with pytest.raises(TokenNotFound):
            identity.revoke_token(session, issued.id, by=BY)
    assert holder(identity, issued.token) is None
    with identity.database.read() as session:
        assert [(one.id, one.revoked_at is not None) for one in identity.tokens(session)] == [
            (issued.id, True)
        ]


@pytest.mark.parametrize("token", ["", "wst_", "wst_x", "\ud800", "wst_" + "a" * 5000])
def test_a_made_up_token_is_nobody(identity: IdentityService, token: str) -> None:
    issue(identity, Permission.CASES_FILE)
    assert holder(identity, token) is None


def test_a_look_in_a_reading_session_writes_nothing(identity: IdentityService, database: Database) -> None:
    token = issue(identity, Permission.CASES_FILE).token
    with database.read() as session:
        assert identity.token_holder(session, token) is not None
    with database.read() as session:
        assert session.scalars(select(ApiToken.last_used_at)).one() is None


@pytest.mark.parametrize(
    "parts", [{"scopes": []}, {"lifetime": timedelta(0)}, {"lifetime": timedelta(days=99999)}, {"name": ""}]
)
def test_tokens_that_are_not_made(identity: IdentityService, parts: dict[str, object]) -> None:
    facts: dict[str, object] = {"name": "reader", "scopes": [Permission.CASES_FILE], "by": BY, **parts}
    with identity.database.write() as session, pytest.raises(InvalidAccount):
        identity.issue_token(session, **facts)  # type: ignore[arg-type]
