"""The way of one message: stored, thought about, answered, stored again, told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog

from gateway.cases.attachments.service import Prepared
from gateway.conversations.dialogue import Dialogue
from gateway.conversations.hub import Hub
from gateway.conversations.incoming import Incoming
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Owner
from gateway.conversations.service import Accepted, ConversationService, Turn
from gateway.conversations.transcript import MessageView
from gateway.errors import PlatformError, Unavailable

log = structlog.get_logger()
_LOOK_AGAIN_SECONDS = 0.5
"""How often a message that waits behind another process looks whether its turn has come."""


class BrainUnavailable(Unavailable):
    """Rasa is down, too slow, or gave no answer."""

    code = "assistant_unavailable"


class Brain(Protocol):
    """What thinks about a message: Rasa, or a stand-in in unit tests."""

    async def think(self, turn: Turn, incoming: Incoming) -> Outcome:
        """The outcome of a turn. Raises BrainUnavailable."""


@dataclass(frozen=True)
class Sent:
    """A citizen's message after its turn."""

    message: MessageView
    replies: list[MessageView]
    created: bool


class TurnRunner:
    """Runs turns, one at a time in each conversation, in the order the messages came."""

    def __init__(
        self,
        conversations: ConversationService,
        dialogue: Dialogue,
        brain: Brain,
        hub: Hub,
        finished: Callable[[list[MessageView], bool], None] | None = None,
    ) -> None:
        """`finished` hears of every committed turn: its replies, and whether Rasa was away."""
        self._conversations = conversations
        self._dialogue = dialogue
        self._brain = brain
        self._hub = hub
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._running: set[asyncio.Task[Sent]] = set()
        self._broken: set[str] = set()
        self._finished = finished

    async def send(self, conversation_id: str, incoming: Incoming, prepared: Prepared | None = None) -> Sent:
        """Accept a message, perhaps with its file, and finish its turn, even if the sender goes away
        meanwhile."""
        return await asyncio.shield(self._start(self._send(conversation_id, incoming, prepared)))

    async def recover(self) -> int:
        """Finish the turns that a crash cut off; how many were. One that breaks does not stop the rest."""
        return await self._finish(await asyncio.to_thread(self._conversations.unfinished))

    async def take_over(self) -> int:
        """Finish the turns of processes that have died since; how many were."""
        for message_id in tuple(self._broken):
            await asyncio.to_thread(self._conversations.let_go, message_id)
            self._broken.discard(message_id)
        return await self._finish(await asyncio.to_thread(self._conversations.orphaned))

    async def _finish(self, left_over: list[tuple[str, str]]) -> int:
        finished = 0
        for conversation_id, message_id in left_over:
            try:
                async with self._lock(conversation_id):
                    cut_off = await asyncio.to_thread(self._conversations.resume, message_id)
                    if cut_off is not None:
                        await self._run(*cut_off)
                        finished += 1
            except Exception:
                log.exception(
                    "a turn that was cut off could not be finished",
                    conversation=conversation_id,
                    message=message_id,
                )
        if finished:
            log.info("turns finished that were cut off", turns=finished)
        return finished

    async def drain(self) -> None:
        """Wait for the turns under way; called before the process ends."""
        if self._running:
            await asyncio.wait(self._running)

    def _start(self, work: Coroutine[Any, Any, Sent]) -> asyncio.Task[Sent]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _lock(self, conversation_id: str) -> asyncio.Lock:
        return self._locks.setdefault(conversation_id, asyncio.Lock())

    async def _send(self, conversation_id: str, incoming: Incoming, prepared: Prepared | None) -> Sent:
        lock = self._lock(conversation_id)
        async with lock:
            accepted = await asyncio.to_thread(
                self._conversations.accept, conversation_id, incoming, prepared
            )
            if accepted.created:
                self._hub.announce(conversation_id)
            replies = accepted.replies
            if accepted.waits:
                replies = await self._when_it_is_its_turn(conversation_id, accepted)
            elif accepted.turn is not None:
                replies = await self._run(accepted.turn, accepted.heard)
            return Sent(accepted.message, replies, accepted.created)

    async def _when_it_is_its_turn(self, conversation_id: str, accepted: Accepted) -> list[MessageView]:
        """The replies to a message that another process has to answer, or has to answer another before."""
        message_id, look = accepted.message.id, self._conversations.next_turn
        with self._hub.listen(conversation_id) as news:
            while True:
                news.changed.clear()
                try:
                    standing = await asyncio.to_thread(look, message_id, fresh=accepted.created)
                except Exception:
                    await self._let_go(message_id)
                    raise
                if standing.replies is not None:
                    return standing.replies
                if standing.begun is not None:
                    await self._run_before(message_id, *standing.begun)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                        await news.changed.wait()

    async def _run_before(self, message_id: str, turn: Turn, incoming: Incoming) -> None:
        """Run a turn; where that of an earlier message breaks, the one that waits goes on."""
        try:
            await self._run(turn, incoming)
        except Exception:
            if turn.message_id == message_id:
                raise
            log.exception("a turn that was cut off could not be finished", message=turn.message_id)

    async def _run(self, turn: Turn, incoming: Incoming) -> list[MessageView]:
        conversation_id = turn.conversation_id
        self._broken.discard(turn.message_id)
        self._hub.typing(conversation_id, "bot", True)
        try:
            outcome, without_rasa = await self._outcome(turn, incoming)
            replies = await self._close(turn, outcome, clean_tracker=without_rasa)
        except Exception:
            await self._let_go(turn.message_id)
            raise
        finally:
            self._hub.typing(conversation_id, "bot", False)
        self._hub.announce(conversation_id)
        if self._finished is not None:
            self._finished(replies, without_rasa)
        return replies

    async def _let_go(self, message_id: str) -> None:
        try:
            await asyncio.to_thread(self._conversations.let_go, message_id)
        except Exception:
            log.exception("a turn that broke could not be let go; it is tried again", message=message_id)
            self._broken.add(message_id)

    async def _outcome(self, turn: Turn, incoming: Incoming) -> tuple[Outcome, bool]:
        try:
            return await self._think(turn, incoming)
        except PlatformError as error:
            # A draft that no longer fits (an item that left the catalogue) must not break every turn to come.
            if turn.state.form is None:
                raise
            return self._given_up(turn, error), True

    async def _close(self, turn: Turn, outcome: Outcome, *, clean_tracker: bool) -> list[MessageView]:
        finish = self._conversations.finish_turn
        try:
            return await asyncio.to_thread(finish, turn, outcome, clean_tracker=clean_tracker)
        except PlatformError as error:
            if outcome.register is None:
                raise
            refused = self._given_up(turn, error)
            return await asyncio.to_thread(finish, turn, refused, clean_tracker=True)

    def _given_up(self, turn: Turn, error: PlatformError) -> Outcome:
        log.error(
            "form given up", conversation=turn.conversation_id, code=error.code, detail=error.detail[:200]
        )
        return self._dialogue.case_failed(turn.language)

    async def _think(self, turn: Turn, incoming: Incoming) -> tuple[Outcome, bool]:
        if turn.owner in {Owner.OPERATOR, Owner.CLOSED}:
            return Outcome(), False
        if incoming.file is not None:
            return await asyncio.to_thread(self._dialogue.file_sent, turn, incoming.file), False
        urgent = await asyncio.to_thread(self._dialogue.urgent, incoming, turn.language)
        if urgent is not None:
            return urgent, False
        if turn.owner is Owner.QUEUE:
            return await asyncio.to_thread(self._dialogue.while_waiting, turn, incoming), False
        try:
            return await self._brain.think(turn, incoming), False
        except BrainUnavailable as error:
            log.warning("answering without rasa", conversation=turn.conversation_id, reason=error.detail)
            return await asyncio.to_thread(self._dialogue.without_rasa, turn, incoming), True
