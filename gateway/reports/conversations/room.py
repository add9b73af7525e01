"""All reports on conversations, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from gateway.answers.shelf import Base
from gateway.answers.unanswered import Gathering
from gateway.quality.standard import standard
from gateway.reports.conversations.answering import AnswerQuality, Unanswered
from gateway.reports.conversations.became import ConversationCases
from gateway.reports.conversations.courtesy import Grades
from gateway.reports.conversations.framing import GroupedReport, Rules
from gateway.reports.conversations.people import Satisfaction, Serving
from gateway.reports.conversations.sides import BotAndPeople
from gateway.reports.conversations.volumes import Conversations
from gateway.reports.conversations.waiting import Escalations, Waiting
from gateway.settings import Settings

NAMES: Final = (
    "conversations", "bot-and-people", "waiting", "handling", "escalations", "conversation-cases",
    "satisfaction", "grades", "answer-quality", "unanswered",
)  # fmt: skip
"""What they are called, in that order."""


def conversation_reports(
    settings: Settings, base: Callable[[], Base], gathering: Gathering
) -> tuple[GroupedReport, ...]:
    """The reports; `base` gives the entries as they lie on disk."""
    rules = Rules(
        ZoneInfo(settings.timezone), settings.service_level_seconds, settings.lines_full_share
    )  # fmt: skip
    return (
        Conversations(rules), BotAndPeople(rules), Waiting(rules), Serving(rules), Escalations(rules),
        ConversationCases(rules), Satisfaction(rules), Grades(rules, standard()), AnswerQuality(rules, base),
        Unanswered(rules, gathering),
    )  # fmt: skip
