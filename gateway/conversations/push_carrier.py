"""Web push: encrypted for one browser, handed to the push service of its maker."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pywebpush import WebPusher

from gateway.conversations.push import browser_of, drop
from gateway.database import Database
from gateway.outbox.queue import Letter
from gateway.outbox.rules import DeliveryFailed, Undeliverable
from gateway.outbox.webhooks.rules import Verdict, retry_after, verdict
from gateway.settings import Settings

KEY_FILE: Final = "vapid.pem"
TIMEOUT_SECONDS: Final = 10.0
WORTH_TELLING: Final = timedelta(hours=24)
"""Later than this after the message nobody needs to be told of it."""
_TOKEN_LIFE: Final = timedelta(hours=12)
_GONE: Final = frozenset({404, 410})


@dataclass(frozen=True)
class PushServices:
    """The push services that may be posted to: anybody can name any address as theirs."""

    names: tuple[str, ...]
    """Hosts (https), `*.` for any part before, or whole origins."""

    @classmethod
    def from_names(cls, names: Iterable[str]) -> PushServices:
        """From the setting."""
        return cls(tuple(name.lower() for name in names))

    def allow(self, endpoint: str) -> bool:
        """Whether the endpoint lies with one of them."""
        try:
            parts = urlsplit(endpoint)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if not host or parts.username is not None or not endpoint.isprintable():
            return False
        if f"{parts.scheme}://{parts.netloc.lower()}" in self.names:
            return True
        suffixes = [name[1:] for name in self.names if name.startswith("*.")]
        known = host in self.names or any(host.endswith(suffix) for suffix in suffixes)
        return parts.scheme == "https" and port in {None, 443} and known


def vapid_of(settings: Settings) -> Vapid02:
    """The key by which push services know this platform; made once, in the data folder."""
    pem = settings.kept_secret(KEY_FILE, _new_key)
    return Vapid02(serialization.load_pem_private_key(pem, None))


def public_key(vapid: Vapid02) -> str:
    """Its public half, as browsers want it."""
    point = vapid.public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64url(point)


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _now() -> datetime:
    return datetime.now(UTC)


class WebPushCarrier:
    """Tells one browser that there is something new, unless the citizen has seen it meanwhile."""

    def __init__(
        self, database: Database, settings: Settings, *, clock: Callable[[], datetime] = _now
    ) -> None:
        self._database = database
        self._vapid = vapid_of(settings)
        self._contact = settings.web_push_contact or ""
        self._services = PushServices.from_names(settings.web_push_services)
        self._clock = clock

    async def deliver(self, letter: Letter) -> None:
        """Hand one letter to the push service. 404 and 410 end the subscription, 408, 429 and 5xx are tried
        again, all else is final."""
        subscription = await asyncio.to_thread(self._subscription, letter)
        if subscription is None:
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._post(subscription, letter)
        except TimeoutError as error:
            raise DeliveryFailed(f"no answer within {TIMEOUT_SECONDS:g} s") from error
        except httpx.HTTPError as error:
            raise DeliveryFailed(type(error).__name__) from error
        if answer.status_code in _GONE:
            await asyncio.to_thread(self._drop, letter.recipient)
            raise Undeliverable(f"{answer.status_code}: the browser wants no more")
        means = verdict(answer.status_code)
        if means is Verdict.AGAIN:
            wait = retry_after(answer.headers.get("retry-after"), self._clock())
            raise DeliveryFailed(str(answer.status_code), retry_after=wait)
        if means is not Verdict.DELIVERED:
            raise Undeliverable(str(answer.status_code))

    def _subscription(self, letter: Letter) -> dict[str, object] | None:
        """Where to send it; None where the citizen has looked since it was written."""
        written = datetime.fromisoformat(letter.payload["written_at"])
        with self._database.read() as session:
            browser = browser_of(session, letter.recipient)
            if browser is None:
                raise Undeliverable("the browser wants no more")
            if browser.seen_at is not None and browser.seen_at > written:
                return None
            if self._clock() - written > WORTH_TELLING:
                raise Undeliverable("too late to be of use")
            if not self._services.allow(browser.endpoint):
                raise Undeliverable("not a push service of WST_WEB_PUSH_SERVICES")
            keys = {"p256dh": browser.p256dh, "auth": browser.auth}
            return {"endpoint": browser.endpoint, "keys": keys}

    async def _post(self, subscription: dict[str, object], letter: Letter) -> httpx.Response:
        endpoint = str(subscription["endpoint"])
        parts = urlsplit(endpoint)
        told = {name: letter.payload[name] for name in ("title", "text", "language")}
        sealed = WebPusher(subscription).encode(json.dumps(told, ensure_ascii=False).encode())
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((self._clock() + _TOKEN_LIFE).timestamp()),
            "sub": self._contact,
        }
        headers = {
            **self._vapid.sign(claims),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(int(WORTH_TELLING.total_seconds())),
            "urgency": "high",
        }
        async with httpx.AsyncClient(follow_redirects=False, timeout=TIMEOUT_SECONDS) as client:
            return await client.post(endpoint, content=sealed["body"], headers=headers)

    def _drop(self, recipient: str) -> None:
        with self._database.write() as session:
            browser = browser_of(session, recipient)
            if browser is not None:
                drop(session, browser.id, self._clock())


def base64url(data: bytes) -> str:
    """Without padding, as in the protocol."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
