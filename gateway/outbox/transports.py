"""By what messages leave: one contract, and the table of those that are set up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gateway.outbox.queue import Letter


class Carrier(Protocol):
    """Delivers letters of one transport."""

    async def deliver(self, letter: Letter) -> None:
        """Deliver a letter, under its key if the other end can tell repeats by it.

        Raises DeliveryFailed when it may succeed later, Undeliverable when it never will.
        """


Carriers = Mapping[str, Carrier]
"""Carriers by the name of their transport; messages of any other transport stay pending."""
