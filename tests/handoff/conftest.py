"""Handoffs on a real, migrated database of both kinds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from gateway.database import Database
from gateway.handoff.rules import Presence
from gateway.handoff.service import Handoffs
from gateway.handoff.views import Person
from gateway.identity.models import Account
from gateway.settings import Settings
from tests.conversations.conftest import cases, conversations, database, settings

__all__ = ["cases", "conversations", "database", "settings"]

MEI = Person("mei", "林小美")
HUA = Person("hua", "陳阿華")
BOSS = Person("boss", "王督導", oversees=True)


class Clock:
    """Stands until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture
def clock() -> Clock:
    """The clock of `handoffs`."""
    return Clock()


def hire(database: Database, who: Person, units: Sequence[str] = ()) -> None:
    """An account for this person."""
    now = datetime.now(UTC)
    with database.write() as session:
        session.add(
            Account(
                username=who.username, display_name=who.display_name, password_hash="none", roles=[],
                units=list(units), language="zh-TW", disabled_at=None, must_change_password=False,
                totp_secret=None, totp_confirmed_at=None, totp_last_step=None, created_at=now,
                last_login_at=None,
            )
        )  # fmt: skip


@pytest.fixture
def handoffs(database: Database, settings: Settings, clock: Clock) -> Handoffs:
    """The room, with two operators and a supervisor at their desks."""
    room = Handoffs(database, settings, clock)
    for who in (MEI, HUA, BOSS):
        hire(database, who)
    for who in (MEI, HUA, BOSS):
        room.be(who, Presence.AVAILABLE)
    return room
