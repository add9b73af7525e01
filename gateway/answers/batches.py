"""Files of entries: read and shown first, then taken in exactly as they were shown, in one transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any, Final, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gateway.answers.comparison import Comparison, NewRow, compared
from gateway.answers.content import Content
from gateway.answers.errors import BatchNotFound, OwnDraft, StaleBatch
from gateway.answers.models import AnswerBatch, AnswerEntry, AnswerEvent, AnswerVersion
from gateway.answers.rules import LAW, LIVE, Act, State, checked_note
from gateway.answers.service import AnswerDesk, Proposal
from gateway.audit.rules import digest
from gateway.identity.views import Actor
from knowledge_base.overlay import ORIGIN, Overlay
from knowledge_base.readers import read_rows

SHOWN, TAKEN, DROPPED = "shown", "taken", "dropped"
T = TypeVar("T")
_CHUNK: Final = 500
_PUBLISH: Final = LAW[State.REVIEW, Act.PUBLISH]


@dataclass(frozen=True)
class BatchView:
    """A file as it was read."""

    id: int
    name: str
    state: str
    digest: str
    rows: Sequence[NewRow]
    rejected: Sequence[Mapping[str, Any]]
    warnings: Sequence[Mapping[str, Any]]
    unchanged: int
    read_by: str
    read_at: datetime
    taken_by: str | None
    taken_at: datetime | None


def effective(desk: AnswerDesk, session: Session) -> dict[str, Content]:
    """What counts now, by id: withdrawn entries are not among it."""
    entries = desk.overlay(session).over(desk.shelf.base().values())
    return {entry.id: Content.of(entry) for entry in entries}


def read(desk: AnswerDesk, name: str, data: bytes, by: Actor) -> int:
    """Read a file and keep what it would do, to be shown; its number. Nothing is published.

    Raises FaqFileUnusable.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"faq{PurePath(name).suffix.lower()[:8]}"
        path.write_bytes(data)
        rows = read_rows(path)
    with desk.database.read() as session:
        found = compared(rows, effective(desk, session))
        known = _known(desk, session, found)
    with desk.database.write() as session:
        batch = AnswerBatch(
            name=PurePath(name).name[:200], state=SHOWN, digest=known,
            rows=[one.to_json() for one in found.rows], rejected=found.rejected, warnings=found.warnings,
            unchanged=found.unchanged, read_by=by.name, read_at=desk.clock(),
        )  # fmt: skip
        session.add(batch)
        session.flush()
        _note(desk, session, batch, "read", by, "", {})
        return batch.id


def view(session: Session, number: int) -> BatchView:
    """A file that was read. Raises BatchNotFound."""
    batch = session.get(AnswerBatch, number)
    if batch is None:
        raise BatchNotFound(str(number))
    return BatchView(
        batch.id, batch.name, batch.state, batch.digest, [NewRow.from_json(one) for one in batch.rows],
        batch.rejected, batch.warnings, batch.unchanged, batch.read_by, batch.read_at, batch.taken_by,
        batch.taken_at,
    )  # fmt: skip


def proposal(desk: AnswerDesk, session: Session, batch: BatchView, stamp: int) -> Proposal:
    """What taking the file in would make live."""
    rows = batch.rows
    before: dict[str, int] = {}
    for some in _chunks([one.id for one in rows]):
        found = session.execute(
            select(AnswerEntry.id, AnswerEntry.last_number).where(AnswerEntry.id.in_(some))
        )
        before.update((one.id, one.last_number) for one in found)
    entries = [one.content.entry(one.id, ORIGIN, f"v{before.get(one.id, 0) + 1}") for one in rows]
    overlay = desk.overlay(session).with_entries(stamp, entries)
    return Proposal(f"batch:{batch.id}", batch.digest, stamp, overlay, needs_trial=False)


def tried(batch: BatchView, stamp: int) -> Proposal:
    """By what a trial of the file is known; without what would be live, which takes long to put together."""
    return Proposal(f"batch:{batch.id}", batch.digest, stamp, Overlay(stamp), needs_trial=False)


def take(desk: AnswerDesk, number: int, seen: str, by: Actor, note: str = "") -> int:
    """Publish what was shown under the digest `seen`; how many entries.

    Who read the file in does not take it, unless the settings allow it. Raises BatchNotFound, StaleBatch
    where the file was taken already or anything has changed since it was shown, OwnDraft, and what the
    gate raises.
    """
    with desk.database.write() as session:
        stamp = desk.next_stamp(session)
        query = select(AnswerBatch).where(AnswerBatch.id == number).with_for_update()
        row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if row is None:
            raise BatchNotFound(str(number))
        batch = view(session, number)
        kept = Comparison(list(batch.rows), batch.unchanged, list(batch.rejected), list(batch.warnings))  # type: ignore[arg-type]
        if row.state != SHOWN or seen != row.digest or row.digest != _known(desk, session, kept, stamp - 1):
            raise StaleBatch
        if by.name == row.read_by and not desk.own_review:
            raise OwnDraft
        note = checked_note(_PUBLISH, note)
        trial = desk.gate(session, proposal(desk, session, batch, stamp - 1), note)
        _publish(desk, session, batch.rows, row, by)
        row.state, row.taken_by, row.taken_at = TAKEN, by.name, desk.clock()
        _note(desk, session, row, "import", by, note, {"stamp": stamp, **trial})
    desk.take_up(f"batch:{number}")
    return len(batch.rows)


def drop(desk: AnswerDesk, number: int, by: Actor) -> None:
    """Throw away what was read. Raises BatchNotFound and StaleBatch."""
    with desk.database.write() as session:
        batch = session.get(AnswerBatch, number, with_for_update=True)
        if batch is None:
            raise BatchNotFound(str(number))
        if batch.state != SHOWN:
            raise StaleBatch
        batch.state = DROPPED
        _note(desk, session, batch, "drop", by, "", {})


def _publish(
    desk: AnswerDesk, session: Session, rows: Sequence[NewRow], batch: AnswerBatch, by: Actor
) -> None:
    now = desk.clock()
    for some in _chunks(rows):
        ids = [one.id for one in some]
        found = select(AnswerEntry).where(AnswerEntry.id.in_(ids)).with_for_update()
        known = {one.id: one for one in session.scalars(found.execution_options(populate_existing=True))}
        session.execute(
            update(AnswerVersion)
            .where(AnswerVersion.entry_id.in_(ids), AnswerVersion.state.in_(LIVE))
            .values(state=State.REPLACED)
        )
        numbers = {one: known[one].last_number + 1 if one in known else 1 for one in ids}
        live = {"live_state": State.PUBLISHED, "changed_at": now, "changed_by": by.name}
        for entry_id, entry in known.items():
            entry.revision += 1
            entry.last_number = entry.live_number = numbers[entry_id]
            entry.live_state, entry.changed_at, entry.changed_by = State.PUBLISHED, now, by.name
        session.flush()
        fresh = [
            {"id": one, "revision": 1, "last_number": 1, "live_number": 1, **live}
            for one in ids
            if one not in known
        ]
        if fresh:
            session.execute(insert(AnswerEntry), fresh)
        released = {"released_by": by.name, "released_at": now, "authors": [batch.read_by]}
        session.execute(
            insert(AnswerVersion),
            [
                {
                    "entry_id": one.id, "number": numbers[one.id], "state": State.PUBLISHED,
                    "content": one.content.to_json(), "written_at": batch.read_at, **released,
                }
                for one in some
            ],
        )  # fmt: skip
        told = {"act": Act.PUBLISH, "actor": by.name, "at": now, "note": batch.name}
        session.execute(
            insert(AnswerEvent), [{"entry_id": one, "number": numbers[one], **told} for one in ids]
        )


def _known(desk: AnswerDesk, session: Session, found: Comparison, stamp: int | None = None) -> str:
    """By what a file and the state it was compared with are known."""
    rows = [one.to_json() for one in found.rows]
    stamp = desk.stamp(session) if stamp is None else stamp
    return digest([rows, found.unchanged, found.rejected, found.warnings, desk.fingerprint(), stamp])


def _note(
    desk: AnswerDesk, session: Session, batch: AnswerBatch, act: str, by: Actor, note: str,
    detail: dict[str, Any],
) -> None:  # fmt: skip
    session.flush()
    told = {
        "file": batch.name, "entries": len(batch.rows), "unchanged": batch.unchanged,
        "rejected": len(batch.rejected), "digest": batch.digest, **detail,
        **({"reason": note} if note else {}),
    }  # fmt: skip
    desk.trail.append(
        session, act=f"answers.batch.{act}", actor=by.name, role=by.role, subject=f"batch:{batch.id}",
        detail=told, at=desk.clock(),
    )  # fmt: skip


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[at : at + _CHUNK] for at in range(0, len(items), _CHUNK))
