"""From which address a request comes, what token it shows, and whether its page may talk to us."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from gateway.settings import Settings


def client_address(connection: HTTPConnection, settings: Settings) -> str:
    """The citizen's address; X-Forwarded-For is believed only from the proxies in the settings."""
    peer = connection.client.host if connection.client else "unknown"
    if peer not in settings.trusted_proxies:
        return peer
    # A proxy may add a header of its own beside the one the citizen sent: all of them count, in order.
    told = ",".join(connection.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in told.split(",") if hop.strip()]
    for hop in reversed(hops):
        if hop not in settings.trusted_proxies:
            return hop
    return peer


def bearer_of(connection: HTTPConnection) -> str:
    """The bearer token that was sent; empty without one."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def origin_allowed(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether a browser's page may open a socket: our own pages, and the origins in the settings."""
    origin = connection.headers.get("origin")
    if origin is None:
        return True  # not a browser; the token decides
    if origin in settings.allowed_origins:
        return True
    if settings.public_url is not None and origin == _origin_of(settings.public_url):
        return True
    return bool(origin) and _host_of(origin) == connection.headers.get("host")


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
