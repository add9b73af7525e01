"""What the platform counts itself of the report's figures: cases as every report counts them, else from its
tables.

A case belongs to the month, in the city's time, in which it was received; what became of it since is told of
these cases. A conversation belongs to the month in which it was opened, and counts once its citizen has said
something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases.catalogue_shelf import Catalogues
from gateway.cases.mailbox import CHANNEL as MAILBOX
from gateway.cases.models import Case, CaseRating
from gateway.cases.rules import CLOSED, Kind, Status
from gateway.conversations.models import AskedQuestion, Conversation, ConversationEvent, Message
from gateway.conversations.rules import Owner, Sender
from gateway.handoff.models import Handling, ServiceRating
from gateway.quality.models import QualitySheet
from gateway.quality.rules import State
from gateway.reports.cases.dimensions import Bounds, Dimension
from gateway.reports.cases.figures import Figure as Counted
from gateway.reports.cases.reading import amounts, became
from gateway.reports.figures.catalogue import Over, figures
from gateway.reports.figures.months import Month, Period

Number = int | Fraction | None
Tally = Mapping[str, Number]
APP: Final = "app"
_HUNDREDTHS: Final = 100
_ANSWERED: Final = frozenset({Status.RELEASED.value, Status.NOT_PROCESSED.value})
"""How a public works report ends with an answer to who made it."""


class OwnFigures(Protocol):
    """Whoever counts for the report."""

    def value(self, session: Session, code: str, first_month: Month, last_month: Month) -> Number:
        """A figure over whole months; exact. None: not counted here, or a mean of nothing."""


Count = Callable[["PlatformFigures", Session, Period], Tally]


class PlatformFigures:
    """A whole group of figures is counted at once and kept for the session, which lives as long as one
    report: fifty figures of one month are eight queries."""

    def __init__(self, zone: ZoneInfo, catalogues: Catalogues) -> None:
        self._zone = zone
        self._catalogues = catalogues

    def value(self, session: Session, code: str, first_month: Month, last_month: Month) -> Number:
        """A figure over whole months. Counts of nothing are 0; a mean of nothing is None."""
        group = GROUPS.get(code)
        if group is None:
            return None
        kept: dict[tuple[Count, Month, Month], Tally] = session.info.setdefault("own_figures", {})
        key = group, first_month, last_month
        if key not in kept:
            kept[key] = group(self, session, Period(first_month, last_month))
        return kept[key].get(code, None if code in MEANS else 0)

    def instants(self, period: Period) -> tuple[datetime, datetime]:
        """When a period begins, and when it is over."""
        return period.instants(self._zone)

    def kinds(self, session: Session, items: Collection[str]) -> Mapping[str, str]:
        """The kind of case that each service item makes; of one that is no longer in the catalogue, the kind
        that its cases have: what was told of a past half-year stays so."""
        known = self._catalogues.in_force(session).items
        found = {code: known[code].kind.value for code in items if code in known}
        if retired := sorted(set(items) - set(found)):
            rows = session.execute(
                select(Case.item_code, func.min(Case.kind).label("kind"))
                .where(Case.item_code.in_(retired))
                .group_by(Case.item_code)
            )
            found.update({row.item_code: row.kind for row in rows})
        return found


def _cases(own: PlatformFigures, session: Session, period: Period) -> Tally:
    received = amounts(session, _days(period), [Dimension.ITEM, Dimension.CHANNEL], Counted.RECEIVED)
    kinds, found = own.kinds(session, {item for item, _ in received}), Counter[str]()
    for (item, channel), amount in received.items():
        told = [_BY_CHANNEL.get(channel), KINDS.get(kinds[item])]
        if kinds[item] == Kind.PUBLIC_WORKS_REPORT:
            told += ["works_reports", *([item, WORKS_ITEMS[item]] if item in WORKS_ITEMS else [])]
        found.update({code: amount for code in told if code})
    works = frozenset(item for item, kind in kinds.items() if kind == Kind.PUBLIC_WORKS_REPORT)
    for status, amount in became(session, _days(period, works)).items():
        found["works_finished"] += amount * (Status(status) in CLOSED)
        found["works_answered"] += amount * (status in _ANSWERED)
    return found


def _days(period: Period, items: frozenset[str] | None = None) -> Bounds:
    within = {} if items is None else {Dimension.ITEM: items}
    return Bounds(period.first.first, period.last.last, within)


def _talks(own: PlatformFigures, session: Session, period: Period) -> Tally:
    start, end = own.instants(period)
    spoke = select(Message.id).where(
        Message.conversation_id == Conversation.id, Message.sender == Sender.CITIZEN.value
    )
    opened = (Conversation.created_at >= start, Conversation.created_at < end, spoke.exists())
    counted = select(func.count()).select_from(Conversation).where(*opened)
    answered = select(AskedQuestion.id).where(
        AskedQuestion.conversation_id == Conversation.id,
        (AskedQuestion.decision == "answer") | (AskedQuestion.ended == "chosen"),
    )
    handed = select(ConversationEvent.id).where(
        ConversationEvent.conversation_id == Conversation.id,
        ConversationEvent.act == "owner_changed",
        ConversationEvent.detail["from"].as_string() == Owner.BOT.value,
        ConversationEvent.detail["to"].as_string() == Owner.QUEUE.value,
    )
    asked = [counted, counted.where(answered.exists()), counted.where(handed.exists())]
    numbers = session.execute(select(*(one.scalar_subquery() for one in asked))).one()
    return dict(zip(("bot_conversations", "bot_answered", "bot_handed_over"), numbers, strict=True))


def _case_ratings(own: PlatformFigures, session: Session, period: Period) -> Tally:
    start, end = own.instants(period)
    count, points = session.execute(
        select(func.count(), func.sum(CaseRating.score)).where(CaseRating.at >= start, CaseRating.at < end)
    ).one()
    return _mean("case_ratings", "case_satisfaction", count, points, 1)


def _talk_ratings(own: PlatformFigures, session: Session, period: Period) -> Tally:
    """A rating is the mean of its two scores, of speed and of result."""
    start, end = own.instants(period)
    count, points = session.execute(
        select(func.count(), func.sum(ServiceRating.speed + ServiceRating.result)).where(
            ServiceRating.at >= start, ServiceRating.at < end
        )
    ).one()
    return _mean("talk_ratings", "talk_satisfaction", count, points, 2)


def _courtesy(own: PlatformFigures, session: Session, period: Period) -> Tally:
    """Final sheets of handlings that ended in the months."""
    start, end = own.instants(period)
    rows = session.execute(
        select(QualitySheet.grade, func.count(), func.sum(QualitySheet.score))
        .join(Handling, Handling.id == QualitySheet.handling_id)
        .where(
            Handling.ended_at >= start, Handling.ended_at < end, QualitySheet.state == State.FINAL.value,
            QualitySheet.score.is_not(None),
        )
        .group_by(QualitySheet.grade)
    ).all()  # fmt: skip
    sheets = sum(count for _, count, _ in rows)
    points = sum(int(points or 0) for _, _, points in rows)
    grades = {f"courtesy_{grade}": count for grade, count, _ in rows}
    return {**grades, **_mean("courtesy_tested", "courtesy_score", sheets, points, _HUNDREDTHS)}


def _mean(counted: str, mean: str, count: int, points: int | None, parts: int) -> Tally:
    """`points` in `parts` of one."""
    told: dict[str, Number] = {counted: count}
    if count:
        told[mean] = Fraction(int(points or 0), parts * count)
    return told


KINDS: Final[Mapping[str, str]] = {
    Kind.INQUIRY.value: "consultations",
    Kind.PETITION.value: "petitions",
    Kind.DISPATCH.value: "dispatch",
}
_BY_CHANNEL: Final[Mapping[str, str]] = {MAILBOX: "mayor_mailbox", APP: "app_cases"}
WORKS_CLASSES: Final[Mapping[str, str]] = {
    "工務": "works_class_roads", "水利": "works_class_water", "觀光": "works_class_tourism",
    "一般": "works_class_general",
}  # fmt: skip
"""The four classes, by their name in the catalogue of service items."""
WORKS_ITEMS: Final[Mapping[str, str]] = {
    item: one for one in WORKS_CLASSES.values() for item in figures().all[one].made_of
}
"""The fifteen items, which are service items of the same code, and the class of each."""
_OF: Final[Mapping[Count, tuple[str, ...]]] = {
    _cases: (
        *KINDS.values(), *_BY_CHANNEL.values(), "works_reports", "works_finished", "works_answered",
        *WORKS_CLASSES.values(), *WORKS_ITEMS,
    ),
    _talks: ("bot_conversations", "bot_answered", "bot_handed_over"),
    _case_ratings: ("case_ratings", "case_satisfaction"),
    _talk_ratings: ("talk_ratings", "talk_satisfaction"),
    _courtesy: (
        "courtesy_tested", "courtesy_outstanding", "courtesy_excellent", "courtesy_good", "courtesy_fair",
        "courtesy_below", "courtesy_score",
    ),
}  # fmt: skip
GROUPS: Final[Mapping[str, Count]] = {code: count for count, codes in _OF.items() for code in codes}
MEANS: Final = frozenset(code for code, figure in figures().all.items() if figure.over is Over.MEAN)
