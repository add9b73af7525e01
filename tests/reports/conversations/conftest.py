"""Reports on conversations, on a real, migrated database of both kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.answers.shelf import Base
from gateway.answers.unanswered import Gathering
from gateway.reports.conversations.room import conversation_reports
from gateway.reports.shelf import ReportShelf
from gateway.reports.tables import Reader
from gateway.settings import Settings
from knowledge_base.service import KnowledgeBase
from tests.handoff.conftest import cases, clock, conversations, database, handoffs, settings
from tests.handoff.test_call_backs import call_backs

__all__ = ["call_backs", "cases", "clock", "conversations", "database", "handoffs", "settings"]
TAIPEI = ZoneInfo("Asia/Taipei")
ALL = Reader("wang", "王研考", None)
OF_A_UNIT = Reader("lin", "林督導", frozenset({"養工處"}))


@pytest.fixture
def shelf(settings: Settings, knowledge_base: KnowledgeBase) -> ReportShelf:
    """All reports on conversations."""
    return ReportShelf(*conversation_reports(settings, Base, Gathering(knowledge_base)))


def days(first: object, last: object, **more: str) -> Mapping[str, Any]:
    """What an address asks for."""
    return {"from": str(first), "to": str(last), **more}
