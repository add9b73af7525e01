"""What a desk's socket does when two things happen in the same instant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.channels.operator.socket import _Connection, _something
from gateway.conversations.hub import DeskListener
from gateway.conversations.transcript import MessageView
from gateway.errors import NotFound


class Connection(_Connection):
    """Watches A from its third message on; whatever it does, a watch of B is asked for meanwhile."""

    def __init__(self, found: Callable[[], list[MessageView]]) -> None:
        socket: Any = SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(handoffs=None)))
        staff: Any = None
        super().__init__(socket, staff, DeskListener(), DeskListener())
        self._watched, self._seq = "A", 2
        self._found = found
        self.told: list[dict[str, Any]] = []

    @property
    def watch(self) -> tuple[str, int]:
        return self._watched, self._seq

    def _news_of(self, conversation_id: str, after: int) -> list[MessageView]:
        assert (conversation_id, after) == ("A", 2)
        return self._found()

    async def _tell(self, frame: dict[str, Any]) -> None:
        self.told.append(frame)
        self._watched, self._seq = "B", 0

    def refused(self) -> list[MessageView]:
        """Somebody else is in charge of A by now."""
        self._watched, self._seq = "B", 0
        raise NotFound


def two_messages() -> list[MessageView]:
    return [
        MessageView(seq, f"m{seq}", "citizen", "text", "在嗎", {}, datetime(2026, 11, 26, tzinfo=UTC))
        for seq in (3, 4)
    ]


def test_a_watch_asked_for_while_a_message_goes_out_begins_where_it_was_asked_to() -> None:
    connection = Connection(two_messages)
    asyncio.run(connection._messages())
    assert connection.watch == ("B", 0)
    assert [one["message"]["seq"] for one in connection.told] == [3]


def test_a_refused_look_does_not_end_the_watch_of_another_conversation() -> None:
    connection = Connection(list)
    connection._found = connection.refused
    asyncio.run(connection._messages())
    assert connection.watch == ("B", 0)


@pytest.mark.parametrize("order", ["news first", "end first"])
def test_a_pusher_ends_even_when_news_come_at_that_moment(order: str) -> None:
    """Otherwise the pusher of a socket that is gone asks the database for ever."""

    async def run() -> bool:
        listener = DeskListener()
        pusher = asyncio.create_task(_something(listener, 60))
        await asyncio.sleep(0)
        acts: list[Callable[[], Any]] = [listener.changed.set, pusher.cancel]
        for act in acts if order == "news first" else reversed(acts):
            act()
        await asyncio.wait({pusher})
        return pusher.cancelled()

    assert asyncio.run(run())
