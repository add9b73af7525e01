"""Not faster than agreed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Pace:
    """Turns that are `1 / per_second` apart at least, in the order in which they are asked for."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._apart = 1 / per_second
        self._clock = clock
        self._next = 0.0

    def wait_for(self) -> float:
        """Take the next turn; seconds until it comes."""
        now = self._clock()
        at = max(self._next, now)
        self._next = at + self._apart
        return at - now

    async def turn(self) -> None:
        """Wait for one's turn."""
        seconds = self.wait_for()
        if seconds > 0:
            await asyncio.sleep(seconds)
