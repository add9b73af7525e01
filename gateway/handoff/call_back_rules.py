"""Call-backs: when they can be asked for, which numbers can be called, what may be done with one. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.handoff.rules import StaffedHours
from gateway.intake.lexicon import lexicon


class CallState(StrEnum):
    """Where a call-back stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CANCELLED = "cancelled"


class CallAct(StrEnum):
    """What staff do with a call-back."""

    TAKE = "take"
    PUT_BACK = "put_back"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CANCEL = "cancel"


OPEN = frozenset({CallState.WAITING, CallState.TAKEN})
ACTS: dict[CallState, frozenset[CallAct]] = {
    CallState.WAITING: frozenset({CallAct.TAKE, CallAct.CANCEL}),
    CallState.TAKEN: frozenset(CallAct) - {CallAct.TAKE},
    CallState.REACHED: frozenset(),
    CallState.NOT_REACHED: frozenset(),
    CallState.CANCELLED: frozenset(),
}
"""The law of call-backs: what may be done in which state."""
ATTEMPTS = 3
"""After so many calls that reached nobody it is over."""
AGAIN_AFTER = timedelta(hours=1)
"""After a call that reached nobody the next one waits so long."""
DAYS_OFFERED = 3
SHORTEST = timedelta(minutes=30)
"""A time of which less is left is not offered."""
DAYS_LOOKED_AT = 8
_PARTS = (
    ("morning", 8 * 60, 12 * 60), ("afternoon", 12 * 60, 17 * 60 + 30), ("evening", 17 * 60 + 30, 21 * 60),
)  # fmt: skip
_LANDLINE = re.compile(r"02[2-8]\d{7}|04[2-9]\d{6,7}|0[35678][2-9]\d{6}")
_MOBILE = re.compile(r"09\d{8}")
_INTERNET = re.compile(r"070\d{8}")
_LOCAL = re.compile(r"[2-9]\d{6}")
_LOCAL_AREA = "07"
_AREAS = ("0826", "0836", "037", "049", "082", "089")
"""Area codes longer than two digits, the longest first."""
_SHOWN_FIRST, _SHOWN_LAST = 2, 3


@dataclass(frozen=True)
class Window:
    """A time in which somebody can be called."""

    key: str
    """Its name to other programs: the day and the part of it."""
    start: datetime
    end: datetime


def windows(now: datetime, hours: StaffedHours, zone: ZoneInfo) -> list[Window]:
    """The times that can be chosen at `now`: parts of the next days on which people are there."""
    today, found, days = now.astimezone(zone).date(), [], 0
    for ahead in range(DAYS_LOOKED_AT):
        day = today + timedelta(days=ahead)
        if day.weekday() not in hours.days or days == DAYS_OFFERED:
            continue
        midnight = datetime.combine(day, time(), zone)
        of_day = [
            Window(f"{day}:{name}", midnight + timedelta(minutes=start), midnight + timedelta(minutes=end))
            for name, start, end in _parts(hours)
        ]
        left = [one for one in of_day if one.end - now >= SHORTEST]
        days += bool(left)
        found += left
    return found


def _parts(hours: StaffedHours) -> Sequence[tuple[str, int, int]]:
    cut = [(name, max(start, hours.start), min(end, hours.end)) for name, start, end in _PARTS]
    return [part for part in cut if part[1] < part[2]] or [("staffed", hours.start, hours.end)]


def telephone(text: str) -> str | None:
    """A number of Taiwan in one form, `0912345678` or `07-3368333#123`; None where it is none.

    Seven digits alone are a number of this city.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    split = re.fullmatch(
        rf"(?P<number>[+\d\s().-]+?)\s*(?:{lexicon().words['extension']}\s*(?P<ext>\d{{1,6}}))?",
        plain,
        re.IGNORECASE,
    )
    if split is None:
        return None
    digits = re.sub(r"\D", "", split["number"])
    if split["number"].lstrip().startswith("+"):
        if not digits.startswith("886"):
            return None
        digits = "0" + digits.removeprefix("886").removeprefix("0")
    if _LOCAL.fullmatch(digits):
        digits = _LOCAL_AREA + digits
    extension = f"#{split['ext']}" if split["ext"] else ""
    if _MOBILE.fullmatch(digits) or _INTERNET.fullmatch(digits):
        return digits + extension
    if not _LANDLINE.fullmatch(digits):
        return None
    area = next((code for code in _AREAS if digits.startswith(code)), digits[:2])
    return f"{area}-{digits[len(area) :]}{extension}"


def masked(phone: str | None) -> str:
    """A number as lists and chats show it: enough for its owner to know it again."""
    digits = (phone or "").partition("#")[0].replace("-", "")
    return f"{digits[:_SHOWN_FIRST]}***{digits[-_SHOWN_LAST:]}" if digits else "***"
