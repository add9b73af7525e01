"""Signing in: refusals that look alike, waits that grow, sessions that end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.database import Database
from gateway.identity.errors import LoginRefused, LoginThrottled, WeakPassword
from gateway.identity.models import Account, LoginThrottle, StaffSession
from gateway.identity.passwords import Passwords
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.service import IdentityService
from gateway.identity.views import Needs, Staff
from tests.identity.conftest import BY, HERE, PASSWORD, Clock

MakeStaff = Callable[..., Staff]
Audited = Callable[[], list[tuple[str, str]]]


def login(
    identity: IdentityService, username: str = "mary", password: str = PASSWORD, address: str = HERE
) -> str:
    return identity.login(username, password, None, address).token


def fail(identity: IdentityService, username: str = "mary", address: str = HERE) -> int:
    """Fail once; the seconds to wait if it was not even checked, or 0."""
    try:
        identity.login(username, "wrong", None, address)
    except LoginThrottled as refused:
        return refused.retry_after
    except LoginRefused:
        return 0
    pytest.fail("a wrong password opened a session")


def test_the_right_password_opens_a_session(
    identity: IdentityService, make_staff: MakeStaff, audited: Audited
) -> None:
    made = make_staff(roles=("handler",), units=("養工處",))
    staff = identity.staff_of(login(identity, " MARY "))
    assert staff is not None
    assert (staff.username, staff.roles, staff.units) == ("mary", {StaffRole.HANDLER}, {"養工處"})
    assert staff.session_id != made.session_id
    assert staff.csrf not in ("", made.csrf)
    assert audited()[-1] == ("login", "account:mary")


def test_only_digests_of_tokens_are_stored(
    identity: IdentityService, make_staff: MakeStaff, database: Database
) -> None:
    make_staff()
    token = login(identity)
    assert token not in repr(identity.login("mary", PASSWORD, None, HERE))
    with database.read() as session:
        assert token not in [row.token_hash for row in session.scalars(select(StaffSession))]


def test_the_first_password_must_be_changed(identity: IdentityService) -> None:
    with identity.database.write() as session:
        _, password = identity.create_account(session, "mary", roles=[StaffRole.OPERATOR], by=BY)
    result = identity.login("mary", password, None, HERE)
    assert result.needs is Needs.CHANGE_PASSWORD
    assert result.staff is not None
    assert not result.staff.may(Permission.CASES_READ)
    changed = identity.change_password(result.staff, password, PASSWORD, HERE)
    assert changed.needs is None
    assert changed.staff is not None
    assert changed.staff.may(Permission.CASES_READ)
    assert identity.staff_of(result.token) is None
    assert identity.staff_of(changed.token) == changed.staff


def test_ten_wrong_passwords(identity: IdentityService, make_staff: MakeStaff, audited: Audited) -> None:
    make_staff()
    waits = [fail(identity) for _ in range(10)]
    assert waits == [0, 0, 0, 0, 0, 30, 30, 30, 30, 30]
    with pytest.raises(LoginThrottled):
        login(identity)
    acts = [act for act, _ in audited()]
    assert acts.count("login.failed") == 5
    assert acts.count("login.locked") == 1


def test_the_wait_grows_and_the_right_password_ends_it(
    identity: IdentityService, make_staff: MakeStaff, clock: Clock
) -> None:
    make_staff()
    for _ in range(5):
        fail(identity)
    waits = []
    for _ in range(7):
        waits.append(fail(identity))
        clock.forward(seconds=waits[-1])
        assert fail(identity) == 0
    assert waits == [30, 60, 120, 240, 480, 900, 900]
    clock.forward(minutes=15)
    login(identity)
    assert [fail(identity) for _ in range(5)] == [0] * 5


def test_four_failures_are_forgotten_after_a_quarter_of_an_hour(
    identity: IdentityService, make_staff: MakeStaff, clock: Clock
) -> None:
    make_staff()
    for _ in range(3):
        assert [fail(identity) for _ in range(4)] == [0] * 4
        clock.forward(minutes=15, seconds=1)
    login(identity)


def test_a_wait_survives_a_restart_and_holds_for_every_worker(
    identity: IdentityService, make_identity: Callable[..., IdentityService], make_staff: MakeStaff
) -> None:
    make_staff()
    for _ in range(5):
        fail(identity)
    assert fail(make_identity()) == 30


def test_an_unknown_name_looks_like_a_known_one(
    make_identity: Callable[..., IdentityService], make_staff: MakeStaff
) -> None:
    make_staff()

    class Counting(Passwords):
        checked = 0

        def fits(self, stored: str | None, password: str) -> bool:
            self.checked += 1
            return super().fits(stored, password)

    hashes = Counting()
    identity = make_identity(hashes)
    for number, name in enumerate(["mary", "nobody", "王小明", "ma\ud800ry"], 1):
        assert [fail(identity, name, f"203.0.113.{number}") for _ in range(6)] == [0, 0, 0, 0, 0, 30]
    assert hashes.checked == 20


def test_other_spellings_of_a_name_share_its_counter(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    make_staff()
    waits = [fail(identity, name) for name in ("mary", "MARY", " mary", "ｍａｒｙ", "Mary", "maRY")]
    assert waits == [0, 0, 0, 0, 0, 30]


def test_an_address_that_tries_many_names_must_wait(identity: IdentityService, make_staff: MakeStaff) -> None:
    make_staff()
    assert [fail(identity, f"name{number}") for number in range(21)] == [0] * 20 + [30]
    with pytest.raises(LoginThrottled):
        login(identity)
    login(identity, address="203.0.113.9")


def test_ones_own_account_does_not_wash_an_address_clean(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    make_staff()
    for number in range(19):
        fail(identity, f"name{number}")
    login(identity)
    assert [fail(identity, f"other{number}") for number in range(2)] == [0, 30]


def test_many_guesses_at_once_get_no_more_tries(identity: IdentityService, make_staff: MakeStaff) -> None:
    make_staff()
    with ThreadPoolExecutor(12) as pool:
        waits = list(pool.map(lambda number: fail(identity, address=f"203.0.113.{number}"), range(24)))
    assert waits.count(0) == 5


def test_no_name_address_or_password_of_a_failure_is_kept(
    identity: IdentityService, make_staff: MakeStaff, database: Database
) -> None:
    make_staff()
    for name in ("my secret password", "mary"):
        fail(identity, name)
    with database.read() as session:
        entries = [[row.actor, row.subject, row.detail] for row in session.scalars(select(AuditEntry))]
        kept = repr([*entries, [row.key for row in session.scalars(select(LoginThrottle))]])
    assert "secret" not in kept
    assert HERE not in kept


def test_a_session_ends_when_it_is_idle(
    identity: IdentityService, make_staff: MakeStaff, clock: Clock
) -> None:
    make_staff()
    token = login(identity)
    for _ in range(4):
        clock.forward(minutes=29)
        assert identity.staff_of(token) is not None
    clock.forward(minutes=30)
    assert identity.staff_of(token) is None


def test_a_session_ends_after_twelve_hours_however_busy(
    identity: IdentityService, make_staff: MakeStaff, clock: Clock
) -> None:
    make_staff()
    token = login(identity)
    for _ in range(12 * 3 - 1):
        clock.forward(minutes=20)
        assert identity.staff_of(token) is not None
    clock.forward(minutes=20)
    assert identity.staff_of(token) is None


@pytest.mark.parametrize("token", ["", "x", "a" * 5000, "\ud800", "'; --"])
def test_a_made_up_token_is_nobody(identity: IdentityService, token: str) -> None:
    assert identity.staff_of(token) is None
    identity.logout(token)


def test_after_logging_out_the_cookie_is_worth_nothing(
    identity: IdentityService, make_staff: MakeStaff, audited: Audited
) -> None:
    make_staff()
    token, other = login(identity), login(identity)
    identity.logout(token)
    assert identity.staff_of(token) is None
    assert identity.staff_of(other) is not None
    assert audited()[-1] == ("logout", "account:mary")


def test_changing_the_password_ends_every_session(identity: IdentityService, make_staff: MakeStaff) -> None:
    make_staff()
    stolen, mine = login(identity), identity.login("mary", PASSWORD, None, HERE)
    assert mine.staff is not None
    identity.change_password(mine.staff, PASSWORD, "another long secret", HERE)
    assert identity.staff_of(stolen) is None
    with pytest.raises(LoginRefused):
        login(identity)
    login(identity, password="another long secret")


def test_the_old_password_cannot_be_guessed_from_a_stolen_session(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    staff = make_staff()
    for _ in range(5):
        with pytest.raises(LoginRefused):
            identity.change_password(staff, "a guess", "another long secret", HERE)
    with pytest.raises(LoginThrottled):
        identity.change_password(staff, PASSWORD, "another long secret", HERE)


def test_a_new_password_is_new_and_strong(identity: IdentityService, make_staff: MakeStaff) -> None:
    staff = make_staff()
    for refused in (PASSWORD, "short", "mary had a little lamb"):
        with pytest.raises(WeakPassword):
            identity.change_password(staff, PASSWORD, refused, HERE)


def test_an_old_hash_is_made_anew(
    make_identity: Callable[..., IdentityService], make_staff: MakeStaff, database: Database
) -> None:
    make_staff()
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    login(make_identity(stronger))
    with database.read() as session:
        stored = session.scalars(select(Account.password_hash)).one()
    assert not stronger.outdated(stored)
    login(make_identity(stronger))


def test_a_right_password_of_a_disabled_account_is_refused_alike(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    staff = make_staff()
    with identity.database.write() as session:
        identity.disable(session, staff.id, by=BY)
    with pytest.raises(LoginRefused):
        login(identity)


def test_what_has_run_out_is_dropped(
    identity: IdentityService, make_staff: MakeStaff, clock: Clock, database: Database
) -> None:
    make_staff()
    fail(identity, "nobody", "203.0.113.1")
    clock.forward(hours=25)
    login(identity)
    with database.read() as session:
        assert len(session.scalars(select(StaffSession)).all()) == 1
        keys = [row.key.partition(":")[0] for row in session.scalars(select(LoginThrottle))]
    assert keys == ["address"]
