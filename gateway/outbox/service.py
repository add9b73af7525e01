"""Putting messages out, taking them back, and the inbox of the desk. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Insert, Update, event, func, select, update
from sqlalchemy.orm import Session

from gateway.database.inserting import insert_into
from gateway.outbox.models import OutboxMessage
from gateway.outbox.preferences import Preferences
from gateway.outbox.quiet import QuietHours
from gateway.outbox.rules import LOST, State, Stopped, Transport

PAGE_SIZE = 50
_HEARD = "outbox_listeners"


@dataclass(frozen=True)
class InboxPage:
    """One page of the desk's inbox, newest first."""

    messages: Sequence[OutboxMessage]
    total: int
    unread: int


@dataclass(frozen=True)
class Backlog:
    """What has not gone out though its time has come."""

    waiting: int
    """Messages that are due."""
    oldest_seconds: float
    """How long the oldest of them has been due."""
    failed: int


@dataclass(frozen=True)
class Letter:
    """One message to be put out; what its parts mean says `Outbox.put`."""

    key: str
    topic: str
    transport: str
    recipient: str
    payload: dict[str, Any]
    subject: str | None = None
    ordering: str | None = None
    not_before: datetime | None = None
    withheld: Stopped | None = None


class Outbox:
    """Messages written with what caused them. Nothing here commits."""

    preferences = Preferences()

    def __init__(self, quiet: QuietHours | None = None) -> None:
        """`quiet`: when what can wait is not sent to telephones."""
        self._quiet = quiet
        self._listeners: list[Callable[[], None]] = []

    def when_written(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit that put a message out (from the committing thread)."""
        self._listeners.append(listener)

    def put(
        self,
        session: Session,
        *,
        key: str,
        topic: str,
        transport: str,
        recipient: str,
        payload: dict[str, Any],
        subject: str | None = None,
        ordering: str | None = None,
        not_before: datetime | None = None,
        withheld: Stopped | None = None,
        now: datetime,
    ) -> None:
        """Put one message out, at once or not before an instant, and not in quiet hours if it can wait.

        The same `key` again does nothing, unless the message was cancelled meanwhile: then it is as new.
        Messages of one `ordering` go out one after another. `withheld`: why it must not go out; it is kept
        for whoever asks what became of it.
        """
        self.put_all(
            session,
            [Letter(key, topic, transport, recipient, payload, subject, ordering, not_before, withheld)],
            now,
        )

    def put_all(self, session: Session, letters: Sequence[Letter], now: datetime) -> None:
        """Put several messages out as `put` does each, in one round to the database."""
        if letters:
            session.execute(_insert_once(session), [self._row(one, now) for one in letters])
            self._tell_after_commit(session)

    def _row(self, letter: Letter, now: datetime) -> dict[str, Any]:
        at = max(letter.not_before or now, now).astimezone(UTC)
        if self._quiet is not None:
            at = self._quiet.first_allowed(letter.topic, letter.transport, at)
        withheld = letter.withheld
        return {
            "key": letter.key, "topic": letter.topic, "transport": str(letter.transport),
            "recipient": letter.recipient, "subject": letter.subject, "payload": letter.payload,
            "ordering": letter.ordering, "state": (State.WITHHELD if withheld else State.PENDING).value,
            "last_error": withheld and withheld.value, "attempts": 0,
            "not_before": at, "next_attempt_at": at, "created_at": now,
        }  # fmt: skip

    def cancel(self, session: Session, key_prefix: str, now: datetime, subject: str | None = None) -> int:
        """Take back what is pending under keys with this beginning; how many messages that were.

        `subject` narrows the search to one case, which makes it quick.
        """
        found = select(OutboxMessage.id, OutboxMessage.key, OutboxMessage.state).with_for_update()
        if subject is None:
            found = found.where(OutboxMessage.key.startswith(key_prefix, autoescape=True))
        else:
            found = found.where(OutboxMessage.subject == subject)
        # The state is looked at here: asked for it, SQLite walks through all that is pending.
        ids = [
            row.id
            for row in session.execute(found)
            if row.state == State.PENDING and row.key.startswith(key_prefix)
        ]
        taken = update(OutboxMessage).where(OutboxMessage.id.in_(ids))
        return _changed(session, taken.values(state=State.CANCELLED.value, next_attempt_at=now))

    def again(self, session: Session, ids: Iterable[int], now: datetime) -> int:
        """Try messages that failed or came back once more from the beginning; how many there were."""
        lost = update(OutboxMessage).where(OutboxMessage.id.in_(ids), OutboxMessage.state.in_(LOST))
        self._tell_after_commit(session)
        # One that is tried by hand leaves by itself: its stream may be long over.
        anew = {
            "state": State.PENDING.value, "attempts": 0, "first_tried_at": None, "sent_at": None,
            "stream": "",
        }  # fmt: skip
        return _changed(session, lost.values(**anew, next_attempt_at=now, leased_until=None))

    def inbox(
        self, session: Session, recipients: Sequence[str], unread_only: bool = False, page: int = 1
    ) -> InboxPage:
        """What the desk shows to `recipients` (`unit:養工處`, `supervisor:養工處`, …), page 1 first."""
        theirs = _shown_to(recipients)
        unread = OutboxMessage.read_at.is_(None)
        wanted = [*theirs, unread] if unread_only else theirs
        messages = session.scalars(
            select(OutboxMessage)
            .where(*wanted)
            .order_by(OutboxMessage.sent_at.desc(), OutboxMessage.id.desc())
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (max(page, 1) - 1))
        ).all()
        return InboxPage(messages, _count(session, *wanted), _count(session, *theirs, unread))

    def mark_read(
        self, session: Session, ids: Iterable[int], recipients: Sequence[str], now: datetime
    ) -> int:
        """Somebody of `recipients` took note; the first reading counts. How many were unread until now."""
        mine = update(OutboxMessage).where(
            *_shown_to(recipients), OutboxMessage.id.in_(ids), OutboxMessage.read_at.is_(None)
        )
        return _changed(session, mine.values(read_at=now))

    def backlog(self, session: Session, transports: Iterable[str], now: datetime) -> Backlog:
        """What is late in going out by the transports that are set up, for health and metrics.

        A message that waits for its turn in a stream is not late.
        """
        due = (
            OutboxMessage.state == State.PENDING,
            OutboxMessage.not_before <= now,
            OutboxMessage.transport.in_(transports),
            OutboxMessage.stream == "",
        )
        oldest = session.scalar(select(func.min(OutboxMessage.not_before)).where(*due))
        return Backlog(
            waiting=_count(session, *due),
            oldest_seconds=max((now - oldest).total_seconds(), 0.0) if oldest else 0.0,
            failed=_count(session, OutboxMessage.state.in_(LOST)),
        )

    def waiting_without_transport(self, session: Session, transports: Iterable[str]) -> dict[str, int]:
        """How many messages wait for a transport that is not set up, by its name."""
        waiting = session.execute(
            select(OutboxMessage.transport, func.count())
            .where(
                OutboxMessage.state == State.PENDING,
                OutboxMessage.transport.not_in(transports),
            )
            .group_by(OutboxMessage.transport)
        )
        return {row[0]: row[1] for row in waiting}

    def _tell_after_commit(self, session: Session) -> None:
        if self._listeners and not session.info.get(_HEARD):
            session.info[_HEARD] = True
            event.listen(session, "after_commit", self._tell)

    def _tell(self, _session: Session) -> None:
        for listener in self._listeners:
            listener()


def _insert_once(session: Session) -> Insert:
    times = ("not_before", "next_attempt_at", "created_at")
    revived = ("recipient", "ordering", "payload", "state", "last_error", *times)
    insert = insert_into(session, OutboxMessage)
    return insert.on_conflict_do_update(
        index_elements=[OutboxMessage.key],
        set_={"attempts": 0, "leased_until": None, "first_tried_at": None}
        | {name: insert.excluded[name] for name in revived},
        where=OutboxMessage.state == State.CANCELLED.value,
    )


def _shown_to(recipients: Sequence[str]) -> list[ColumnElement[bool]]:
    return [
        OutboxMessage.transport == Transport.DESK,
        OutboxMessage.recipient.in_(recipients),
        OutboxMessage.state == State.SENT,
    ]


def _changed(session: Session, statement: Update) -> int:
    changed = statement.returning(OutboxMessage.id).execution_options(synchronize_session=False)
    return len(session.scalars(changed).all())


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(OutboxMessage).where(*conditions)) or 0
