"""The gateway in this process: real rooms over a small, quick encoder, with a stand-in for Rasa."""

from __future__ import annotations

import inspect
import shutil
import uuid
import zlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import structlog
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.app import create_app
from gateway.audit.service import AuditTrail
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_shelf import CatalogueShelf
from gateway.cases.catalogue_store import CatalogueStore
from gateway.cases.guessing import open_catalogue
from gateway.conversations.incoming import Incoming
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Reply
from gateway.conversations.service import Turn
from gateway.conversations.turn import BrainUnavailable
from gateway.database import Database, migrate
from gateway.identity.passwords import Passwords
from gateway.settings import Settings
from knowledge_base.encoder import Vectors
from knowledge_base.index import IndexSource
from knowledge_base.service import KnowledgeBase

TODAY = date(2026, 11, 22)
CITIZEN = "198.51.100.7"
NO_LIMIT = "100000/minute"


class LetterEncoder:
    """Counts pairs of letters: good enough to find a question that is asked in its own words."""

    name = "pairs-of-letters"
    dimension = 64

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.full((len(texts), self.dimension), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for pair in pairwise(text):
                row[zlib.crc32("".join(pair).encode("utf-8", "replace")) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class StandIn:
    """Thinks what a test tells it to; by default it repeats what it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[Turn, Incoming]] = []
        self.thought: Callable[[Turn, Incoming], Outcome | Awaitable[Outcome]] = self._echo
        self.up = True

    async def think(self, turn: Turn, incoming: Incoming) -> Outcome:
        self.heard.append((turn, incoming))
        if not self.up:
            raise BrainUnavailable("down")
        outcome = self.thought(turn, incoming)
        return await outcome if inspect.isawaitable(outcome) else outcome

    async def healthy(self) -> bool:
        return self.up

    @staticmethod
    def _echo(_turn: Turn, incoming: Incoming) -> Outcome:
        return Outcome((Reply(f"聽到了：{incoming.text}"),))


@dataclass
class Conversation:
    """A conversation opened over HTTP, as a program at the other end sees it."""

    client: httpx.Client
    id: str
    token: str

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}/messages"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, content: Any) -> httpx.Response:
        """Send a body as it is."""
        return self.client.post(self.path, json=content, headers=self.headers)

    def send(self, **content: Any) -> httpx.Response:
        """Send a message with a `client_id` of its own."""
        return self.post({"client_id": str(uuid.uuid4()), **content})

    def say(self, text: str) -> list[dict[str, Any]]:
        """Say something that is answered; the replies."""
        sent = self.send(text=text)
        assert sent.status_code == 201, sent.text
        replies: list[dict[str, Any]] = sent.json()["replies"]
        return replies

    def read(self, after: int = 0) -> dict[str, Any]:
        """The transcript."""
        response = self.client.get(self.path, params={"after": after}, headers=self.headers)
        assert response.status_code == 200, response.text
        transcript: dict[str, Any] = response.json()
        return transcript

    def texts(self) -> list[str]:
        """What was said, in order."""
        return [message["text"] for message in self.read()["messages"]]

    def socket_path(self, after: int = 0) -> str:
        """Where this conversation's WebSocket is."""
        return f"/api/v1/conversations/{self.id}/ws?token={self.token}&after={after}"


@dataclass
class Gateway:
    """A gateway in this process and a client at its door."""

    app: FastAPI
    client: TestClient
    brain: StandIn

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    def open(self, language: str = "zh-TW") -> Conversation:
        """A new conversation."""
        opened = self.client.post("/api/v1/conversations", json={"language": language})
        assert opened.status_code == 201, opened.text
        return Conversation(self.client, opened.json()["id"], opened.json()["token"])


@pytest.fixture(scope="session")
def knowledge_base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """The shipped FAQ."""
    source = IndexSource(tmp_path_factory.mktemp("knowledge"), LetterEncoder())
    return KnowledgeBase(source, lambda: TODAY, source.current())


@pytest.fixture(scope="session")
def guessing_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The shipped catalogue, able to guess."""
    return open_catalogue(Settings(data_dir=tmp_path_factory.mktemp("items")), LetterEncoder())


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("empty"))
    database = Database(settings.database)
    migrate.upgrade(database)
    database.close()
    return settings.data_dir / "wanshitong.db"


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> Iterator[None]:
    """Tracebacks in the log as plain text: drawing them with all their variables takes seconds."""
    processors = structlog.get_config()["processors"][:-1]
    plain = [structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    structlog.configure(processors=[*processors, *plain])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def cheap_hashes() -> Passwords:
    """Real hashes of little worth."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


def shelf_of(catalogue: Catalogue, database: Database, settings: Settings) -> CatalogueShelf:
    """A shelf on the database whose versions are ranked by the one index of the shipped items."""
    ranked = catalogue.guesser
    assert ranked is not None
    store = CatalogueStore(AuditTrail(settings.signing_key()))
    return CatalogueShelf(database, store, lambda _: ranked).begun()


@pytest.fixture
def make_app(
    knowledge_base: KnowledgeBase,
    guessing_catalogue: Catalogue,
    empty_database: Path,
    cheap_hashes: Passwords,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., FastAPI]:
    """Makes applications on one database of this test; keyword arguments are settings."""
    monkeypatch.setattr(KnowledgeBase, "open", lambda _: knowledge_base)
    monkeypatch.setattr(CatalogueShelf, "open", partial(shelf_of, guessing_catalogue))
    # Hundreds of tests sign in, and none here is about the cost of a hash.
    monkeypatch.setattr("gateway.identity.room.passwords", lambda: cheap_hashes)
    shutil.copyfile(empty_database, tmp_path / "wanshitong.db")

    def make(brain: StandIn | None, **changes: Any) -> FastAPI:
        limits = (
            "conversation", "address_messages", "address_conversations", "case_lookup", "address_uploads",
            "filing", "open311",
        )  # fmt: skip
        settings = {
            "data_dir": tmp_path, "secret_key": "only for tests", "quiet_hours": "off",
            **{f"rate_{name}": NO_LIMIT for name in limits}, **changes,
        }  # fmt: skip
        return create_app(Settings(**settings), brain)

    return make


@pytest.fixture
def start(make_app: Callable[..., FastAPI]) -> Iterator[Callable[..., Gateway]]:
    """Starts gateways on this test's database; stopped when the test ends."""
    with ExitStack() as running:

        def begin(brain: StandIn | None = None, **changes: Any) -> Gateway:
            brain = brain or StandIn()
            app = make_app(brain, **changes)
            client = TestClient(app, raise_server_exceptions=False, client=(CITIZEN, 50_000))
            return Gateway(app, running.enter_context(client), brain)

        yield begin


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    """A running gateway without rate limits."""
    return start()
