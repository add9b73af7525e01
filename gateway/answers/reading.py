"""What is read at the desk: the list of all entries, and one with its versions. No transaction of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.answers.content import Content
from gateway.answers.errors import EntryNotFound
from gateway.answers.models import AnswerCheck, AnswerEntry, AnswerEvent, AnswerVersion
from gateway.answers.rules import LIVE, OPEN, State
from gateway.answers.shelf import Base
from gateway.answers.staleness import Reason, reasons
from knowledge_base.entries import SHIPPED, Entry
from knowledge_base.overlay import ORIGIN
from knowledge_base.text import fold

ORIGIN_SHIPPED: Final = "shipped"
"""How the list names the origin of entries that come with the project."""


@dataclass(frozen=True)
class Card:
    """One entry as lists show it: what counts, or its draft where nothing counts yet."""

    id: str
    content: Content
    origin: str
    live: str
    """`published`, `withdrawn`, or empty where the desk has not published it."""
    open: str
    """`draft`, `review` or empty."""
    changed_at: datetime | None
    changed_by: str
    reasons: tuple[Reason, ...]
    assigned_to: str
    looked_on: date | None

    @property
    def question(self) -> str:
        """By which its row is called."""
        return self.content.question

    @property
    def state(self) -> str:
        """The state by which the list is filtered and sorted: what is under work first."""
        return self.open or self.live or "untouched"


@dataclass(frozen=True)
class VersionView:
    """One version of an entry."""

    number: int
    state: str
    content: Content
    authors: Sequence[str]
    written_at: datetime
    released_by: str | None
    released_at: datetime | None


@dataclass(frozen=True)
class EventView:
    """What was done to an entry."""

    number: int
    act: str
    actor: str
    at: datetime
    note: str


@dataclass(frozen=True)
class EntryView:
    """One entry with everything that is shown beside it."""

    card: Card
    revision: int
    base: Content | None
    """What was shipped or imported."""
    versions: Sequence[VersionView]
    """The newest first."""
    events: Sequence[EventView]
    open: VersionView | None
    live: VersionView | None

    @property
    def shown(self) -> Content | None:
        """What counts now; none where nothing does."""
        if self.live is not None:
            return self.live.content if self.live.state == State.PUBLISHED else None
        return self.base

    @property
    def latest(self) -> Content:
        """What an editor goes on from."""
        return self.open.content if self.open else self.card.content


def cards(session: Session, base: Base, today: date) -> list[Card]:
    """Every entry: shipped, imported, and the desk's own."""
    rows = {row.id: row for row in session.scalars(select(AnswerEntry))}
    checks = {row.entry_id: row for row in session.scalars(select(AnswerCheck))}
    kept = session.execute(
        select(AnswerVersion.entry_id, AnswerVersion.state, AnswerVersion.content).where(
            AnswerVersion.state.in_(LIVE | OPEN)
        )
    )
    said: dict[str, Content] = {}
    for entry_id, state, content in kept:
        if state in LIVE or entry_id not in said:
            said[entry_id] = Content.from_json(content)
    return [
        _card(key, said.get(key), base.get(key), rows.get(key), checks.get(key), today, base.dead)
        for key in sorted(said.keys() | base.keys())
    ]


def _card(
    entry_id: str, said: Content | None, below: Entry | None, row: AnswerEntry | None,
    check: AnswerCheck | None, today: date, dead: frozenset[str],
) -> Card:  # fmt: skip
    if said is not None and below is not None and row is not None and row.live_state is None:
        said = None  # only a draft: what counts is the entry below it
    content = said or Content.of(below)  # type: ignore[arg-type]  # one of the two is there
    live = row.live_state or "" if row else ""
    why = () if live == State.WITHDRAWN else reasons(
        _day(content.source_date), _day(content.valid_until),
        link_dead=content.source_url in dead,
        looked_on=check.looked_on if check else None, today=today,
    )  # fmt: skip
    return Card(
        entry_id, content, origin_of(below), live, (row.open_state or "") if row else "",
        row.changed_at if row else None, row.changed_by if row else "", why,
        (check.assigned_to or "") if check else "", check.looked_on if check else None,
    )  # fmt: skip


def entry_view(session: Session, base: Base, entry_id: str, today: date) -> EntryView:
    """One entry. Raises EntryNotFound."""
    row, below = session.get(AnswerEntry, entry_id), base.get(entry_id)
    versions = [
        VersionView(
            one.number, one.state, Content.from_json(one.content), one.authors, one.written_at,
            one.released_by, one.released_at,
        )
        for one in session.scalars(
            select(AnswerVersion)
            .where(AnswerVersion.entry_id == entry_id)
            .order_by(AnswerVersion.number.desc())
        )
    ]  # fmt: skip
    if below is None and not versions:
        raise EntryNotFound(entry_id)
    events = [
        EventView(one.number, one.act, one.actor, one.at, one.note)
        for one in session.scalars(
            select(AnswerEvent).where(AnswerEvent.entry_id == entry_id).order_by(AnswerEvent.id.desc())
        )
    ]
    by_number = {one.number: one for one in versions}
    live = by_number.get(row.live_number or 0) if row else None
    opened = by_number.get(row.open_number or 0) if row else None
    shown = live or opened or (versions[0] if below is None else None)
    said = shown.content if shown is not None and (live is not None or below is None) else None
    card = _card(entry_id, said, below, row, session.get(AnswerCheck, entry_id), today, base.dead)
    return EntryView(
        card, row.revision if row else 0, Content.of(below) if below else None, versions, events, opened, live
    )


def origin_of(below: Entry | None) -> str:
    """How the list names where an entry comes from."""
    if below is None:
        return ORIGIN
    return ORIGIN_SHIPPED if below.origin == SHIPPED else below.origin


def fits(card: Card, wanted: Mapping[str, str]) -> bool:
    """Whether an entry fits the filters `q`, `agency`, `state`, `origin`, `stale` and `assigned`."""
    facts = {
        "agency": card.content.agency, "state": card.state, "origin": card.origin,
        "assigned": card.assigned_to,
    }  # fmt: skip
    if any(wanted.get(name, fact) != fact for name, fact in facts.items()):
        return False
    stale = wanted.get("stale", "")
    if stale and not (card.reasons if stale == "any" else stale in card.reasons):
        return False
    words = fold(wanted.get("q", "")).split()
    if not words:
        return True
    content = card.content
    text = fold(" ".join((card.id, content.question, content.answer, *content.phrasings, *content.keywords)))
    return all(word in text for word in words)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
