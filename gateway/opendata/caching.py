"""What a cache may keep: tags, times, and answering that nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

ANY_PAGE: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "etag, last-modified, content-disposition, x-month-complete",
}
"""Pages of any origin may read it; no cookie is asked for."""
_NOT_MODIFIED: Final = 304


def headers(etag: str, modified: datetime, seconds: int) -> dict[str, str]:
    """For an answer that everybody's cache may keep for so long."""
    at = modified.astimezone(UTC).replace(microsecond=0)
    return {
        "etag": etag, "last-modified": format_datetime(at, usegmt=True),
        "cache-control": f"public, max-age={max(seconds, 0)}",
    }  # fmt: skip


def unchanged(request: Request, given: Mapping[str, str]) -> Response | None:
    """The answer 304 where the one who asks has what these headers stand for; None where not.

    A tag counts before a time (RFC 9110, 13.2.2).
    """
    tags = request.headers.get("if-none-match")
    if tags is not None:
        same = tags.strip() == "*" or given["etag"] in {
            tag.strip().removeprefix("W/") for tag in tags.split(",")
        }
    else:
        since = _time(request.headers.get("if-modified-since", ""))
        modified = _time(given.get("last-modified", ""))
        same = since is not None and modified is not None and modified <= since
    return Response(status_code=_NOT_MODIFIED, headers=dict(given)) if same else None


def _time(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
