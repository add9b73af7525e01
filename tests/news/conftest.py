"""The news room on real databases, with a clock that a test moves by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.rules import StaffRole
from gateway.identity.views import Actor
from gateway.news.drafts import Draft
from gateway.news.links import Links
from gateway.news.models import NewsCampaign
from gateway.news.rules import WHOLE_CITY, State, Topic
from gateway.news.segments import Counts, counts
from gateway.news.sending import NewsSending
from gateway.news.service import NewsDesk
from gateway.news.subscriptions import Subscriptions, subscribe
from gateway.outbox.service import Outbox
from gateway.outbox.worker import OutboxWorker
from gateway.places.service import Places
from gateway.settings import Settings
from tests.both_databases import both, database
from tests.outbox.carriers import Recorder

__all__ = ["both", "database"]

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Ten in the morning in Kaohsiung."""
MEI = Actor("mei", StaffRole.EDITOR.value)
BOSS = Actor("boss", StaffRole.SUPERVISOR.value)
SANMIN, ZUOYING = "64000050", "64000030"
KEY = b"only for tests"
ALL = [topic.value for topic in Topic]
DRAFT = Draft(
    title_zh="中山路封閉", text_zh="週六上午中山路封閉，請改道。", title_en="", text_en="", topic="traffic",
    areas=WHOLE_CITY, transports=["email", "line"], languages=["zh-TW", "en"], link="", urgent=False,
    per_minute=None, send_at=None, valid_until=None,
)  # fmt: skip


@dataclass
class Newsroom:
    """Every part of the room on one database."""

    database: Database
    clock: list[datetime] = field(default_factory=lambda: [NOW])
    settings: Settings = field(
        default_factory=lambda: Settings(
            secret_key="only for tests", public_url="https://1999.example", news_per_minute=600
        )
    )

    def __post_init__(self) -> None:
        trail = AuditTrail(KEY)
        now = self.now
        self.outbox = Outbox()
        self.desk = NewsDesk(self.database, trail, self.settings, now)
        self.sending = NewsSending(self.database, trail, self.settings, now)
        self.links = Links(KEY)
        codes = [district.code for district in Places.load().districts]
        self.subscriptions = Subscriptions(self.outbox, self.links, codes, now)

    def now(self) -> datetime:
        return self.clock[0]

    def take_in(
        self, people: Iterable[str], *, transport: str = "email", topics: Iterable[str] = ALL,
        districts: Iterable[str] = (), language: str = "zh-TW",
    ) -> None:  # fmt: skip
        """Let these recipients subscribe."""
        with self.database.write() as session:
            for one in people:
                subscribe(session, transport, one, topics, districts, language, self.now())

    def write(self, **changes: object) -> int:
        """A draft by Mei; its number."""
        return self.desk.create(replace(DRAFT, **changes), MEI)  # type: ignore[arg-type]

    def approved(self, **changes: object) -> int:
        """News that Mei wrote and the boss approved."""
        news_id = self.write(**changes)
        self.desk.hand_in(news_id, self.news(news_id).revision, MEI)
        self.desk.approve(news_id, self.news(news_id).revision, BOSS)
        return news_id

    def news(self, news_id: int) -> NewsCampaign:
        with self.database.read() as session:
            return session.get_one(NewsCampaign, news_id)

    def state(self, news_id: int) -> State:
        return State(self.news(news_id).state)

    def counts(self, news_id: int) -> Counts:
        with self.database.read() as session:
            return counts(session, news_id)

    def worker(self, **carriers: Recorder) -> OutboxWorker:
        return OutboxWorker(self.database, carriers, clock=self.now, look_seconds=3600)

    def deliver(self, **carriers: Recorder) -> int:
        """Deliver what may go at this moment."""
        return asyncio.run(self.worker(**carriers).deliver_due())


@pytest.fixture
def newsroom(database: Database) -> Newsroom:
    """On SQLite."""
    return Newsroom(database)


@pytest.fixture
def both_newsrooms(both: Database) -> Newsroom:
    """On SQLite, and on PostgreSQL."""
    return Newsroom(both)


def addresses(count: int, begin: int = 0) -> list[str]:
    """So many e-mail addresses."""
    return [f"citizen{number}@example.org" for number in range(begin, begin + count)]
