"""The way to Rasa: one message in, one proposed outcome back."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any

import httpx
import structlog

from gateway.conversations.incoming import Incoming
from gateway.conversations.outcome import ENVELOPE, Outcome, join
from gateway.conversations.rules import for_rasa
from gateway.conversations.service import Turn
from gateway.conversations.turn import BrainUnavailable
from gateway.settings import Settings
from knowledge_base.text import traditional

log = structlog.get_logger()
_REST_SECONDS = 5.0

_OPTION_INTENTS = {
    "start:dispatch": "report_dispatch",
    "start:petition": "file_petition",
    "start:public_works": "report_public_works",
    "start:case_lookup": "query_case",
    "human": "request_human",
    "human:thumbs_down": "request_human",
}


class RasaClient:
    """Speaks to Rasa's REST webhook. After a time-out it leaves Rasa alone for a moment."""

    def __init__(
        self, settings: Settings, http: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = f"{settings.rasa_url.rstrip('/')}/webhooks/rest"
        self._timeout = settings.rasa_timeout_seconds
        self._http = http
        self._clock = clock
        self._rest_until = -math.inf

    async def think(self, turn: Turn, incoming: Incoming) -> Outcome:
        """Rasa's outcome. Raises BrainUnavailable when it is down, slow, or answers nothing."""
        if self._clock() < self._rest_until:
            raise BrainUnavailable("resting after a time-out")
        body = {
            "sender": turn.sender_id,
            "message": rasa_message(incoming),
            "metadata": {
                "language": turn.language,
                "location": incoming.location,
                "option": incoming.option,
                "context": turn.context.to_dict(),
                "as_written": _as_written(incoming),
            },
        }
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._http.post(f"{self._url}/webhook", json=body, timeout=None)
            response.raise_for_status()
            parts = response.json()
        except TimeoutError:
            self._rest_until = self._clock() + _REST_SECONDS
            raise BrainUnavailable("time-out") from None
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            raise BrainUnavailable(type(error).__name__) from error
        return _outcome(parts)

    async def healthy(self) -> bool:
        """Whether Rasa has a model loaded and takes messages."""
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._http.get(f"{self._url}/", timeout=None)
        except (TimeoutError, httpx.HTTPError):
            return False
        return response.is_success


def rasa_message(incoming: Incoming) -> str:
    """The text for Rasa: buttons and places as intents, words with their slash taken.

    Which button or place it was goes along as metadata.
    """
    if incoming.location is not None:
        return "/share_location"
    if incoming.option is None:
        # Rasa has learnt from Traditional characters.
        return for_rasa(traditional(incoming.text))
    return "/" + _OPTION_INTENTS.get(incoming.option, "choose")


def _as_written(incoming: Incoming) -> str | None:
    """The citizen's own characters, where Rasa hears others: what is kept of a report is what they wrote."""
    words = None if incoming.location is not None or incoming.option is not None else incoming.text
    return words if words is not None and traditional(words) != words else None


def _outcome(parts: Any) -> Outcome:
    # Rasa answers 200 and [] to blank input and when the action endpoint cannot be reached.
    if not isinstance(parts, list) or not parts:
        raise BrainUnavailable("no answer")
    try:
        return join([Outcome.from_dict(part["custom"][ENVELOPE]) for part in parts])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BrainUnavailable("an answer that is not ours") from error
