"""Cases that came of conversations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from gateway.cases.rules import Kind
from gateway.reports.conversations import reading
from gateway.reports.conversations.framing import Rules, question
from gateway.reports.conversations.periods import By, Key
from gateway.reports.tables import Pair, Reader, Table, Value

FIGURES: Final = ("cases", "by_bot", "by_people")
KINDS: Final[Mapping[Key, Pair]] = {
    Kind.DISPATCH.value: ("派工", "Dispatch"), Kind.PETITION.value: ("陳情", "Petition"),
    Kind.PUBLIC_WORKS_REPORT.value: ("全民督工", "Public works report"),
    Kind.INQUIRY.value: ("諮詢", "Inquiry"),
}  # fmt: skip


@dataclass
class Became:
    """The figures of one row."""

    by_bot: int = 0
    by_people: int = 0

    def note(self, one: reading.Filed) -> None:
        """Count cases of one kind."""
        self.by_bot += one.count if one.by_bot else 0
        self.by_people += 0 if one.by_bot else one.count

    @property
    def cells(self) -> tuple[Value, ...]:
        """In the order of FIGURES."""
        return self.by_bot + self.by_people, self.by_bot, self.by_people


class ConversationCases:
    """Cases by time, channel or kind."""

    name = "conversation-cases"
    title: Pair = ("由對話產生的案件", "Cases that came of conversations")
    groups = (By.DAY, By.WEEK, By.MONTH, By.HOUR, By.WEEKDAY, By.CHANNEL, By.KIND)
    of_channels = True

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each stretch of time, channel or kind."""
        wanted = question(
            self.name, self.title, self.groups, session, asked, reader, now, self._rules, KINDS
        )  # fmt: skip
        keys = list(KINDS) if wanted.by is By.KIND else wanted.period.keys(wanted.by)
        found = {key: Became() for key in keys}
        whole = Became()
        for one in reading.filed(session, wanted.period, wanted.channel, reader.units):
            key = one.kind if wanted.by is By.KIND else wanted.key_of_hour(one.hour, one.channel)
            for row in (found.setdefault(key, Became()), whole):
                row.note(one)
        rows = wanted.rows(found, lambda row: row.cells)
        return wanted.table(FIGURES, rows, wanted.total(whole.cells))
