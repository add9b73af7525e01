"""Single sign-on against a provider that answers over real HTTP, and lies when asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey, RSAKey

from gateway.database import Database
from gateway.identity.errors import LoginRefused, SsoOff, SsoRefused
from gateway.identity.service import IdentityService
from gateway.identity.sso import SingleSignOn, SsoUnavailable
from gateway.identity.views import Needs, Staff
from gateway.settings import Settings
from tests.identity.conftest import BY, HERE, NOW, Clock
from tests.identity.issuer import CLIENT, SECRET, Issuer, running_issuer

BACK = "https://1999.example.gov.tw/console/sso/callback"
MakeStaff = Callable[..., Staff]
STRANGER = RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer(int(NOW.timestamp())) as running:
        yield running


@pytest.fixture
def sso(database: Database, clock: Clock, issuer: Issuer) -> SingleSignOn:
    settings = Settings(oidc_issuer=issuer.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET)
    return SingleSignOn(database, settings, clock)


def sign_on(sso: SingleSignOn, issuer: Issuer) -> str:
    begun = sso.begin(BACK)
    return sso.finish(BACK, begun.browser, **issuer.approve(begun.url))


def test_there_and_back(
    sso: SingleSignOn, issuer: Issuer, identity: IdentityService, make_staff: MakeStaff
) -> None:
    make_staff()
    result = identity.login_by_sso(sign_on(sso, issuer), HERE)
    assert result.needs is None
    staff = identity.staff_of(result.token)
    assert staff is not None
    assert staff.username == "mary"


def test_what_the_provider_is_asked(sso: SingleSignOn, issuer: Issuer) -> None:
    begun = sso.begin(BACK)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == BACK
    assert asked["code_challenge_method"] == "S256"
    assert "openid" in asked["scope"].split()
    assert len(asked["nonce"]) == len(asked["state"]) == 43
    assert begun.browser not in begun.url
    sso.finish(BACK, begun.browser, **issuer.approve(begun.url))
    assert "client_secret" not in issuer.asked[0]


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another", "and another"]},
        {"aud": None},
        {"iss": "https://issuer.example"},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": None},
        {"iat": int(NOW.timestamp()) + 600},
        {"sub": None},
        {"azp": "another"},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"preferred_username": None},
        {"preferred_username": ""},
        {"preferred_username": ["mary"]},
    ],
)
def test_a_token_that_does_not_fit(sso: SingleSignOn, issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.claims = claims
    with pytest.raises(SsoRefused):
        sign_on(sso, issuer)


def test_a_token_signed_by_somebody_else(sso: SingleSignOn, issuer: Issuer) -> None:
    issuer.signed_by = STRANGER
    with pytest.raises(SsoRefused):
        sign_on(sso, issuer)


def test_a_token_signed_with_our_own_secret(sso: SingleSignOn, issuer: Issuer) -> None:
    issuer.signed_by, issuer.algorithm = OctKey.import_key(SECRET), "HS256"  # type: ignore[assignment]
    with pytest.raises(SsoRefused):
        sign_on(sso, issuer)


@pytest.mark.parametrize("state", ["", "another", "\ud800"])
def test_another_state(sso: SingleSignOn, issuer: Issuer, state: str) -> None:
    begun = sso.begin(BACK)
    back = issuer.approve(begun.url)
    with pytest.raises(SsoRefused):
        sso.finish(BACK, begun.browser, state, back["code"])
    with pytest.raises(SsoRefused):
        sso.finish(BACK, begun.browser, **back)
    assert issuer.asked == []


def test_another_browser(sso: SingleSignOn, issuer: Issuer) -> None:
    begun, other = sso.begin(BACK), sso.begin(BACK)
    with pytest.raises(SsoRefused):
        sso.finish(BACK, other.browser, **issuer.approve(begun.url))
    with pytest.raises(SsoRefused):
        sso.finish(BACK, "", **issuer.approve(begun.url))


def test_a_sign_on_is_finished_once(sso: SingleSignOn, issuer: Issuer) -> None:
    begun = sso.begin(BACK)
    back = issuer.approve(begun.url)
    sso.finish(BACK, begun.browser, **back)
    with pytest.raises(SsoRefused):
        sso.finish(BACK, begun.browser, **back)
    assert len(issuer.asked) == 1


def test_a_sign_on_is_finished_in_time(sso: SingleSignOn, issuer: Issuer, clock: Clock) -> None:
    begun = sso.begin(BACK)
    back = issuer.approve(begun.url)
    clock.forward(minutes=10)
    with pytest.raises(SsoRefused):
        sso.finish(BACK, begun.browser, **back)


def test_a_code_of_somebody_elses_sign_on(sso: SingleSignOn, issuer: Issuer) -> None:
    mine, theirs = sso.begin(BACK), sso.begin(BACK)
    state, code = issuer.approve(mine.url)["state"], issuer.approve(theirs.url)["code"]
    with pytest.raises(SsoRefused):
        sso.finish(BACK, mine.browser, state, code)


def test_the_provider_names_another_issuer(sso: SingleSignOn, issuer: Issuer) -> None:
    issuer.named = "https://issuer.example"
    with pytest.raises(SsoUnavailable):
        sso.begin(BACK)


def test_nobody_answers(database: Database, clock: Clock) -> None:
    with running_issuer(0) as gone:
        url = gone.url
    away = SingleSignOn(database, Settings(oidc_issuer=url, oidc_client_id=CLIENT), clock)
    with pytest.raises(SsoUnavailable):
        away.begin(BACK)


def test_switched_off(database: Database, clock: Clock) -> None:
    off = SingleSignOn(database, Settings(), clock)
    with pytest.raises(SsoOff):
        off.begin(BACK)
    with pytest.raises(SsoOff):
        off.finish(BACK, "x", "x", "x")


@pytest.mark.parametrize("issuer_url", ["http://sso.example.gov.tw", "ftp://x", "https://", "nonsense", ""])
def test_an_issuer_must_be_reached_safely(issuer_url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Settings(oidc_issuer=issuer_url)


def test_a_stranger_gets_no_account(
    identity: IdentityService, make_staff: MakeStaff, sso: SingleSignOn, issuer: Issuer
) -> None:
    staff = make_staff()
    with pytest.raises(LoginRefused):
        identity.login_by_sso("stranger@example.gov.tw", HERE)
    with identity.database.write() as session:
        identity.disable(session, staff.id, by=BY)
        assert len(identity.accounts(session)) == 1
    with pytest.raises(LoginRefused):
        identity.login_by_sso(sign_on(sso, issuer), HERE)


def test_the_providers_second_factor_counts(
    make_identity: Callable[..., IdentityService], make_staff: MakeStaff
) -> None:
    make_staff(roles=("supervisor",))
    strict = make_identity(require_totp_roles="supervisor")
    assert strict.login_by_sso("mary", HERE).needs is None
    assert strict.login("mary", "correct horse battery", None, HERE).needs is Needs.ENROL_TOTP
