"""The law of the identity room, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.models import AuditEntry
from gateway.identity.errors import InvalidAccount, WeakPassword
from gateway.identity.rules import (
    ACCOUNT_THROTTLE,
    GRANTS,
    ROLE_NAMES,
    TOKEN_SCOPES,
    Permission,
    StaffRole,
    check_password,
    cookie_is_secure,
    may,
    normalised_username,
    permissions_of,
    roles_named,
    scopes_named,
)
from gateway.identity.views import ROLE_NAMES_MAX, Staff

ROLES = st.frozensets(st.sampled_from(list(StaffRole)))


def test_every_permission_and_role_is_in_its_table() -> None:
    assert set(GRANTS) == set(Permission)
    assert set(ROLE_NAMES) == set(StaffRole)
    assert all(GRANTS.values())


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.CONFIDENTIAL_READ, {"supervisor"}),
        (Permission.USERS_MANAGE, {"administrator"}),
        (Permission.CASES_ASSIGN_BULK, {"dispatcher", "supervisor"}),
        (Permission.CONTACT_READ, {"operator", "dispatcher", "handler", "supervisor"}),
        (Permission.AUDIT_READ, {"auditor", "supervisor"}),
        (Permission.CASES_READ_ALL_UNITS, set(StaffRole) - {"handler", "editor"}),
    ],
)
def test_who_holds_what(permission: Permission, roles: set[str]) -> None:
    assert {role for role in StaffRole if may([role], permission)} == roles


@given(ROLES, ROLES)
def test_a_second_role_adds_and_never_takes_away(
    some: frozenset[StaffRole], more: frozenset[StaffRole]
) -> None:
    assert permissions_of(some | more) == permissions_of(some) | permissions_of(more)


def test_nobody_may_anything_without_a_role() -> None:
    assert permissions_of([]) == frozenset()


@given(st.integers(0, 500))
def test_waits_grow_and_end_growing(failures: int) -> None:
    wait, longer = ACCOUNT_THROTTLE.wait(failures), ACCOUNT_THROTTLE.wait(failures + 1)
    assert wait <= longer <= timedelta(minutes=15)
    assert (wait > timedelta(0)) == (failures >= 5)
    assert longer > wait or failures < 4 or longer == timedelta(minutes=15)


def test_failures_are_forgotten_sooner_while_they_are_few() -> None:
    assert ACCOUNT_THROTTLE.forgotten(4, timedelta(minutes=16))
    assert not ACCOUNT_THROTTLE.forgotten(4, timedelta(minutes=15))
    assert not ACCOUNT_THROTTLE.forgotten(5, timedelta(hours=23))
    assert ACCOUNT_THROTTLE.forgotten(5, timedelta(hours=25))


@pytest.mark.parametrize(
    ("scheme", "host", "public", "secure"),
    [
        ("http", "127.0.0.1", None, False),
        ("http", "localhost", None, False),
        ("http", "::1", None, False),
        ("https", "localhost", None, True),
        ("http", "1999.example.gov.tw", None, True),
        ("http", "192.168.0.7", None, True),
        ("http", "127.0.0.1", "https://1999.example.gov.tw", True),
        ("http", "localhost.evil.example", None, True),
    ],
)
def test_the_cookie_is_secure_but_on_this_machine(
    scheme: str, host: str, public: str | None, secure: bool
) -> None:
    assert cookie_is_secure(scheme, host, public) is secure


@pytest.mark.parametrize("typed", ["Mary", " mary ", "MARY", "ｍａｒｙ"])
def test_one_name_however_it_is_typed(typed: str) -> None:
    assert normalised_username(typed) == "mary"


@pytest.mark.parametrize("typed", ["", " ", "王小明", "a b", "-mary", "m" * 65, "ma\ud800ry", "../x"])
def test_names_that_are_refused(typed: str) -> None:
    with pytest.raises(InvalidAccount):
        normalised_username(typed)


@pytest.mark.parametrize(
    "password", ["", "short", "aaaaaaaaaaaaaaaa", "ababababababab", "mary-has-a-lamb-1", "x" * 257]
)
def test_weak_passwords(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, "mary")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "高雄市民眾服務專線一九九九號", "a1!b2@c3#d4$"]
)
def test_good_passwords(password: str) -> None:
    check_password(password, "mary")


def test_no_token_may_carry_account_management_or_confidential_identities() -> None:
    assert scopes_named(TOKEN_SCOPES) == TOKEN_SCOPES
    for refused in ("users.manage", "confidential.read", "no.such"):
        with pytest.raises(InvalidAccount):
            scopes_named([refused])


def test_an_unknown_role_is_named() -> None:
    assert roles_named(["operator"]) == {StaffRole.OPERATOR}
    with pytest.raises(InvalidAccount, match="king"):
        roles_named(["king"])


def test_many_roles_fit_into_the_audit_trail() -> None:
    few = Staff(
        1,
        "mei",
        "林小美",
        frozenset({StaffRole.OPERATOR, StaffRole.SUPERVISOR}),
        frozenset(),
        "zh-TW",
        "",
        "",
    )
    assert few.role_names == "operator,supervisor"
    everything = replace(few, roles=frozenset(StaffRole))
    assert len(everything.role_names) == ROLE_NAMES_MAX == AuditEntry.__table__.c.role.type.length
    assert everything.role_names.startswith("administrator,auditor")
