"""The official SDK's clients, pointed where the settings say, and what their failures mean."""

from __future__ import annotations

from typing import Final

import aiohttp
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, AsyncMessagingApiBlob, Configuration
from linebot.v3.messaging.exceptions import ApiException

from gateway.settings import Settings

TIMEOUT_SECONDS: Final = (3.05, 10.0)
"""To connect, and for the whole of a call: longer than LINE takes, shorter than a reply token lives."""
DATA_HOST: Final = "https://api-data.line.me"
"""Where LINE keeps what people send, unless the settings name one address for everything."""
UNREACHABLE: Final = (aiohttp.ClientError, TimeoutError, OSError)
"""What a call raises that had no answer; it may have been carried out all the same."""


def line_api(settings: Settings) -> AsyncMessagingApi:
    """The messaging API; to be called, and closed, within one event loop."""
    return AsyncMessagingApi(AsyncApiClient(_configuration(settings)))


def line_blob_api(settings: Settings) -> AsyncMessagingApiBlob:
    """The API for pictures of rich menus; to be called, and closed, within one event loop."""
    return AsyncMessagingApiBlob(AsyncApiClient(_configuration(settings)))


def timeout() -> aiohttp.ClientTimeout:
    """The limits of one call."""
    connect, total = TIMEOUT_SECONDS
    return aiohttp.ClientTimeout(total=total, connect=connect)


def why(error: ApiException) -> str:
    """What LINE says of a refused call, short enough to be kept; LINE repeats no citizen's words in it."""
    body = error.body if isinstance(error.body, str) else ""
    return f"{error.status} {' '.join(body.split())}"[:300]


def _configuration(settings: Settings) -> Configuration:
    token = settings.line_channel_access_token
    return Configuration(
        host=settings.line_api_base.rstrip("/") if settings.line_api_base else None,
        access_token=token.get_secret_value() if token else "",
    )
