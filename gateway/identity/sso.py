"""Single sign-on with an OpenID Connect provider: code flow with PKCE, state, nonce, signed ID token.

The provider says who somebody is; an account must be here already, and its roles are ours.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import delete, select

from gateway.database import Database
from gateway.errors import Unavailable
from gateway.identity.errors import SsoOff, SsoRefused
from gateway.identity.models import SsoFlow
from gateway.identity.sealing import new_token, token_digest
from gateway.settings import Settings

log = structlog.get_logger()
FLOW_LIFE: Final = timedelta(minutes=10)
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "Ed25519")
"""Signatures by the provider's own key. Never `none`, nor one that our client secret could make."""
_SCOPE = "openid profile email"
_TIMEOUT_SECONDS = 10
_CLOCKS_APART_SECONDS = 60
_PROVIDER_KEPT_SECONDS = 600
_SWEEP_AT_ONCE = 500


class SsoUnavailable(Unavailable):
    """The identity provider does not answer, or not as one should."""

    code = "sso_unavailable"
    zh = "單一登入服務暫時無法連線，請稍後再試，或改用帳號密碼登入。"
    en = "The single sign-on service cannot be reached. Please try later or sign in with your password."


@dataclass(frozen=True)
class SsoStart:
    """Where to send the browser, and what it must keep until it comes back."""

    url: str
    browser: str = field(repr=False)


@dataclass(frozen=True)
class _Provider:
    """What the provider tells of itself (OpenID Connect Discovery)."""

    issuer: str
    authorization: str
    token: str
    keys: str


class SingleSignOn:
    """The way to the provider and back. Owns its transactions: none is open while the provider is asked."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._known: tuple[float, _Provider] | None = None

    def begin(self, redirect_uri: str) -> SsoStart:
        """Begin a sign-on for one browser. Raises SsoOff or SsoUnavailable."""
        provider, browser = self._provider(), new_token()
        flow = SsoFlow(
            browser_hash=token_digest(browser), state=new_token(), nonce=new_token(), verifier=new_token(),
            expires_at=self._clock() + FLOW_LIFE,
        )  # fmt: skip
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                provider.authorization, state=flow.state, code_verifier=flow.verifier, nonce=flow.nonce
            )
        with self._database.write() as session:
            old = select(SsoFlow.browser_hash).where(SsoFlow.expires_at <= self._clock())
            gone = session.scalars(old.with_for_update(skip_locked=True).limit(_SWEEP_AT_ONCE)).all()
            session.execute(delete(SsoFlow).where(SsoFlow.browser_hash.in_(gone)))
            session.add(flow)
        return SsoStart(url, browser)

    def finish(self, redirect_uri: str, browser: str, state: str, code: str) -> str:
        """The name for which the provider vouches; a sign-on can be finished once, by who began it.

        Raises SsoRefused for anything that does not fit, SsoOff or SsoUnavailable.
        """
        provider = self._provider()
        flow = self._taken(browser)
        if flow is None or not hmac.compare_digest(flow.state.encode(), state.encode("utf-8", "replace")):
            raise SsoRefused("unknown or finished sign-on")
        with self._client(redirect_uri) as client:
            try:
                answer = client.fetch_token(provider.token, code=code, code_verifier=flow.verifier)
            except OAuthError as error:
                log.warning("sign-on refused by the provider", error=str(error.error)[:80])
                raise SsoRefused("the provider refused the code") from error
            except (httpx2.HTTPError, ValueError) as error:
                raise SsoUnavailable(type(error).__name__) from error
        claims = self._claims(provider, answer, _read(provider.keys), flow.nonce)
        name = claims.get(self._settings.oidc_username_claim)
        if not isinstance(name, str) or not name:
            raise SsoRefused("the ID token has no name")
        return name

    def _taken(self, browser: str) -> SsoFlow | None:
        """The sign-on that this browser began, which nobody can take a second time."""
        with self._database.write() as session:
            query = select(SsoFlow).where(SsoFlow.browser_hash == token_digest(browser)).with_for_update()
            flow = session.scalars(query).one_or_none()
            if flow is not None:
                session.delete(flow)
        return flow if flow is not None and flow.expires_at > self._clock() else None

    def _claims(
        self, provider: _Provider, answer: Mapping[str, Any], keys: Any, nonce: str
    ) -> Mapping[str, Any]:
        expected = {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": self._settings.oidc_client_id},
        }
        bound = {
            "nonce": nonce,
            "client_id": self._settings.oidc_client_id,
            "access_token": answer.get("access_token"),
        }
        try:
            token = jwt.decode(str(answer["id_token"]), KeySet.import_key_set(keys), list(ALGORITHMS))
            claims = CodeIDToken(token.claims, token.header, expected, bound)
            claims.validate(now=int(self._clock().timestamp()), leeway=_CLOCKS_APART_SECONDS)
        except (JoseError, KeyError, TypeError, ValueError) as error:
            log.warning("ID token refused", reason=type(error).__name__)
            raise SsoRefused(type(error).__name__) from error
        told: Mapping[str, Any] = claims
        return told

    def _provider(self) -> _Provider:
        issuer = self._settings.oidc_issuer
        if issuer is None or self._settings.oidc_client_id is None:
            raise SsoOff
        if self._known is not None and time.monotonic() - self._known[0] < _PROVIDER_KEPT_SECONDS:
            return self._known[1]
        told = _read(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        provider = _Provider(*(str(told.get(name, "")) for name in names))
        if provider.issuer != issuer:
            raise SsoUnavailable("the provider names another issuer than WST_OIDC_ISSUER")
        self._known = (time.monotonic(), provider)
        return provider

    def _client(self, redirect_uri: str) -> Any:
        secret = self._settings.oidc_client_secret
        return OAuth2Client(
            self._settings.oidc_client_id, secret.get_secret_value() if secret else None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=_SCOPE, redirect_uri=redirect_uri, code_challenge_method="S256", timeout=_TIMEOUT_SECONDS,
        )  # fmt: skip


def _read(url: str) -> dict[str, Any]:
    """A JSON object of the provider. Raises SsoUnavailable."""
    try:
        answer = httpx2.get(url, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        told = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise SsoUnavailable(type(error).__name__) from error
    if not isinstance(told, dict):
        raise SsoUnavailable("not an object")
    return told
