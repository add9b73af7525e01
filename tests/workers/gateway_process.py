"""Makes gateway processes with a stand-in for Rasa: `python -m tests.workers.gateway_process`.

Each line of its input, `NAME PORT`, forks one off and is answered by its process id: what takes seconds to
load is loaded once. Settings come from the environment, as always, and all end with this one. What the
stand-in does is in the citizen's words: `@NAME` hangs in the process of that name and is answered by any
other; `wait` is answered once somebody has posted to /stand-in/go-on of this process; `person` asks for one;
`broken` raises. All else is repeated.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial

import uvicorn
from fastapi import FastAPI

from gateway.app import create_app
from gateway.cases.catalogue_shelf import CatalogueShelf
from gateway.cases.guessing import open_catalogue
from gateway.conversations.incoming import Incoming
from gateway.conversations.outcome import Handoff, Outcome
from gateway.conversations.rules import Reply
from gateway.conversations.service import Turn
from gateway.logging import configure_logging
from gateway.runner import tether
from gateway.settings import Settings
from knowledge_base.index import IndexSource
from knowledge_base.service import KnowledgeBase
from tests.in_process import TODAY, LetterEncoder, StandIn, shelf_of


class Told(StandIn):
    """Thinks as the message says."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.go_on = asyncio.Event()
        self.thought = self._think

    async def _think(self, turn: Turn, incoming: Incoming) -> Outcome:
        words = incoming.text
        if words.startswith(f"@{self.name}"):
            await asyncio.Event().wait()
        if words == "wait":
            await self.go_on.wait()
            self.go_on.clear()
        if words == "broken":
            raise RuntimeError("a bug")
        wish = Handoff("asked") if words == "person" else None
        return Outcome((Reply(f"{turn.sender_id.rpartition(':')[2]}:{words}"),), handoff=wish)


def rooms_that_are_quick(settings: Settings) -> None:
    """Load what every process needs, once."""
    source = IndexSource(settings.data_dir, LetterEncoder())
    knowledge_base = KnowledgeBase(source, lambda: TODAY, source.current())
    KnowledgeBase.open = lambda _: knowledge_base  # type: ignore[method-assign, assignment]
    catalogue = open_catalogue(settings, LetterEncoder())
    CatalogueShelf.open = partial(shelf_of, catalogue)  # type: ignore[method-assign, assignment]


def application(name: str, settings: Settings) -> FastAPI:
    """The gateway, and a door to its stand-in."""
    brain = Told(name)
    app = create_app(settings, brain)

    @app.post("/stand-in/go-on")
    async def go_on() -> None:
        brain.go_on.set()

    return app


def serve(name: str, settings: Settings, parent: int) -> None:
    """Be one process, until killed."""
    tether.end_with_parent(parent, signal.SIGKILL)
    log = os.open(settings.data_dir / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(0)
    configure_logging(settings)
    uvicorn.run(
        application(name, settings), host=settings.host, port=settings.port, log_config=None,
        access_log=False, ws_max_size=65_536,
    )  # fmt: skip


def main() -> None:
    """Fork until the input ends."""
    rooms_that_are_quick(Settings())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    parent = os.getpid()
    for line in sys.stdin:
        name, port = line.split()
        child = os.fork()
        if child == 0:
            serve(name, Settings(port=int(port)), parent)
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
