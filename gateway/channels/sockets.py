"""What every WebSocket of ours does: a reader and a pusher that end together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

FRAME_MAX_BYTES = 65_536
"""What the server reads of one frame; it hangs up on a longer one before it has come whole."""


async def until_one_ends(*work: Coroutine[Any, Any, None]) -> list[Exception]:
    """Run all of it until the first ends, stop the rest, and give back what broke."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    await asyncio.wait(tasks)
    errors = (None if task.cancelled() else task.exception() for task in tasks)
    return [error for error in errors if isinstance(error, Exception)]
