"""The acts of the answers desk: one transaction each, with its audit entry; then the file for the search."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from gateway.answers.content import Content
from gateway.answers.errors import EntryActRefused, EntryNotFound, NothingChanged, StaleEntry
from gateway.answers.models import AnswerEntry, AnswerEvent, AnswerStamp, AnswerVersion
from gateway.answers.rules import LIVE, OPEN, Act, Move, State, check_person, checked_note, move_of
from gateway.answers.shelf import Shelf
from gateway.audit.rules import digest
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.errors import NotPermitted
from gateway.identity.rules import GRANTS
from gateway.identity.views import Actor
from gateway.settings import Settings
from knowledge_base.importers import sources_fingerprint
from knowledge_base.overlay import ORIGIN, Overlay, overlay_path, write_overlay, written_stamp

log = structlog.get_logger()
_STAMP = 1


@dataclass(frozen=True)
class Proposal:
    """What shall be published: all that would be live, and by what a trial of it is known."""

    subject: str
    digest: str
    stamp: int
    overlay: Overlay
    needs_trial: bool = True


class AnswerDesk:
    """The entries that the desk writes, over the shipped and imported ones."""

    def __init__(
        self, database: Database, trail: AuditTrail, settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.database = database
        self.trail = trail
        self.clock = clock
        self.own_review = settings.faq_own_review
        self.data_dir: Path = settings.data_dir
        self.shelf = Shelf(settings.data_dir)
        self.gate: Callable[[Session, Proposal, str], dict[str, Any]] = lambda _session, _proposal, _note: {}
        """Asked in the publishing transaction; raises where a proposal must not be published."""
        self.take_up: Callable[[str], object] = lambda _subject: self.keep_file()
        """Called once a subject is published."""

    @classmethod
    def open(cls, database: Database, trail: AuditTrail, settings: Settings) -> AnswerDesk:
        """The desk of a run, its file made again where it is missing or behind the database.

        Without a database, or before its migrations, the file stays as it is until `mind_file` can look.
        """
        desk = cls(database, trail, settings)
        try:
            desk.keep_file()
        except DBAPIError:
            log.exception("the desk's entries cannot be read yet; the search begins with those it has")
        return desk

    def create(self, content: Content, by: Actor) -> str:
        """A new entry with a first draft; its id."""
        entry_id = f"{ORIGIN}-{secrets.token_hex(5)}"
        self.save(entry_id, content, 0, by)
        return entry_id

    def save(self, entry_id: str, content: Content, revision: int, by: Actor) -> int:
        """Keep a draft: the open one changed, else a new version; its number.

        Raises StaleEntry, EntryActRefused, NothingChanged.
        """
        with self.database.write() as session:
            entry = self._locked(session, entry_id, revision)
            version = open_version(session, entry)
            move = self._move(State(version.state) if version else None, Act.SAVE, by)
            before = version or live_version(session, entry)
            said = Content.from_json(before.content) if before else self._below(entry_id)
            if said == content:
                raise NothingChanged
            if version is None:
                version = self._begin(session, entry, move.to, content, by)
            else:
                version.content, version.written_at = content.to_json(), self.clock()
                version.authors = [*(one for one in version.authors if one != by.name), by.name]
            self._note(session, entry, version.number, Act.SAVE, by)
            return version.number

    def submit(self, entry_id: str, revision: int, by: Actor) -> None:
        """Hand the draft to review. Raises EntryNotFound, StaleEntry, EntryActRefused."""
        self._work_on(entry_id, revision, Act.SUBMIT, by, "")

    def send_back(self, entry_id: str, revision: int, note: str, by: Actor) -> None:
        """Give the version back to its author. Raises as `submit`, and NoteMissing."""
        self._work_on(entry_id, revision, Act.RETURN, by, note)

    def discard(self, entry_id: str, revision: int, by: Actor) -> None:
        """Throw the draft away. Raises as `submit`."""
        self._work_on(entry_id, revision, Act.DISCARD, by, "")

    def publish(self, entry_id: str, revision: int, by: Actor, note: str = "") -> None:
        """Make the reviewed version the one that counts.

        `note` is why it is published although the evaluation set says it makes answers worse.
        Raises EntryNotFound, StaleEntry, EntryActRefused, OwnDraft, and what the gate raises.
        """
        with self.database.write() as session:
            stamp = self.next_stamp(session)
            entry = self._locked(session, entry_id, revision)
            version = open_version(session, entry)
            move = self._move(State(version.state) if version else State.DISCARDED, Act.PUBLISH, by)
            assert version is not None  # noqa: S101 - the law publishes nothing else
            check_person(move, by.name, version.authors, own_review=self.own_review)
            note = checked_note(move, note)
            trial = self.gate(session, self._proposal(session, version, stamp - 1), note)
            self._make_live(session, entry, version, move, by)
            entry.open_number = entry.open_state = None
            told = {"digest": digest([version.content]), "stamp": stamp, **trial}
            self._note(session, entry, version.number, Act.PUBLISH, by, note, told)
        self.take_up(subject_of(entry_id))

    def proposal(self, session: Session, entry_id: str) -> Proposal | None:
        """What publishing the version that is being worked on would make live; None without one."""
        entry = session.get(AnswerEntry, entry_id)
        version = None if entry is None else open_version(session, entry)
        return None if version is None else self._proposal(session, version, self.stamp(session))

    def withdraw(self, entry_id: str, revision: int, note: str, by: Actor) -> None:
        """Let the entry be found no more. Raises as `publish`, and NoteMissing."""
        self._turn(entry_id, revision, Act.WITHDRAW, note, by)

    def restore(self, entry_id: str, revision: int, by: Actor) -> None:
        """Let what was withdrawn be found again. Raises as `publish`."""
        self._turn(entry_id, revision, Act.RESTORE, "", by)

    def keep_file(self) -> bool:
        """Write what is live for the search, unless the file says it already; whether it was written.

        The database is the truth: whoever finds the file behind makes it again.
        """
        with self.database.read() as session:
            overlay = self.overlay(session)
        return write_overlay(self.data_dir, overlay)

    def mind_file(self) -> bool:
        """As `keep_file`, but looks at the stamps first; for looking often."""
        with self.database.read() as session:
            stamp = self.stamp(session)
        return written_stamp(self.data_dir) != stamp and self.keep_file()

    def overlay(self, session: Session) -> Overlay:
        """What is live."""
        stamp = self.stamp(session)
        rows = session.execute(
            select(
                AnswerVersion.entry_id, AnswerVersion.number, AnswerVersion.state, AnswerVersion.content
            ).where(AnswerVersion.state.in_(LIVE))
        ).all()
        entries = [
            Content.from_json(content).entry(entry_id, ORIGIN, f"v{number}")
            for entry_id, number, state, content in rows
            if state == State.PUBLISHED
        ]
        gone = frozenset(entry_id for entry_id, _, state, _ in rows if state == State.WITHDRAWN)
        return Overlay(stamp, tuple(entries), gone)

    def stamp(self, session: Session) -> int:
        """How often what is live has changed."""
        return session.scalar(select(AnswerStamp.stamp).where(AnswerStamp.id == _STAMP)) or 0

    def next_stamp(self, session: Session) -> int:
        """Count a change of what is live; others that change it wait for the end of this transaction."""
        row = session.scalars(select(AnswerStamp).where(AnswerStamp.id == _STAMP).with_for_update()).one()
        row.stamp += 1
        return row.stamp

    def fingerprint(self) -> list[list[Any]]:
        """Of the sources below the desk's entries, as JSON has it."""
        desk = overlay_path(self.data_dir).name
        return [list(one) for one in sources_fingerprint(self.data_dir) if not one[0].endswith(f"/{desk}")]

    def _proposal(self, session: Session, version: AnswerVersion, stamp: int) -> Proposal:
        entry = Content.from_json(version.content).entry(version.entry_id, ORIGIN, f"v{version.number}")
        known = digest([version.entry_id, version.number, version.content, self.fingerprint()])
        return Proposal(
            subject_of(version.entry_id), known, stamp, self.overlay(session).with_entries(stamp, [entry])
        )

    def _work_on(self, entry_id: str, revision: int, act: Act, by: Actor, note: str) -> None:
        with self.database.write() as session:
            entry = self._locked(session, entry_id, revision)
            version = open_version(session, entry)
            if version is None:
                raise EntryActRefused(f"{act} without a draft")
            move = self._move(State(version.state), act, by)
            kept = checked_note(move, note)
            version.state = entry.open_state = move.to
            if move.to not in OPEN:
                entry.open_number = entry.open_state = None
            self._note(session, entry, version.number, act, by, kept)

    def _turn(self, entry_id: str, revision: int, act: Act, note: str, by: Actor) -> None:
        with self.database.write() as session:
            stamp = self.next_stamp(session)
            entry = self._locked(session, entry_id, revision)
            version = live_version(session, entry)
            move = self._move(State(version.state) if version else None, act, by)
            kept = checked_note(move, note)
            if version is None:
                below = self._below(entry_id)
                if below is None:
                    raise EntryNotFound(entry_id)
                version = self._begin(session, entry, move.to, below, by)
            self._make_live(session, entry, version, move, by)
            self._note(session, entry, version.number, act, by, kept, {"stamp": stamp})
        self.keep_file()

    def _begin(
        self, session: Session, entry: AnswerEntry, state: State, content: Content, by: Actor
    ) -> AnswerVersion:
        entry.last_number += 1
        version = AnswerVersion(
            entry_id=entry.id, number=entry.last_number, state=state, content=content.to_json(),
            authors=[by.name], written_at=self.clock(),
        )  # fmt: skip
        session.add(version)
        if state in OPEN:
            entry.open_number, entry.open_state = version.number, state
        return version

    def _make_live(
        self, session: Session, entry: AnswerEntry, version: AnswerVersion, move: Move, by: Actor
    ) -> None:
        before = live_version(session, entry)
        if before is not None and before.number != version.number:
            before.state = State.REPLACED
        version.state = move.to
        version.released_by, version.released_at = by.name, self.clock()
        entry.live_number, entry.live_state = version.number, move.to

    def _move(self, state: State | None, act: Act, by: Actor) -> Move:
        move = move_of(state, act)
        if by.role not in GRANTS[move.needs]:
            raise NotPermitted(move.needs)
        return move

    def _below(self, entry_id: str) -> Content | None:
        entry = self.shelf.base().get(entry_id)
        return None if entry is None else Content.of(entry)

    def _locked(self, session: Session, entry_id: str, revision: int) -> AnswerEntry:
        """The entry's row, nobody else's until the transaction ends, its revision moved on.

        Raises StaleEntry where it is not at `revision`.
        """
        query = select(AnswerEntry).where(AnswerEntry.id == entry_id).with_for_update()
        entry = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if entry is None:
            entry = AnswerEntry(
                id=entry_id, revision=0, last_number=0, changed_at=self.clock(), changed_by=""
            )
            session.add(entry)
            try:
                session.flush()
            except IntegrityError:
                raise StaleEntry from None
        if entry.revision != revision:
            raise StaleEntry
        entry.revision += 1
        return entry

    def _note(
        self, session: Session, entry: AnswerEntry, number: int, act: Act, by: Actor, note: str = "",
        detail: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        now = self.clock()
        entry.changed_at, entry.changed_by = now, by.name
        session.add(AnswerEvent(entry_id=entry.id, number=number, act=act, actor=by.name, at=now, note=note))
        session.flush()
        told = {"version": number, **({"reason": note} if note else {}), **(detail or {})}
        self.trail.append(
            session, act=f"answers.{act}", actor=by.name, role=by.role, subject=subject_of(entry.id),
            detail=told, at=now,
        )  # fmt: skip


def subject_of(entry_id: str) -> str:
    """How trials and the audit trail name an entry."""
    return f"answer:{entry_id}"


def open_version(session: Session, entry: AnswerEntry) -> AnswerVersion | None:
    """The version that is being worked on."""
    return None if entry.open_number is None else session.get(AnswerVersion, (entry.id, entry.open_number))


def live_version(session: Session, entry: AnswerEntry) -> AnswerVersion | None:
    """The version that counts."""
    return None if entry.live_number is None else session.get(AnswerVersion, (entry.id, entry.live_number))
