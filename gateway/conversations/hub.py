"""Live news of conversations: to the sockets of this process, and through a relay to other processes.

The hub carries no messages, only the news that there are some: each listener reads the rest from
the database by number, so that nothing is lost, doubled or out of order.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

EVERYTHING = ""
"""Among the news of a desk: there may be some in any conversation."""


@dataclass(eq=False)
class Listener:
    """One open socket."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    typing: dict[str, bool] = field(default_factory=dict)
    """Who began (True) or stopped (False) typing since the listener last looked."""
    written: bool = True
    """Whether there is anything to read, besides typing; at first there is."""

    def take(self) -> tuple[bool, dict[str, bool]]:
        """Whether to read, and the typing news, once."""
        written, typing, self.written, self.typing = self.written, self.typing, False, {}
        return written, typing


@dataclass(eq=False)
class DeskListener:
    """One open socket of the staff, which hears of every conversation."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    conversations: set[str] = field(default_factory=set)
    """Those with news since the listener last looked."""
    typing: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Who began or stopped typing where, by conversation and sender."""

    def take(self) -> tuple[set[str], dict[tuple[str, str], bool]]:
        """The news, once."""
        news, self.conversations, self.typing = (self.conversations, self.typing), set(), {}
        return news


class Relay(Protocol):
    """What tells other processes."""

    def changed(self, conversation_id: str) -> None:
        """There are new messages, or a new owner."""

    def typing(self, conversation_id: str, who: str, on: bool) -> None:
        """Somebody began or stopped typing."""


class Hub:
    """Wakes the listeners of a conversation, and those of the staff, in this process at once."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._desks: set[DeskListener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.relay: Relay | None = None
        """Without one there is only this process."""

    def live_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """News from other threads reach the listeners through this event loop."""
        self._loop = loop

    @contextmanager
    def listen_at_desk(self) -> Iterator[DeskListener]:
        """Listen to everything until the block ends; starts with `changed` set."""
        listener = DeskListener()
        listener.changed.set()
        self._desks.add(listener)
        try:
            yield listener
        finally:
            self._desks.discard(listener)

    @contextmanager
    def listen(self, conversation_id: str) -> Iterator[Listener]:
        """Listen until the block ends; starts with `changed` set, so the first look is at once."""
        listener = Listener()
        listener.changed.set()
        self._listeners[conversation_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[conversation_id].discard(listener)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

    def announce(self, conversation_id: str) -> None:
        """There are new messages, or a new owner; any thread may say so."""
        self._in_loop(self._announce, conversation_id)

    def typing(self, conversation_id: str, who: str, on: bool) -> None:
        """Somebody began or stopped typing; any thread may say so."""
        self._in_loop(self._typing, conversation_id, who, on)

    def hear(self, conversation_id: str) -> None:
        """Another process has announced this."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.written = True
            listener.changed.set()
        for desk in self._desks:
            desk.conversations.add(conversation_id)
            desk.changed.set()

    def hear_typing(self, conversation_id: str, who: str, on: bool) -> None:
        """In another process somebody began or stopped typing."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.typing[who] = on
            listener.changed.set()
        for desk in self._desks:
            desk.typing[conversation_id, who] = on
            desk.changed.set()

    def look_again(self) -> None:
        """News may have been lost: everybody looks for themselves."""
        for group in self._listeners.values():
            for listener in group:
                listener.written = True
                listener.changed.set()
        for desk in self._desks:
            desk.conversations.add(EVERYTHING)
            desk.changed.set()

    @property
    def listeners(self) -> int:
        """Open sockets, for the metrics."""
        return sum(len(group) for group in self._listeners.values())

    def _announce(self, conversation_id: str) -> None:
        self.hear(conversation_id)
        if self.relay is not None:
            self.relay.changed(conversation_id)

    def _typing(self, conversation_id: str, who: str, on: bool) -> None:
        self.hear_typing(conversation_id, who, on)
        if self.relay is not None:
            self.relay.typing(conversation_id, who, on)

    def _in_loop(self, act: Callable[..., None], *told: Any) -> None:
        # Events and sets belong to the loop's thread: set from elsewhere they wake nobody for a while.
        loop = self._loop
        if loop is None or loop.is_closed() or _running() is loop:
            act(*told)
        else:
            loop.call_soon_threadsafe(act, *told)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
