"""The bot beside people: how much, how fast, how content, how much is settled."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from gateway.answers.votes import standings
from gateway.handoff.stays import stays_between
from gateway.reports.conversations import reading, serving
from gateway.reports.conversations.framing import Question, Rules, question
from gateway.reports.conversations.people import content_share
from gateway.reports.conversations.periods import By, Key
from gateway.reports.conversations.rules import (
    AGAIN_WITHIN,
    Outcome,
    contained_share,
    nearest_rank,
    settled_by_person,
    share,
)
from gateway.reports.tables import Pair, Reader, Table, Value

FIGURES: Final = (
    "volume", "first_median", "first_p90", "judged_by", "satisfied_share", "known", "settled_share"
)  # fmt: skip
BOT, PEOPLE = "bot", "people"
SIDES: Final[Mapping[Key, Pair]] = {BOT: ("機器人", "Bot"), PEOPLE: ("真人", "People")}


class BotAndPeople:
    """Two rows that can be laid beside each other."""

    name = "bot-and-people"
    title: Pair = ("機器人與真人對照", "The bot beside people")
    groups = (By.SIDE,)
    of_channels = False

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """One row for the bot, one for people."""
        asked = {**asked, "channel": ""}
        wanted = question(
            self.name, self.title, self.groups, session, asked, reader, now, self._rules, SIDES
        )  # fmt: skip
        sides: dict[Key, tuple[Value, ...]] = {BOT: _bot(session, wanted), PEOPLE: _people(session, wanted)}
        return wanted.table(FIGURES, wanted.rows(sides, lambda cells: cells), None)


def _bot(session: Session, wanted: Question) -> tuple[Value, ...]:
    outcomes: Counter[Outcome] = Counter()
    for one in reading.asked(session, wanted.period, wanted.now):
        outcomes[one.outcome] += one.count
    votes = standings(session, wanted.period.start, wanted.period.end)
    up, down = sum(one.up for one in votes), sum(one.down for one in votes)
    middle, most = serving.bot_answer_seconds(session, wanted.period)
    known = outcomes.total() - outcomes[Outcome.PENDING]
    return (
        outcomes.total(), middle, most, up + down, share(up, up + down), known, contained_share(outcomes)
    )  # fmt: skip


def _people(session: Session, wanted: Question) -> tuple[Value, ...]:
    period = wanted.period
    ended = serving.served(session, period)
    firsts = [one.answer_seconds for one in ended if one.answer_seconds is not None]
    results = [one.result for one in serving.rated(session, period)]
    came: dict[str, list[datetime]] = defaultdict(list)
    for stay in stays_between(session, period.start, period.end + AGAIN_WITHIN):
        came[stay.citizen].append(stay.since)
    judged = [
        settled_by_person(one.ending, one.ended_at, came.get(one.citizen, ()), wanted.now) for one in ended
    ]
    known = [one for one in judged if one is not None]
    return (
        len(ended), statistics.median(firsts) if firsts else None, nearest_rank(firsts, 0.9), len(results),
        content_share(results), len(known), share(sum(known), len(known)),
    )  # fmt: skip
