"""What people asked the knowledge base, counted by day and by the entry that came nearest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.answers.reading import cards
from gateway.answers.service import AnswerDesk
from gateway.conversations.models import AskedQuestion
from gateway.reports.learning.daily import DailyCount, midnight


def daily_topics(session: Session, zone: ZoneInfo, first: date, last: date) -> Iterator[DailyCount]:
    """Questions from `first` to `last` by entry: the answer that was given, else the nearest one."""
    query = select(AskedQuestion.at, AskedQuestion.entry).where(
        AskedQuestion.at >= midnight(first, zone),
        AskedQuestion.at < midnight(last + timedelta(days=1), zone),
        AskedQuestion.entry.is_not(None),
    )
    found = Counter((at.astimezone(zone).date(), entry) for at, entry in session.execute(query))
    for (day, entry), number in found.items():
        yield day, (entry,), number


def entry_questions(answers: AnswerDesk, zone: ZoneInfo) -> Mapping[str, str]:
    """The question of each entry as the desk has it, by the entry's id."""
    today = answers.clock().astimezone(zone).date()
    with answers.database.read() as session:
        return {one.id: one.content.question for one in cards(session, answers.shelf.base(), today)}
