"""One call of LINE's API that says something: free by reply token where there is one, else as a push.

What makes each effect happen once: a reply token works once, and LINE refuses it the second time; a push
carries a retry key, and LINE answers its repeat with 409. A reply takes no retry key (LINE refuses one).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from linebot.v3.messaging import (
    AsyncMessagingApi,
    Message,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
)
from linebot.v3.messaging.exceptions import ApiException

from gateway.channels.line.client import UNREACHABLE, line_api, timeout, why
from gateway.channels.line.pace import Pace
from gateway.channels.line.rules import (
    REPLIES_TO_A_LOST_CALL,
    is_lost_token,
    is_monthly_limit,
    retry_key,
)
from gateway.channels.line.tokens import Chance, ReplyTokens
from gateway.outbox.rules import DeliveryFailed, Undeliverable
from gateway.settings import Settings

log = structlog.get_logger()
_ACCEPTED_BEFORE = 409
_TOO_MANY = 429
_SERVER_FAULT = 500
_SLOW_DOWN = timedelta(seconds=60)
LOADING_SECONDS = 20


class LineSender:
    """LINE's API, from one event loop. `counted` hears of every call that LINE has taken."""

    def __init__(
        self, settings: Settings, tokens: ReplyTokens, counted: Callable[[int, int], None],
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        """`counted` is told pushes and replies."""
        self._settings = settings
        self._tokens = tokens
        self._counted = counted
        self._clock = clock
        self._pace = Pace(settings.line_pushes_a_second)
        self._api: AsyncMessagingApi | None = None

    @property
    def api(self) -> AsyncMessagingApi:
        """The SDK's client, opened in the loop that first asks for it."""
        if self._api is None:
            self._api = line_api(self._settings)
        return self._api

    async def close(self) -> None:
        """Give the connections back."""
        if self._api is not None:
            await self._api.api_client.close()
            self._api = None

    async def say(
        self, user_id: str, call: str, messages: Sequence[Message], *, may_reply: bool, again: bool = False
    ) -> None:
        """Say up to five messages once, whatever breaks on the way; `call` names this saying for good.

        `again`: it may have been tried before.

        Raises DeliveryFailed where it may work later, Undeliverable where it never will.
        """
        if may_reply:
            claim = partial(self._tokens.claim, user_id, call, self._clock(), again=again)
            chance = await asyncio.to_thread(claim)
            if chance is not None and await self._replied(chance, call, messages):
                return
        await self._push(user_id, call, messages)

    async def show_loading(self, user_id: str) -> None:
        """Three dots while the answer is sought; LINE takes them away with the next message."""
        request = ShowLoadingAnimationRequest(chatId=user_id, loadingSeconds=LOADING_SECONDS)
        try:
            await self.api.show_loading_animation(request, _request_timeout=timeout())
        except (ApiException, *UNREACHABLE) as error:
            log.info("no loading animation", error=type(error).__name__)

    async def _replied(self, chance: Chance, call: str, messages: Sequence[Message]) -> bool:
        """Whether the call has gone out as a reply; False where it has to be a push."""
        if chance.accepted:
            return True
        if not chance.usable:
            # It was tried a minute ago and nobody noted what came of it. Told twice is better than never.
            log.warning("a reply of which nothing is known is pushed", call=call)
            return False
        perhaps_there = not chance.fresh
        for _ in range(REPLIES_TO_A_LOST_CALL):
            request = ReplyMessageRequest(replyToken=chance.token, messages=list(messages))
            try:
                await self.api.reply_message(request, _request_timeout=timeout())
            except ApiException as error:
                if is_lost_token(error.status, why(error)):
                    if perhaps_there:
                        await self._accepted(call)
                    else:
                        await asyncio.to_thread(self._tokens.refused, call)
                    return perhaps_there
                _final_or_not(error)
                perhaps_there = True
                continue
            except UNREACHABLE:
                perhaps_there = True
                continue
            await self._accepted(call)
            return True
        raise DeliveryFailed("LINE gives no answer to a reply")

    async def _accepted(self, call: str) -> None:
        await asyncio.to_thread(self._tokens.accepted, call, self._clock())
        await asyncio.to_thread(self._counted, 0, 1)

    async def _push(self, user_id: str, call: str, messages: Sequence[Message]) -> None:
        await self._pace.turn()
        request = PushMessageRequest(to=user_id, messages=list(messages))
        try:
            await self.api.push_message(
                request, x_line_retry_key=retry_key(call), _request_timeout=timeout()
            )  # fmt: skip
        except ApiException as error:
            if error.status == _ACCEPTED_BEFORE:
                return
            _final_or_not(error)
            raise DeliveryFailed(why(error)) from error
        except UNREACHABLE as error:
            raise DeliveryFailed(f"{type(error).__name__}: {error}") from error
        await asyncio.to_thread(self._counted, 1, 0)


def _final_or_not(error: ApiException) -> None:
    """Raise what LINE's refusal means, unless it is a fault of LINE's that may have worked all the same."""
    if error.status >= _SERVER_FAULT:
        return
    if error.status == _TOO_MANY and not is_monthly_limit(error.status, why(error)):
        raise DeliveryFailed(why(error), retry_after=_SLOW_DOWN) from error
    raise Undeliverable(why(error)) from error
