"""To which addresses webhooks may go: looked at when one is entered, and again whenever one is sent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Final

import httpx

from gateway.outbox.webhooks import errors
from gateway.outbox.webhooks.errors import AddressRefused
from gateway.outbox.webhooks.rules import URL_MAX

IpAddress = IPv4Address | IPv6Address
PUBLIC: Final = "public"
"""In the setting: every address of the open internet."""
PORT_MAX: Final = 65_535
_TRANSLATED: Final = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""IPv6 that stands for an IPv4 address that would have to be looked at instead."""


@dataclass(frozen=True)
class Networks:
    """The networks to which webhooks may go."""

    public: bool
    named: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def from_names(cls, names: Iterable[str]) -> Networks:
        """From a setting such as ["public", "10.0.0.0/8"]. Raises ValueError."""
        given = [name.strip() for name in names]
        nets = tuple(ip_network(name, strict=False) for name in given if name != PUBLIC)
        return cls(PUBLIC in given, nets)

    def check(self, address: IpAddress) -> None:
        """Raise AddressRefused unless something may be sent there.

        This machine's own addresses, loopback among them, must be named one by one: a whole network that
        happens to hold the platform does not open the platform to itself.
        """
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        holding = [net for net in self.named if address in net]
        exactly = any(net.num_addresses == 1 or net.is_loopback for net in holding)
        if exactly:
            return
        if address.is_loopback or address.is_unspecified or _is_ours(address):
            raise AddressRefused(errors.IS_OURSELVES)
        odd = address.is_link_local or address.is_multicast or address.is_reserved
        if odd or any(address in net for net in _TRANSLATED if net.version == address.version):
            raise AddressRefused(errors.NOT_ALLOWED)
        if not holding and not (self.public and address.is_global):
            raise AddressRefused(errors.NOT_ALLOWED)


@dataclass(frozen=True)
class Destinations:
    """Which URLs webhooks may go to."""

    networks: Networks
    plain_http: bool = False
    """Whether `http:` is allowed, for a closed network without certificates."""
    own_host: str | None = None
    """The host of the platform's public address."""

    def parsed(self, url: str) -> httpx.URL:
        """The URL, if its form is right. Raises AddressRefused."""
        try:
            found = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            raise AddressRefused(errors.NOT_A_URL) from None
        readable = url.isprintable() and " " not in url and len(url) <= URL_MAX
        if not readable or not found.host or not 0 < _port(found) <= PORT_MAX:
            raise AddressRefused(errors.NOT_A_URL)
        if found.scheme != "https" and not (self.plain_http and found.scheme == "http"):
            raise AddressRefused(errors.NOT_HTTPS)
        if found.userinfo or found.fragment:
            raise AddressRefused(errors.HAS_EXTRAS)
        if self.own_host and found.host.lower() == self.own_host.lower():
            raise AddressRefused(errors.IS_OURSELVES)
        return found

    def admit(self, addresses: Sequence[str]) -> None:
        """Raise AddressRefused unless all addresses of a host are allowed."""
        for address in addresses:
            self.networks.check(ip_address(address.partition("%")[0]))

    def checked(self, url: str) -> str:
        """The URL as it is kept, looked at when it is entered; a name that nobody knows yet may be entered.

        Raises AddressRefused.
        """
        found = self.parsed(url)
        try:
            known = socket.getaddrinfo(found.host, _port(found), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return str(found)
        self.admit(_addresses(known))
        return str(found)

    async def addresses(self, url: httpx.URL) -> list[str]:
        """Where to connect now, the best first. Raises AddressRefused, or OSError for an unknown name."""
        loop = asyncio.get_running_loop()
        try:
            known = await loop.getaddrinfo(url.host, _port(url), type=socket.SOCK_STREAM)
        except UnicodeError as error:
            raise OSError("not a host name") from error
        found = _addresses(known)
        self.admit(found)
        return found


def _addresses(known: Iterable[tuple[Any, ...]]) -> list[str]:
    return list(dict.fromkeys(str(entry[4][0]) for entry in known))


def _port(url: httpx.URL) -> int:
    return (443 if url.scheme == "https" else 80) if url.port is None else url.port


@lru_cache(maxsize=512)
def _is_ours(address: IpAddress) -> bool:
    """Whether the address is one of this machine: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP's version
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
