"""Refusals are written down once in a while, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from gateway.identity.refusing import QUIET, REFUSED
from gateway.identity.rules import StaffRole
from gateway.identity.service import IdentityService
from gateway.identity.views import Staff
from tests.identity.conftest import Clock

AUDIT = ("audit.read", "GET /console/audit", "/console/audit")
Audited = Callable[[], list[tuple[str, str]]]


def test_many_at_once_are_one_entry_and_a_while_later_there_is_another(
    identity: IdentityService, make_staff: Callable[..., Staff], audited: Audited, clock: Clock
) -> None:
    staff = make_staff()
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: identity.note_refusal(staff, *AUDIT), range(24)))
    assert sum(told) == 1
    clock.forward(seconds=QUIET.total_seconds() - 1)
    assert not identity.note_refusal(staff, *AUDIT)
    clock.forward(seconds=2)
    assert identity.note_refusal(staff, *AUDIT)
    assert audited().count((REFUSED, "GET /console/audit")) == 2


def test_others_and_other_routes_are_entries_of_their_own(
    identity: IdentityService, make_staff: Callable[..., Staff], audited: Audited
) -> None:
    """Also of somebody whose roles are longer together than the trail's column."""
    mary = make_staff()
    many = tuple(role for role in StaffRole if role is not StaffRole.ADMINISTRATOR)
    john = make_staff("john", many, ("養工處",))
    assert identity.note_refusal(mary, *AUDIT)
    assert identity.note_refusal(john, *AUDIT)
    assert identity.note_refusal(mary, "users.manage", "GET /console/accounts", "/console/accounts")
    assert not identity.note_refusal(john, *AUDIT)
    assert [act for act, _ in audited()].count(REFUSED) == 3
