"""Webhooks over HTTP: signed, to a checked address, each attempt with a time of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

import httpx
import structlog

from gateway.database import Database
from gateway.errors import PlatformError
from gateway.outbox.queue import Letter
from gateway.outbox.rules import DeliveryFailed, Undeliverable
from gateway.outbox.webhooks.addresses import Destinations
from gateway.outbox.webhooks.errors import AddressRefused
from gateway.outbox.webhooks.models import WebhookEndpoint
from gateway.outbox.webhooks.rules import (
    TIMEOUT_SECONDS,
    WORDS_MAX,
    EndpointState,
    Verdict,
    event_id,
    retry_after,
    signatures,
    told,
    verdict,
)
from gateway.outbox.webhooks.service import bound_to, endpoint_of, switch_off

log = structlog.get_logger()
_READ_MAX = 4 * WORDS_MAX


class Opens(Protocol):
    """Opens what was sealed."""

    def opened(self, sealed: str, bound_to: str) -> str:
        """The secret, if it was sealed for the same `bound_to`."""


@dataclass(frozen=True)
class _Target:
    url: str
    secrets: tuple[str, ...] = field(repr=False)


def _now() -> datetime:
    return datetime.now(UTC)


class WebhookCarrier:
    """Delivers events: `recipient` is `endpoint:ID`, `payload["event"]` the body."""

    def __init__(
        self,
        database: Database,
        seal: Opens,
        destinations: Destinations,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._database = database
        self._seal = seal
        self._destinations = destinations
        self._timeout = timeout_seconds
        self._clock = clock

    async def deliver(self, letter: Letter) -> None:
        """Post one event. 2xx is delivered, 408, 429 and 5xx are tried again, 410 switches the endpoint off,
        and all else is final."""
        target = await asyncio.to_thread(self._target, letter.recipient)
        try:
            async with asyncio.timeout(self._timeout):
                response, words = await self._post(target, letter)
        except AddressRefused as error:
            raise Undeliverable(str(error)) from error
        except TimeoutError as error:
            raise DeliveryFailed(f"no answer within {self._timeout:g} s") from error
        except (httpx.HTTPError, OSError) as error:
            raise DeliveryFailed(f"{type(error).__name__}: {told(str(error))}") from error
        means = verdict(response.status_code)
        if means is Verdict.DELIVERED:
            return
        reason = f"{response.status_code} {told(words)}".strip()
        if means is Verdict.GONE:
            await asyncio.to_thread(self._switch_off, letter.recipient)
        if means is Verdict.AGAIN:
            wait = retry_after(response.headers.get("retry-after"), self._clock())
            raise DeliveryFailed(reason, retry_after=wait)
        raise Undeliverable(reason)

    def _target(self, recipient: str) -> _Target:
        with self._database.read() as session:
            endpoint = endpoint_of(session, recipient)
            if endpoint is None or EndpointState(endpoint.state) is not EndpointState.ACTIVE:
                raise Undeliverable("the endpoint was removed or switched off")
            try:
                return _Target(endpoint.url, self._secrets(endpoint))
            except PlatformError as error:
                raise DeliveryFailed("the secret of the endpoint does not open") from error

    def _secrets(self, endpoint: WebhookEndpoint) -> tuple[str, ...]:
        sealed = [endpoint.sealed_secret]
        until = endpoint.old_secret_until
        if endpoint.sealed_old_secret is not None and until is not None and self._clock() < until:
            sealed.append(endpoint.sealed_old_secret)
        return tuple(self._seal.opened(one, bound_to(endpoint.id)) for one in sealed)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """What this machine trusts, or `SSL_CERT_FILE`: agencies may have an authority of their own."""
        return ssl.create_default_context()

    async def _post(self, target: _Target, letter: Letter) -> tuple[httpx.Response, str]:
        url = self._destinations.parsed(target.url)
        body = body_of(letter.payload["event"])
        event, timestamp = event_id(letter.key), int(self._clock().timestamp())
        headers = {
            "host": url.netloc.decode(),
            "content-type": "application/json",
            "user-agent": "wanshitong-1999",
            "webhook-id": event,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(target.secrets, event, timestamp, body),
        }
        *others, last = await self._destinations.addresses(url)
        for address in others:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._post_to(address, url, headers, body)
        return await self._post_to(last, url, headers, body)

    async def _post_to(
        self, address: str, url: httpx.URL, headers: dict[str, str], body: bytes
    ) -> tuple[httpx.Response, str]:
        """To the very address that was looked at: asked again, the name could lead elsewhere."""
        async with httpx.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False, timeout=self._timeout
        ) as client:
            request = client.build_request(
                "POST", url.copy_with(host=address), content=body, headers=headers,
                extensions={"sni_hostname": url.raw_host.decode()},
            )  # fmt: skip
            response = await client.send(request, stream=True)
            try:
                return response, await _beginning(response)
            finally:
                await response.aclose()

    def _switch_off(self, recipient: str) -> None:
        with self._database.write() as session:
            endpoint = endpoint_of(session, recipient)
            if endpoint is not None:
                switch_off(session, endpoint, EndpointState.GONE, self._clock())
                log.warning("a webhook endpoint answered 410 and is switched off", endpoint=endpoint.id)


def body_of(event: dict[str, Any]) -> bytes:
    """The body of an event: the same bytes for every attempt."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


async def _beginning(response: httpx.Response) -> str:
    """The first words of an answer that was not a yes; the rest is not read."""
    if response.is_success:
        return ""
    read = b""
    async for part in response.aiter_raw():
        read += part
        if len(read) >= _READ_MAX:
            break
    return read[:_READ_MAX].decode("utf-8", "replace")
