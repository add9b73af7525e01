"""Recipients as far as they may be shown to whoever sees to messages. Pure."""

from __future__ import annotations

import re
from typing import Final

_SHOWN_OF_NAME: Final = 1
_HIDDEN: Final = "•••"
_ADDRESS: Final = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")
"""E-mail addresses in what other servers answer."""
_OFFICIAL: Final = ("unit:", "supervisor:", "endpoint:", "browser:")


def masked(recipient: str) -> str:
    """A recipient as far as it may be shown: units whole, of people no more than tells mistakes apart."""
    if recipient.startswith(_OFFICIAL):
        return recipient
    name, at, domain = recipient.rpartition("@")
    if at:
        return f"{name[:_SHOWN_OF_NAME]}{_HIDDEN}@{domain}"
    return f"{recipient[:_SHOWN_OF_NAME]}{_HIDDEN}"


def told(error: str | None, recipient: str) -> str:
    """Why the last attempt failed, without the recipient and other addresses of people."""
    text = (error or "").replace(recipient, masked(recipient)) if recipient else error or ""
    return _ADDRESS.sub(lambda found: masked(found[0]), text)
