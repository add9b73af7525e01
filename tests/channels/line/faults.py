"""What can go wrong at LINE, switched on for a path and the next calls of it."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event

WAIT_AT_MOST = 60.0
"""Seconds after which even a call that nobody lets go is answered: no test hangs on it."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to one call. `accepted` says whether LINE did what was wanted all the same."""

    accepted: bool = False


@dataclass(frozen=True, kw_only=True)
class Slow(Fault):
    """The answer waits until the test sets `until`; what was wanted is done before or after the waiting."""

    until: Event
    lost: bool = False
    """Nothing is answered even then."""


@dataclass(frozen=True, kw_only=True)
class Cut(Fault):
    """The connection ends without an answer."""


@dataclass(frozen=True, kw_only=True)
class Refused(Fault):
    """An error of LINE, instead of doing anything (unless `accepted`)."""

    status: int = 500
    message: str = "Internal Server Error"


def slow(until: Event, *, accepted: bool = True) -> Slow:
    """No answer until the event is set."""
    return Slow(accepted=accepted, until=until)


def swallowed(until: Event) -> Slow:
    """No answer, ever, and nothing has happened; the connection is cut when the event is set."""
    return Slow(until=until, lost=True)


def cut_before() -> Cut:
    """The connection is cut, and nothing has happened."""
    return Cut()


def cut_after() -> Cut:
    """The connection is cut, but what was wanted has been done."""
    return Cut(accepted=True)


def rate_limited() -> Refused:
    """429: too many calls in a second."""
    return Refused(status=429, message="The API rate limit has been exceeded. Try again later.")


def quota_used_up() -> Refused:
    """429: no pushes are left this month."""
    return Refused(status=429, message="You have reached your monthly limit.")


def broken(*, accepted: bool = False) -> Refused:
    """500, with or without the effect."""
    return Refused(accepted=accepted)


def conflict() -> Refused:
    """409: a call with this retry key has been accepted before."""
    return Refused(status=409, message="The retry key is already accepted")
