"""How many conversations, messages and questions there were, and what the bot settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from gateway.reports.conversations import reading
from gateway.reports.conversations.framing import Question, Rules, question
from gateway.reports.conversations.periods import By, Key
from gateway.reports.conversations.rules import Outcome, contained_share
from gateway.reports.tables import Pair, Reader, Table, Value

FIGURES: Final = (
    "conversations", "unused", "messages", "questions", "contained", "contained_share", "person",
    "not_answered", "down_after", "again", "pending", "cases",
)  # fmt: skip


@dataclass
class Volume:
    """The figures of one row."""

    conversations: int = 0
    unused: int = 0
    messages: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    cases: int = 0

    @property
    def cells(self) -> tuple[Value, ...]:
        """In the order of FIGURES."""
        of = self.outcomes
        return (
            self.conversations, self.unused, self.messages, of.total(), of[Outcome.CONTAINED],
            contained_share(of), of[Outcome.PERSON], of[Outcome.UNANSWERED], of[Outcome.DOWN],
            of[Outcome.AGAIN], of[Outcome.PENDING], self.cases,
        )  # fmt: skip

    def add(self, other: Volume) -> None:
        """Count the other's figures too."""
        self.conversations += other.conversations
        self.unused += other.unused
        self.messages += other.messages
        self.outcomes += other.outcomes
        self.cases += other.cases


class Conversations:
    """Volumes by time or channel."""

    name = "conversations"
    title: Pair = ("對話量與自行解答", "Conversations and what the bot settled")
    groups = (By.DAY, By.WEEK, By.MONTH, By.HOUR, By.WEEKDAY, By.CHANNEL)
    of_channels = True

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each stretch of time or channel."""
        wanted = question(
            self.name, self.title, self.groups, session, asked, reader, now, self._rules
        )  # fmt: skip
        volumes = volumes_of(session, wanted)
        whole = Volume()
        for one in volumes.values():
            whole.add(one)
        rows = wanted.rows(volumes, lambda one: one.cells)
        return wanted.table(FIGURES, rows, wanted.total(whole.cells))


def volumes_of(session: Session, wanted: Question) -> dict[Key, Volume]:
    """What was counted, by the row it belongs to."""
    period, channel = wanted.period, wanted.channel
    found = {key: Volume() for key in period.keys(wanted.by)}

    def of(counted: reading.Counted) -> Volume:
        key = wanted.key_of_hour(counted.hour, counted.channel)
        return found[key] if key in found else found.setdefault(key, Volume())

    for begun in reading.begun(session, period, channel):
        of(begun).conversations += begun.count - begun.unused
        of(begun).unused += begun.unused
    for said in reading.said(session, period, channel, apart=wanted.by is By.CHANNEL):
        of(said).messages += said.count
    for asked in reading.asked(session, period, wanted.now, channel):
        of(asked).outcomes[asked.outcome] += asked.count
    for filed in reading.filed(session, period, channel, wanted.reader.units):
        of(filed).cases += filed.count
    return found
