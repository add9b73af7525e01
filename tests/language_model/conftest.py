"""A language model on this machine that says what a test tells it to."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.language_model.service import LanguageModel
from gateway.settings import Settings


def said(content: Any) -> Response:
    """A completion of these words."""
    return Response(json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}))


@dataclass
class Endpoint:
    """An OpenAI-compatible endpoint; `reply` makes its answer, `heard` keeps what it was sent."""

    url: str
    reply: Callable[[dict[str, Any]], Response] = field(default=lambda _: said("好"))
    heard: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.heard.append(body)
        self.keys.append(request.headers.get("authorization"))
        return self.reply(body)

    def silent(self, _body: dict[str, Any]) -> Response:
        """Begins an answer and never ends it before the test does."""

        async def drip() -> Any:
            yield b" "
            await asyncio.to_thread(self.released.wait, 30)

        return StreamingResponse(drip())


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    """The endpoint, listening."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        endpoint = Endpoint(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
        app = Starlette(routes=[Route("/v1/chat/completions", endpoint.complete, methods=["POST"])])
        running = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        yield endpoint
        running.should_exit = True
        thread.join()


@pytest.fixture
def endpoint(server: Endpoint) -> Iterator[Endpoint]:
    """The endpoint as a test finds it."""
    server.heard.clear()
    server.keys.clear()
    server.reply = lambda _: said("好")
    server.released.clear()
    yield server
    server.released.set()


class Model(LanguageModel):
    """A language model whose clock and figures a test can see."""

    def __init__(self, url: str, **changes: Any) -> None:
        self.now = 0.0
        self.counts: list[tuple[str, str]] = []
        settings = Settings(llm_url=url, llm_model="small", **{"llm_timeout_seconds": 4.0, **changes})
        super().__init__(
            url, settings, lambda: self.now, lambda use, result: self.counts.append((use, result))
        )


@pytest.fixture
def make_model() -> Iterator[Callable[..., Model]]:
    """Makes language models, closed when the test ends."""
    made: list[Model] = []

    def make(url: str, **changes: Any) -> Model:
        made.append(Model(url, **changes))
        return made[-1]

    yield make
    for one in made:
        one.close()
