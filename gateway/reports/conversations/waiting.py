"""Who waited for a person: how long, why, and how many went away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from gateway.conversations.rules import Owner
from gateway.handoff.counts import full_at
from gateway.handoff.figures import REASONS, Count, Stay, count_stay, reason_name
from gateway.handoff.stays import put_back_or_stepped_in, stays_between
from gateway.reports.conversations import reading
from gateway.reports.conversations.definitions import definitions
from gateway.reports.conversations.framing import Question, Rules, question
from gateway.reports.conversations.periods import By, Key
from gateway.reports.conversations.rules import in_time, judged, nearest_rank, share
from gateway.reports.tables import Pair, Reader, Table, Value

FIGURES: Final = (
    "entered", "taken", "in_time", "service_level", "wait_median", "wait_p90", "wait_p95", "wait_longest",
    "abandoned", "abandoned_share", "silent", "instead", "waiting", "overflow",
)  # fmt: skip
ESCALATIONS: Final = ("entered", *REASONS, "stepped_in", "returned", "calls_asked")


@dataclass
class Wait:
    """The figures of one row; what the queue figures count is counted by them."""

    count: Count
    judged: int = 0
    in_time: int = 0

    def add(self, other: Wait) -> None:
        """Count the other's figures too."""
        self.count.add(other.count)
        self.judged += other.judged
        self.in_time += other.in_time

    @property
    def cells(self) -> tuple[Value, ...]:
        """In the order of FIGURES."""
        one = self.count
        return (
            one.entered, one.taken, self.in_time, share(self.in_time, self.judged), one.median_wait,
            _whole(nearest_rank(one.waits, 0.9)), _whole(nearest_rank(one.waits, 0.95)), one.longest_wait,
            one.abandoned, share(one.abandoned, one.entered - one.waiting), one.silent, one.instead,
            one.waiting, one.overflow,
        )  # fmt: skip


class Waiting:
    """Stays in the queue by time, channel, reason, or who took them."""

    name = "waiting"
    title: Pair = ("等候與服務水準", "Waiting and service level")
    groups = (
        By.DAY, By.WEEK, By.MONTH, By.HOUR, By.WEEKDAY, By.CHANNEL, By.REASON, By.OPERATOR,
    )  # fmt: skip
    of_channels = True

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each stretch of time, channel, reason or operator."""
        names = _reasons() if asked.get("by") == By.REASON else None
        wanted = question(
            self.name, self.title, self.groups, session, asked, reader, now, self._rules, names
        )  # fmt: skip
        waits = _waits(session, wanted)
        whole = Wait(Count(now))
        for one in waits.values():
            whole.add(one)
        if wanted.by is By.OPERATOR:
            waits = wanted.sorted_names(waits)
        rows = wanted.rows(waits, lambda one: one.cells)
        return wanted.table(FIGURES, rows, wanted.total(whole.cells))


@dataclass
class Escalated:
    """How many came to people in one row, and why."""

    entered: int = 0
    why: Counter[str] = field(default_factory=Counter)

    @property
    def cells(self) -> tuple[Value, ...]:
        """In the order of ESCALATIONS."""
        return (self.entered, *(self.why[name] for name in ESCALATIONS[1:]))


class Escalations:
    """Why citizens came to people, by time or channel."""

    name = "escalations"
    title: Pair = ("轉真人的原因", "Why citizens came to people")
    groups = (By.DAY, By.WEEK, By.MONTH, By.HOUR, By.WEEKDAY, By.CHANNEL)
    of_channels = True

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each stretch of time or channel, a column for each reason."""
        wanted = question(
            self.name, self.title, self.groups, session, asked, reader, now, self._rules
        )  # fmt: skip
        found = {key: Escalated() for key in wanted.period.keys(wanted.by)}
        whole = Escalated()

        def note(key: Key, why: str, count: int = 1) -> None:
            for one in (found.setdefault(key, Escalated()), whole):
                one.why[why] += count
                one.entered += why in REASONS

        for stay in _stays(session, wanted):
            note(wanted.key(stay.since, stay.channel), reason_name(stay.reason))
        for at, to, channel in put_back_or_stepped_in(session, wanted.period.start, wanted.period.end):
            if wanted.channel in {"", channel}:
                why = "returned" if to == Owner.QUEUE else "stepped_in"
                note(wanted.key(at, channel), why)
        for call in reading.calls(session, wanted.period, wanted.channel):
            note(wanted.key_of_hour(call.hour, call.channel), "calls_asked", call.count)
        rows = wanted.rows(found, lambda one: one.cells)
        return wanted.table(ESCALATIONS, rows, wanted.total(whole.cells))


def _waits(session: Session, wanted: Question) -> dict[Key, Wait]:
    keys: Sequence[Key] = REASONS if wanted.by is By.REASON else wanted.period.keys(wanted.by)
    found = {key: Wait(Count(wanted.now)) for key in keys}
    period, threshold = wanted.period, timedelta(seconds=wanted.rules.service_level_seconds)
    full = full_at(session, period.start, period.end, wanted.rules.lines_full_share)
    for stay in _stays(session, wanted):
        key = _key_of_stay(wanted, stay)
        one = found[key] if key in found else found.setdefault(key, Wait(Count(wanted.now)))
        count_stay(one.count, stay, full)
        one.judged += judged(stay, threshold, wanted.now)
        one.in_time += in_time(stay, threshold)
    return found


def _stays(session: Session, wanted: Question) -> list[Stay]:
    stays = stays_between(session, wanted.period.start, wanted.period.end)
    return [stay for stay in stays if wanted.channel in {"", stay.channel}]


def _key_of_stay(wanted: Question, stay: Stay) -> Key:
    if wanted.by is By.REASON:
        return reason_name(stay.reason)
    return wanted.key(stay.since, stay.channel, stay.by if stay.taken else "")


def _reasons() -> dict[Key, Pair]:
    return {name: definitions()[name].column.pair for name in REASONS}


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
