"""What people send in LINE beside words: fetched from LINE, looked through like any other file."""

from __future__ import annotations

from typing import Final

import httpx

from gateway.cases.attachments.rules import FILE_MAX_BYTES
from gateway.channels.line.client import DATA_HOST
from gateway.errors import TooLarge, Unavailable
from gateway.settings import Settings

_TIMEOUT: Final = httpx.Timeout(20.0, connect=3.0)
_GONE: Final = frozenset({404, 410})
_EXTENSIONS: Final = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "video/mp4": "mp4", "application/pdf": "pdf",
}  # fmt: skip
_NAMES: Final = {"image": "photo", "video": "video", "file": "file"}


class ContentGone(Unavailable):
    """LINE does not have it any more: it was taken back, or is too old."""

    code = "line_content_gone"


class ContentNotYet(Unavailable):
    """LINE is away, or still prepares a film: worth another try."""

    code = "line_content_not_yet"


async def fetch(http: httpx.AsyncClient, settings: Settings, message_id: str) -> tuple[bytes, str]:
    """The bytes of what was sent, and their media type; never more than one file may hold.

    Raises TooLarge, ContentGone, ContentNotYet. Not by the SDK, which would load all 200 MB of a film first.
    """
    token = settings.line_channel_access_token
    bearer = {"authorization": f"Bearer {token.get_secret_value() if token else ''}"}
    address = f"{(settings.line_api_base or DATA_HOST).rstrip('/')}/v2/bot/message/{message_id}/content"
    data = bytearray()
    try:
        async with http.stream("GET", address, headers=bearer, timeout=_TIMEOUT) as answer:
            if answer.status_code in _GONE:
                raise ContentGone(message_id)
            if answer.status_code != httpx.codes.OK:
                raise ContentNotYet(f"LINE answers {answer.status_code}")
            async for part in answer.aiter_bytes():
                data += part
                if len(data) > FILE_MAX_BYTES:
                    raise TooLarge("a file of LINE")
            return bytes(data), answer.headers.get("content-type", "").partition(";")[0].strip()
    except httpx.HTTPError as error:
        raise ContentNotYet(type(error).__name__) from error


def name_of(kind: str, given: str | None, media_type: str) -> str:
    """A name for what came without one: LINE gives names to files only."""
    if given:
        return given
    extension = _EXTENSIONS.get(media_type, "bin")
    return f"{_NAMES.get(kind, 'file')}.{extension}"
