"""What one case adds to the ledger, worked out of its whole story each time. Pure.

Working it out anew and entering the difference means that no act can be forgotten: what is not in the
history of the case is not counted, and what is there counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.cases.closures import HALVES_A_DAY
from gateway.cases.deadlines import Office, Verdict, verdict
from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.rules import CLOSED, Act, Role, Stage, Status
from gateway.reports.cases.figures import (
    ANSWERED,
    CLOSINGS,
    LATE,
    ON_TIME,
    OPEN,
    STOPPED,
    UNKNOWN_TIME,
    UNTIMED,
    Figure,
)
from gateway.reports.cases.story import Clock, Happening, Story

HandlingTime = Callable[[datetime, datetime], int]
"""Half working days from one instant to another, at least 1; UNKNOWN_TIME outside the office calendar."""
_STAFF = frozenset({Role.OPERATOR, Role.DISPATCHER, Role.HANDLER, Role.SUPERVISOR})
_CLOSED = frozenset(status.value for status in CLOSED)
_STOPPING = frozenset({Act.MERGE, Act.CONVERT, Act.WITHDRAW})
_DUE = {Stage.INSPECTION: Figure.DUE_INSPECTION, Stage.COMPLETION: Figure.DUE_COMPLETION}


@dataclass(frozen=True)
class Fact:
    """One thing that is counted. `person` is who of the staff did it, empty for nobody in particular."""

    figure: Figure
    at: datetime
    unit: str
    value: int = 0
    person: str = ""


def statement(story: Story, handling_time: HandlingTime) -> Counter[Fact]:
    """Everything there is to count of a case."""
    telling = _Telling(story, handling_time)
    for event in story.events:
        telling.hear(event)
    telling.judge_clocks()
    for wish in story.wishes:
        figure = Figure.EXTENDED if wish.approved else Figure.EXTENSION_REFUSED
        telling.count(figure, wish.at, wish.unit, person=wish.by)
    for score, at in story.ratings:
        telling.count(Figure.RATED, at, telling.owner_at(at), score)
    return telling.facts


class _Telling:
    """A story as it is heard, event by event: who leads, whether the case is open, when it was handled."""

    def __init__(self, story: Story, handling_time: HandlingTime) -> None:
        self.facts: Counter[Fact] = Counter()
        self._story = story
        self._handling_time = handling_time
        owners = (event.after.get("owner_unit") for event in story.events)
        self._owner: str = next((owner for owner in owners if owner), story.owner)
        self._owned: list[tuple[datetime, str]] = []
        self._round_began = story.received_at
        self._handled_at: datetime | None = None
        self._open = True
        first = story.events[0] if story.events else None
        staff = first is not None and first.role in _STAFF
        self.count(
            Figure.RECEIVED, story.received_at, self._owner, person=first.actor if first and staff else ""
        )

    def count(self, figure: Figure, at: datetime, unit: str, value: int = 0, person: str = "") -> None:
        """One more of it."""
        self.facts[Fact(figure, at, unit, value, person)] += 1

    def owner_at(self, at: datetime) -> str:
        """The unit that led at an instant."""
        led = [owner for since, owner in self._owned if since <= at]
        return led[-1] if led else self._owner

    def hear(self, event: Happening) -> None:
        """Count what one event is."""
        was_open = self._open
        self._open = event.after.get("status", "") not in _CLOSED
        self._pass_on(event)
        if event.act == Act.HANDLE:
            self._handled_at = event.at
        if was_open and not self._open:
            self._close(event)
        elif self._open and not was_open:
            self._open_again(event)
        if event.act == Act.REASSIGN:
            self.count(Figure.REASSIGNED, event.at, event.before.get("unit", self._owner), person=event.actor)
        elif event.act == Act.RETURN:
            unit = event.after.get("returned_by", self._owner)
            self.count(Figure.RETURNED, event.at, unit, person=event.actor)

    def _pass_on(self, event: Happening) -> None:
        owner = event.after.get("owner_unit") or self._owner
        if owner != self._owner:
            self.count(Figure.MOVED_OUT, event.at, self._owner, person=event.actor)
            self.count(Figure.MOVED_IN, event.at, owner, person=event.actor)
            self._owner = owner
        self._owned.append((event.at, owner))

    def _close(self, event: Happening) -> None:
        figure = CLOSINGS[Status(event.after["status"])]
        if figure not in ANSWERED:
            self.count(figure, event.at, self._owner, person=event.actor)
            return
        clock = self._completion()
        done = self._handled_at if figure is Figure.FINISHED and self._handled_at else event.at
        handler = clock.handler if clock else ""
        days = self._handling_time(self._round_began, done)
        self.count(figure, event.at, self._owner, days, handler)
        judged = UNTIMED if clock is None or clock.met_at is None else _met(clock, clock.met_at)
        self.count(Figure.VERDICT, event.at, self._owner, judged, handler)

    def _open_again(self, event: Happening) -> None:
        if event.act == Act.REOPEN:
            self._round_began, self._handled_at = event.at, None
        figure = Figure.REOPENED if event.act == Act.REOPEN else Figure.UNMERGED
        self.count(figure, event.at, self._owner, person=event.actor)

    def _completion(self) -> Clock | None:
        """The clock by which the leading unit is judged: it runs from the receipt or from the reopening;
        those of further units run from when they joined."""
        of_round = (
            clock
            for clock in self._story.clocks
            if clock.stage == Stage.COMPLETION and clock.start_at in {None, self._round_began}
        )
        return next(of_round, None)

    def judge_clocks(self) -> None:
        """Each clock of the law on the day it was due. One that was taken away unmet is no duty any more."""
        stopped = {event.at for event in self._story.events if event.act in _STOPPING}
        for clock in self._story.clocks:
            figure = _DUE.get(Stage(clock.stage))
            if figure is None or (clock.met_at is None and not clock.current):
                continue
            if clock.met_at is None:
                judged: int = OPEN
            else:
                judged = STOPPED if clock.met_at in stopped else _met(clock, clock.met_at)
            self.count(figure, clock.due_at, clock.unit, judged, clock.handler)


def _met(clock: Clock, met_at: datetime) -> int:
    return ON_TIME if verdict(clock.due_at, met_at, met_at) is Verdict.ON_TIME else LATE


def handling_time(start: datetime, end: datetime, office: Office) -> int:
    """Half working days from the day of `start` to that of `end`: 1 on the same day, else two for every
    working day after the first up to the last; UNKNOWN_TIME where the calendar does not reach.

    文書處理手冊 §79: the day after the receipt is day 1; what is closed on its day took half a day.
    """
    first, last = (at.astimezone(office.zone).date() for at in (start, end))
    try:
        halves = office.calendar.rank(last, HALVES_A_DAY) - office.calendar.rank(first, HALVES_A_DAY)
    except DateOutOfCalendar:
        return UNKNOWN_TIME
    return max(halves, 1)
