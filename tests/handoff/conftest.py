"""Handoffs on a real, migrated database of both kinds."""

from __future__ import annotations

import pytest

from gateway.database import Database
from gateway.handoff.rules import Presence
from gateway.handoff.service import Handoffs
from gateway.handoff.views import Person
from gateway.settings import Settings
from tests.conversations.conftest import cases, conversations, database, settings

__all__ = ["cases", "conversations", "database", "settings"]

MEI = Person("mei", "林小美")
HUA = Person("hua", "陳阿華")
BOSS = Person("boss", "王督導", oversees=True)


@pytest.fixture
def handoffs(database: Database, settings: Settings) -> Handoffs:
    """The room, with two operators and a supervisor at their desks."""
    room = Handoffs(database, settings)
    for who in (MEI, HUA, BOSS):
        room.be(who, Presence.AVAILABLE)
    return room
