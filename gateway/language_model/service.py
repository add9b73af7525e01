"""The way to an OpenAI-compatible endpoint: bounded in time, number and size; off unless configured."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import structlog

from gateway.cases.masking import masked
from gateway.language_model.rules import REWORD, SHORTEN, SHORTEN_FROM, faithful, question_of
from gateway.settings import Settings

log = structlog.get_logger()
_AT_ONCE = 4
"""Calls of one process at a time; who comes while all are under way is served without."""
_FAILURES = 3
_REST_SECONDS = 60.0
"""After so many failures in a row the model is left alone for so long."""
_REPLY_MAX_BYTES = 65_536
_WORDS_MAX = 2_000
_TOKENS = 400


class _Failed(Exception):
    """The endpoint gave nothing that can be read; the reason is for log and figures."""


class LanguageModel:
    """Rewords questions and shortens entries. Every failure is None, and the platform goes on without."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        counted: Callable[[str, str], None] = lambda _use, _result: None,
    ) -> None:
        """`counted` hears of every call: its use (`reword`, `shorten`) and its result."""
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = settings.llm_model
        key = settings.llm_key.get_secret_value() if settings.llm_key else None
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = settings.llm_timeout_seconds
        self._clock = clock
        self._counted = counted
        self._http = httpx.Client(timeout=self._timeout, follow_redirects=False)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "language-model")
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._failures = 0
        self._rest_until = 0.0

    def reword(self, question: str) -> str | None:
        """The question in words that a search may find better; persons and numbers are not sent."""
        asked = masked(question[:_WORDS_MAX])
        reply = self._ask("reword", REWORD, f"<message>\n{_data(asked)}\n</message>")
        found = question_of(reply, asked) if reply is not None else None
        return self._used("reword", reply, found)

    def shorten(self, question: str, entry: str) -> str | None:
        """The entry in fewer of its own words; None where it is short or the reply is not faithful."""
        if len(entry) < SHORTEN_FROM:
            return None
        asked = masked(question[:_WORDS_MAX])
        told = f"<question>\n{_data(asked)}\n</question>\n<entry>\n{_data(entry)}\n</entry>"
        reply = self._ask("shorten", SHORTEN, told)
        short = reply.strip() if reply is not None and faithful(reply, entry) else None
        return self._used("shorten", reply, short)

    def close(self) -> None:
        """Let go of its connections; calls under way end by themselves."""
        self._threads.shutdown(wait=False)
        self._http.close()

    def _used(self, use: str, reply: str | None, found: str | None) -> str | None:
        if reply is not None:
            self._counted(use, "used" if found is not None else "unusable")
        return found

    def _ask(self, use: str, system: str, told: str) -> str | None:
        if self._clock() < self._rest_until:
            self._counted(use, "resting")
            return None
        if not self._slots.acquire(blocking=False):
            self._counted(use, "busy")
            return None
        try:
            # httpx limits every step, not their sum: a reply that drips in would hold the turn.
            reply = self._threads.submit(self._complete, system, told).result(self._timeout)
        except (_Failed, TimeoutError) as failure:
            self._failed()
            self._counted(use, "failed")
            log.warning("going on without the language model", use=use, reason=str(failure) or "time-out")
            return None
        with self._lock:
            self._failures = 0
        return reply

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= _FAILURES:
                self._rest_until = self._clock() + _REST_SECONDS

    def _complete(self, system: str, told: str) -> str:
        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": told}],
            "temperature": 0,
            "max_tokens": _TOKENS,
        }
        try:
            return self._content(body)
        finally:
            self._slots.release()

    def _content(self, body: dict[str, Any]) -> str:
        try:
            content = json.loads(self._post(body))["choices"][0]["message"]["content"]
        except httpx.HTTPError as error:
            raise _Failed(type(error).__name__) from error
        except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
            raise _Failed("a reply that cannot be read") from error
        if not isinstance(content, str) or not content.strip():
            raise _Failed("an empty reply")
        return content

    def _post(self, body: dict[str, Any]) -> bytes:
        ends = time.monotonic() + self._timeout
        read = bytearray()
        with self._http.stream("POST", self._url, json=body, headers=self._headers) as response:
            if not response.is_success:
                raise _Failed(f"status {response.status_code}")
            for part in response.iter_bytes():
                read += part
                if len(read) > _REPLY_MAX_BYTES:
                    raise _Failed("a reply that is too long")
                if time.monotonic() > ends:
                    raise _Failed("time-out")
        return bytes(read)


def _data(text: str) -> str:
    """Text that cannot close the mark it stands in."""
    return text.replace("<", "＜").replace(">", "＞")


def open_language_model(
    settings: Settings, counted: Callable[[str, str], None] = lambda _use, _result: None
) -> LanguageModel | None:
    """The configured language model; None where there is none."""
    return LanguageModel(settings.llm_url, settings, counted=counted) if settings.llm_url else None
