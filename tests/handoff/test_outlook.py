"""What everybody who waits is told together is what each would be told alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from gateway.conversations.incoming import Incoming
from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.handoff import reading
from gateway.handoff.outlook import Outlook
from gateway.handoff.service import Handoffs
from tests.handoff.conftest import HUA, MEI
from tests.handoff.test_service import key, queued


def told_alike(database: Database, handoffs: Handoffs, outlook: Outlook, ids: list[str]) -> None:
    for one in ids:
        with database.read() as session:
            alone = reading.line_state(session, one, handoffs.clock())
            together = outlook.of(session, one)
        assert together.place == alone.place


def test_places_follow_every_change_of_the_queue_at_once(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    chance = random.Random(1999)  # noqa: S311 - an order, no secret
    outlook = Outlook(handoffs)
    ids = [queued(conversations, chance.choice(["normal", "distress", "emergency"])) for _ in range(8)]
    told_alike(database, handoffs, outlook, ids)
    ids.append(queued(conversations, "emergency"))
    told_alike(database, handoffs, outlook, ids)
    handoffs.take(ids[3], MEI)
    told_alike(database, handoffs, outlook, ids)
    handoffs.take(ids[5], HUA)
    handoffs.transfer(ids[3], MEI)
    told_alike(database, handoffs, outlook, ids)
    conversations.accept(ids[0], Incoming(key(), "還在等"))
    told_alike(database, handoffs, outlook, [*ids, "nobody"])


def test_an_unchanged_queue_is_read_once_for_all(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    outlook, ids = Outlook(handoffs), [queued(conversations) for _ in range(5)]
    with asked(database) as alone, database.read() as session:
        places = [reading.line_state(session, one, handoffs.clock()).place for one in ids]
    with asked(database) as together, database.read() as session:
        assert [outlook.of(session, one).place for one in ids] == places == [1, 2, 3, 4, 5]
    assert len(together) < len(alone) / 2


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
