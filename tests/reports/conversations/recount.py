"""Every figure of the reports on conversations once more: slowly and obviously, over all rows there are."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.conversations.models import (
    AnswerFeedback,
    AskedQuestion,
    Conversation,
    ConversationEvent,
    Message,
)
from gateway.handoff.figures import Stay, reason_name
from gateway.handoff.models import CallBack, Handling, ServiceRating
from tests.handoff.slow import all_changes, stays
from tests.reports.conversations.conftest import TAIPEI

Cells = tuple[Any, ...]
DAY = timedelta(hours=24)
LEVEL = 20
WEEKDAYS = ("週一", "週二", "週三", "週四", "週五", "週六", "週日")
CHANNELS = {"web": "網頁對話", "line": "LINE"}
REASONS = ("asked", "emergency", "distress", "failed_answers", "thumbs_down", "case_failed", "other")


def labels(first: date, last: date, by: str) -> list[Any]:
    """What the rows of a period are called, in order."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if by == "hour":
        return [f"{hour:02d}:00–{hour:02d}:59" for hour in range(24)]
    if by == "weekday":
        return list(WEEKDAYS)
    if by == "channel":
        return list(CHANNELS.values())
    found: list[Any] = []
    for day in days:
        name = label(datetime(day.year, day.month, day.day, 12, tzinfo=TAIPEI), "", by)
        if name not in found:
            found.append(name)
    return found


def label(at: datetime, channel: str, by: str) -> Any:
    """What the row is called to which an instant belongs."""
    here = at.astimezone(TAIPEI)
    if by == "channel":
        return CHANNELS[channel]
    if by == "day":
        return here.date()
    if by == "week":
        return date.fromisocalendar(*here.isocalendar()[:2], 1)
    if by == "month":
        return here.strftime("%Y-%m")
    return f"{here.hour:02d}:00–{here.hour:02d}:59" if by == "hour" else WEEKDAYS[here.isoweekday() - 1]


@dataclass
class All:
    """All rows of the database."""

    talks: dict[str, Conversation]
    messages: list[Message]
    events: list[ConversationEvent]
    votes: list[AnswerFeedback]
    asked: list[AskedQuestion]
    handlings: list[Handling]
    ratings: list[ServiceRating]
    calls: list[CallBack]
    cases: list[Case]
    stays: list[Stay]

    @classmethod
    def of(cls, session: Session) -> All:
        """Read everything."""

        def rows(model: Any) -> list[Any]:
            return list(session.scalars(select(model)))

        talks = {one.id: one for one in rows(Conversation)}
        return cls(
            talks, rows(Message), rows(ConversationEvent), rows(AnswerFeedback), rows(AskedQuestion),
            rows(Handling), rows(ServiceRating), rows(CallBack), rows(Case), stays(all_changes(session)),
        )  # fmt: skip

    def channel(self, conversation_id: str) -> str:
        """By which channel a conversation goes."""
        return self.talks[conversation_id].channel

    def citizen(self, conversation_id: str) -> str:
        """Whose conversation it is, as far as that is known."""
        return self.talks[conversation_id].visitor or conversation_id


@dataclass
class Asked:
    """The period, what a row is, and the one channel that counts."""

    first: date
    last: date
    by: str
    now: datetime
    channel: str = ""

    def row(self, at: datetime | None, channel: str) -> Any:
        """The row of an instant; None outside the period or in another channel."""
        if at is None or (self.channel and self.channel != channel):
            return None
        here = at.astimezone(TAIPEI).date()
        return label(at, channel, self.by) if self.first <= here <= self.last else None

    def rows(self, cells: Callable[[Callable[[Any], bool]], Cells]) -> dict[Any, Cells]:
        """The cells of every row, and of all together."""
        found = {
            name: cells(lambda row, name=name: row == name) for name in labels(self.first, self.last, self.by)
        }
        return {**found, "合計": cells(lambda row: row is not None)}


def became_of(question: AskedQuestion, all_: All, now: datetime) -> str:
    """What became of one question."""
    for event in all_.events:
        near = abs(event.at - question.at) < DAY
        if near and event.conversation_id == question.conversation_id:
            called = event.act == "call_back"
            if called or (event.act == "owner_changed" and event.detail["to"] not in {"bot", "closed"}):
                return "person"
    if not (question.decision == "answer" or question.ended == "chosen"):
        return "not_answered"
    for message in all_.messages:
        if question.answered_by is not None and message.reply_to == question.answered_by:
            for vote in all_.votes:
                here = (vote.conversation_id, vote.seq) == (message.conversation_id, message.seq)
                if here and vote.vote == "down":
                    return "down_after"
    whose = all_.citizen(question.conversation_id)
    for other in all_.asked:
        later = (other.at, other.id) > (question.at, question.id) and other.at - question.at < DAY
        if later and other.entry == question.entry and all_.citizen(other.conversation_id) == whose:
            return "again"
    return "contained" if question.at + DAY <= now else "pending"


def volumes(all_: All, asked: Asked) -> dict[Any, Cells]:
    """Report `conversations`."""
    became = [
        (asked.row(one.at, all_.channel(one.conversation_id)), became_of(one, all_, asked.now))
        for one in all_.asked
    ]

    def cells(mine: Callable[[Any], bool]) -> Cells:
        begun = [one for one in all_.talks.values() if mine(asked.row(one.created_at, one.channel))]
        of = [what for row, what in became if mine(row)]
        said = [
            one for one in all_.messages
            if one.sender == "citizen" and mine(asked.row(one.created_at, all_.channel(one.conversation_id)))
        ]  # fmt: skip
        known = len(of) - of.count("pending")
        return (
            sum(one.last_seq > 0 for one in begun), sum(one.last_seq == 0 for one in begun), len(said),
            len(of), of.count("contained"), of.count("contained") / known if known else None,
            of.count("person"), of.count("not_answered"), of.count("down_after"), of.count("again"),
            of.count("pending"), sum(mine(row) for row, _ in came(all_, asked)),
        )  # fmt: skip

    return asked.rows(cells)


def came(all_: All, asked: Asked) -> list[tuple[Any, bool]]:
    """Rows of the cases that came of conversations, and whether each was filed with the bot."""
    found = []
    for case in all_.cases:
        if case.conversation_id is None:
            continue
        bot, desk = case.origin_key.startswith("chat:"), case.origin_key.startswith("desk:")
        led = any(
            one.conversation_id == case.conversation_id
            and one.taken_at <= case.received_at
            and (one.ended_at is None or case.received_at <= one.ended_at)
            for one in all_.handlings
        )
        if bot or (desk and led):
            found.append((asked.row(case.received_at, all_.channel(case.conversation_id)), bot))
    return found


def became_cases(all_: All, asked: Asked) -> dict[Any, Cells]:
    """Report `conversation-cases`."""

    def cells(mine: Callable[[Any], bool]) -> Cells:
        of = [bot for row, bot in came(all_, asked) if mine(row)]
        return len(of), sum(of), len(of) - sum(of)

    return asked.rows(cells)


def rank(values: Iterable[float], part: float) -> float | None:
    """The smallest value that at least so many do not exceed."""
    ordered = sorted(values)
    for value in ordered:
        if sum(one <= value for one in ordered) >= math.floor(part * len(ordered) * 1000) / 1000:
            return value
    return None


def whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def of_stays(found: Sequence[Stay], now: datetime) -> Cells:
    """The cells of some stays."""
    taken = [one for one in found if one.until is not None and one.to == "operator"]
    waits = [(one.until - one.since).total_seconds() for one in taken if one.until]
    left = [one for one in found if one.until is not None and one.to != "operator"]
    instead = [one for one in left if one.why in {"left a message instead", "asked for a call-back instead"}]
    gone = [one for one in left if one not in instead]
    waiting = [one for one in found if one.until is None]
    young = [one for one in waiting if (now - one.since).total_seconds() <= LEVEL]
    quick = sum(wait <= LEVEL for wait in waits)
    return (
        len(found), len(taken), quick,
        quick / (len(found) - len(young)) if len(found) > len(young) else None,
        whole(statistics.median(waits)) if waits else None, whole(rank(waits, 0.9)), whole(rank(waits, 0.95)),
        whole(max(waits)) if waits else None, len(gone),
        len(gone) / (len(found) - len(waiting)) if len(found) > len(waiting) else None,
        sum(one.why == "fell silent while waiting" for one in gone), len(instead), len(waiting), 0,
    )  # fmt: skip


def waits(all_: All, asked: Asked) -> dict[Any, Cells]:
    """Report `waiting`."""

    def cells(mine: Callable[[Any], bool]) -> Cells:
        return of_stays([one for one in all_.stays if mine(asked.row(one.since, one.channel))], asked.now)

    return asked.rows(cells)


def escalations(all_: All, asked: Asked) -> dict[Any, Cells]:
    """Report `escalations`."""

    def changed(mine: Callable[[Any], bool], before: str, after: str) -> int:
        return sum(
            one.act == "owner_changed" and (one.detail["from"], one.detail["to"]) == (before, after)
            and mine(asked.row(one.at, all_.channel(one.conversation_id)))
            for one in all_.events
        )  # fmt: skip

    def cells(mine: Callable[[Any], bool]) -> Cells:
        why = [reason_name(one.reason) for one in all_.stays if mine(asked.row(one.since, one.channel))]
        calls = [
            one for one in all_.calls if mine(asked.row(one.asked_at, all_.channel(one.conversation_id)))
        ]
        return (
            len(why), *(why.count(reason) for reason in REASONS), changed(mine, "bot", "operator"),
            changed(mine, "operator", "queue"), len(calls),
        )  # fmt: skip

    return asked.rows(cells)


def of_handlings(found: Sequence[Handling]) -> Cells:
    """The cells of some stretches of handling."""
    kept = [one for one in found if one.ending != "lost"]
    took = [(one.ended_at - one.taken_at).total_seconds() for one in kept if one.ended_at]
    spoke = [(one.first_reply_at - one.taken_at).total_seconds() for one in found if one.first_reply_at]
    ending = [one.ending for one in found]
    return (
        len(found), sum(took) / len(took) if took else None, statistics.median(took) if took else None,
        rank(took, 0.9), statistics.median(spoke) if spoke else None,
        ending.count("closed") + ending.count("released"),
        ending.count("transferred") + ending.count("taken_over"), ending.count("silent"),
        ending.count("unanswered"), ending.count("lost"),
    )  # fmt: skip


def handlings(all_: All, asked: Asked) -> dict[Any, Cells]:
    """Report `handling`."""

    def cells(mine: Callable[[Any], bool]) -> Cells:
        return of_handlings(
            [
                one
                for one in all_.handlings
                if mine(asked.row(one.ended_at, all_.channel(one.conversation_id)))
            ]
        )

    return asked.rows(cells)


def of_ratings(found: Sequence[ServiceRating]) -> Cells:
    """The cells of some ratings."""
    if not found:
        return 0, None, None, None, None
    n = len(found)
    return (
        n, sum(one.speed for one in found) / n, sum(one.result for one in found) / n,
        sum(one.result in {4, 5} for one in found) / n, sum(one.result in {1, 2} for one in found) / n,
    )  # fmt: skip


def ratings(all_: All, asked: Asked) -> dict[Any, Cells]:
    """Report `satisfaction`."""

    def cells(mine: Callable[[Any], bool]) -> Cells:
        return of_ratings(
            [one for one in all_.ratings if mine(asked.row(one.at, all_.channel(one.conversation_id)))]
        )

    return asked.rows(cells)


def sides(all_: All, asked: Asked) -> dict[Any, Cells]:
    """Report `bot-and-people`."""
    put = [one for one in all_.asked if asked.row(one.at, "web") is not None]
    became = [became_of(one, all_, asked.now) for one in put]
    by_id = {one.id: one for one in all_.messages}
    took = [
        (answered - by_id[one.message_id].created_at).total_seconds()
        for one in put
        if (answered := by_id[one.message_id].answered_at) is not None
    ]
    votes = [one.vote for one in all_.votes if asked.row(one.at, "web") is not None]
    known = len(became) - became.count("pending")
    bot = (
        len(put), statistics.median(took) if took else None, rank(took, 0.9), len(votes),
        votes.count("up") / len(votes) if votes else None, known,
        became.count("contained") / known if known else None,
    )  # fmt: skip
    ended = [one for one in all_.handlings if asked.row(one.ended_at, "web") is not None]
    first = [
        (one.first_reply_at - (one.queued_at or one.taken_at)).total_seconds()
        for one in ended
        if one.first_reply_at
    ]
    rated = of_ratings([one for one in all_.ratings if asked.row(one.at, "web") is not None])
    good = bad = 0
    for one in ended:
        assert one.ended_at is not None
        again = any(
            stay.citizen == all_.citizen(one.conversation_id)
            and timedelta() <= stay.since - one.ended_at < DAY
            for stay in all_.stays
        )
        if one.ending == "silent" or (one.ending in {"closed", "released"} and again):
            bad += 1
        elif one.ending in {"closed", "released"} and one.ended_at + DAY <= asked.now:
            good += 1
    people = (
        len(ended), statistics.median(first) if first else None, rank(first, 0.9), rated[0], rated[3],
        good + bad, good / (good + bad) if good + bad else None,
    )  # fmt: skip
    return {"機器人": bot, "真人": people}
