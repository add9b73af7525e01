"""States of a file under way, and how long things last. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What has become of a file."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


MOVING: Final = (State.QUEUED, State.RUNNING)
LEASE: Final = timedelta(seconds=30)
"""A file belongs to the process that makes it for so long; renewed while it is being made."""
MOST_ATTEMPTS: Final = 3
AT_ONCE_OF_ONE: Final = 5
"""Files that one person may have under way."""
REMEMBERED: Final = timedelta(days=30)
"""So long after the asking a file is listed, though it is thrown away earlier."""
_LONGEST_NAME: Final = 40
_LONGEST_TEXT: Final = 200
_MOST: Final = 40
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def asked_of(query: Mapping[str, str]) -> dict[str, str]:
    """What an address asks for, as it may be kept: no more than a report could ask, on one line each."""
    pairs = [(name, _UNFIT.sub("", text)[:_LONGEST_TEXT]) for name, text in query.items()]
    return {
        name: text
        for name, text in pairs[:_MOST]
        if text and name.isprintable() and len(name) <= _LONGEST_NAME
    }


def share(done: int, total: int) -> int:
    """How far it is, in percent; never all before it is done."""
    return min(99, done * 100 // total) if total else 0
