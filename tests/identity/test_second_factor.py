"""The second factor: codes once, recovery codes once, and who must have one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from xml.etree import ElementTree as ET

import pyotp
import pytest
from sqlalchemy import select

from gateway.database import Database
from gateway.identity.errors import LoginRefused, LoginThrottled, NotSignedIn, TotpAlreadyEnrolled, WrongCode
from gateway.identity.models import Account, RecoveryCode
from gateway.identity.sealing import SealBroken, Sealer
from gateway.identity.service import IdentityService
from gateway.identity.views import LoginResult, Needs, Staff
from tests.identity.conftest import BY, HERE, PASSWORD, Clock

MakeStaff = Callable[..., Staff]


class Authenticator:
    """Somebody's telephone."""

    def __init__(self, identity: IdentityService, staff: Staff, clock: Clock) -> None:
        self._identity, self._clock = identity, clock
        with identity.database.write() as session:
            self.enrolment = identity.begin_totp(session, staff.id)
        self._totp = pyotp.TOTP(self.enrolment.secret)
        with identity.database.write() as session:
            self.recovery = identity.confirm_totp(session, staff.id, self.code())
        clock.forward(seconds=30)

    def code(self, steps: int = 0) -> str:
        return self._totp.at(self._clock.now + timedelta(seconds=30 * steps))


@pytest.fixture
def phone(identity: IdentityService, make_staff: MakeStaff, clock: Clock) -> Authenticator:
    return Authenticator(identity, make_staff(), clock)


def login(identity: IdentityService, otp: str | None) -> LoginResult:
    return identity.login("mary", PASSWORD, otp, HERE)


def test_password_then_code(identity: IdentityService, phone: Authenticator) -> None:
    half = login(identity, None)
    assert (half.needs, half.staff) == (Needs.TOTP, None)
    assert identity.staff_of(half.token) is None
    whole = identity.second_step(half.token, phone.code(), HERE)
    assert whole.needs is None
    assert identity.staff_of(whole.token) == whole.staff
    assert whole.token != half.token
    with pytest.raises(NotSignedIn):
        identity.second_step(half.token, phone.code(1), HERE)


def test_password_and_code_at_once(identity: IdentityService, phone: Authenticator) -> None:
    code = phone.code()
    assert login(identity, f"{code[:3]} {code[3:]}").staff is not None


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_clocks_may_be_half_a_minute_apart(
    identity: IdentityService, phone: Authenticator, clock: Clock, steps: int
) -> None:
    clock.forward(seconds=60)
    assert login(identity, phone.code(steps)).staff is not None


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_an_old_or_early_code_is_refused(
    identity: IdentityService, phone: Authenticator, clock: Clock, steps: int
) -> None:
    clock.forward(minutes=5)
    with pytest.raises(LoginRefused):
        login(identity, phone.code(steps))


def test_a_code_is_good_once(identity: IdentityService, phone: Authenticator, clock: Clock) -> None:
    code = phone.code()
    login(identity, code)
    with pytest.raises(LoginRefused):
        login(identity, code)
    clock.forward(seconds=30)
    with pytest.raises(LoginRefused):
        login(identity, code)
    login(identity, phone.code())


def test_the_code_that_confirmed_is_used_up(
    identity: IdentityService, make_staff: MakeStaff, clock: Clock
) -> None:
    phone = Authenticator(identity, make_staff(), clock)
    with pytest.raises(LoginRefused):
        login(identity, phone.code(-1))


def test_one_code_at_the_same_time_opens_one_session(identity: IdentityService, phone: Authenticator) -> None:
    code = phone.code()

    def attempt(_: int) -> bool:
        try:
            return login(identity, code).staff is not None
        except LoginRefused:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1


@pytest.mark.parametrize("otp", ["000000", "abcdef", "１２３４５６", "\ud800", "1" * 500])
@pytest.mark.usefixtures("phone")
def test_a_wrong_code_is_refused(identity: IdentityService, otp: str) -> None:
    with pytest.raises(LoginRefused):
        login(identity, otp)


def test_codes_cannot_be_guessed(identity: IdentityService, phone: Authenticator) -> None:
    half = login(identity, None)
    for _ in range(5):
        with pytest.raises(LoginRefused):
            identity.second_step(half.token, "000000", HERE)
    for otp in ("000000", phone.code()):
        with pytest.raises(LoginThrottled):
            identity.second_step(half.token, otp, HERE)


@pytest.mark.usefixtures("phone")
def test_the_right_password_alone_does_not_reset_the_count(identity: IdentityService) -> None:
    for _ in range(5):
        half = login(identity, None)
        with pytest.raises(LoginRefused):
            identity.second_step(half.token, "000000", HERE)
    with pytest.raises(LoginThrottled):
        login(identity, None)


def test_the_second_step_must_come_in_time(
    identity: IdentityService, phone: Authenticator, clock: Clock
) -> None:
    half = login(identity, None)
    clock.forward(minutes=5)
    with pytest.raises(NotSignedIn):
        identity.second_step(half.token, phone.code(), HERE)


def test_a_recovery_code_is_good_once(identity: IdentityService, phone: Authenticator) -> None:
    assert len(set(phone.recovery)) == 10
    typed = phone.recovery[3].lower().replace("-", " ")
    assert login(identity, typed).staff is not None
    with pytest.raises(LoginRefused):
        login(identity, phone.recovery[3])
    assert login(identity, phone.recovery[4]).staff is not None


def test_a_recovery_code_is_only_its_owners(
    identity: IdentityService, make_staff: MakeStaff, clock: Clock
) -> None:
    make_staff()
    other = Authenticator(identity, make_staff("tom"), clock)
    Authenticator(
        identity, identity.login("mary", PASSWORD, None, HERE).staff or pytest.fail("no session"), clock
    )
    with pytest.raises(LoginRefused):
        login(identity, other.recovery[0])


def test_neither_secret_nor_codes_are_stored_in_clear(phone: Authenticator, database: Database) -> None:
    with database.read() as session:
        account = session.scalars(select(Account)).one()
        marks = session.scalars(select(RecoveryCode.code_hash)).all()
    assert account.totp_secret is not None
    assert phone.enrolment.secret not in account.totp_secret
    assert not {code.replace("-", "") for code in phone.recovery} & set(marks)
    assert (
        Sealer(b"a key for the tests").opened(account.totp_secret, f"totp:{account.id}")
        == phone.enrolment.secret
    )
    for key, bound_to in ((b"another key", f"totp:{account.id}"), (b"a key for the tests", "totp:999")):
        with pytest.raises(SealBroken):
            Sealer(key).opened(account.totp_secret, bound_to)


def test_a_second_factor_is_not_replaced_by_whoever_is_signed_in(
    identity: IdentityService, phone: Authenticator
) -> None:
    staff = login(identity, phone.code()).staff
    assert staff is not None
    with identity.database.write() as session:
        with pytest.raises(TotpAlreadyEnrolled):
            identity.begin_totp(session, staff.id)
        with pytest.raises(TotpAlreadyEnrolled):
            identity.confirm_totp(session, staff.id, phone.code(1))


def test_a_secret_is_not_in_force_before_it_is_confirmed(
    identity: IdentityService, make_staff: MakeStaff
) -> None:
    staff = make_staff()
    with identity.database.write() as session:
        with pytest.raises(WrongCode):
            identity.confirm_totp(session, staff.id, "000000")
        identity.begin_totp(session, staff.id)
        with pytest.raises(WrongCode):
            identity.confirm_totp(session, staff.id, "000000")
    assert login(identity, None).needs is None


def test_an_administrator_resets_it(identity: IdentityService, phone: Authenticator) -> None:
    opened = login(identity, phone.code())
    assert opened.staff is not None
    with identity.database.write() as session:
        assert not identity.reset_totp(session, opened.staff.id, by=BY).totp
    assert identity.staff_of(opened.token) is None
    assert login(identity, None).staff is not None


def test_roles_that_must_have_one(
    make_identity: Callable[..., IdentityService], make_staff: MakeStaff, clock: Clock
) -> None:
    make_staff("ann", roles=("operator",))
    make_staff("mary", roles=("supervisor",))
    strict = make_identity(require_totp_roles="supervisor, administrator")
    assert strict.login("ann", PASSWORD, None, HERE).needs is None
    opened = login(strict, None)
    assert opened.needs is Needs.ENROL_TOTP
    assert opened.staff is not None
    phone = Authenticator(strict, opened.staff, clock)
    settled = strict.staff_of(opened.token)
    assert settled is not None
    assert settled.needs is None
    assert login(strict, phone.code()).needs is None


def test_the_picture_says_what_the_address_says(phone: Authenticator) -> None:
    assert pyotp.parse_uri(phone.enrolment.uri).secret == phone.enrolment.secret  # type: ignore[union-attr]
    picture = ET.fromstring(phone.enrolment.svg)  # noqa: S314 - our own
    assert picture.tag.endswith("svg")
    assert "style" not in phone.enrolment.svg
    assert "script" not in phone.enrolment.svg
