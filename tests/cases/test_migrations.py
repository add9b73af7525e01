"""The case tables go up, down and up again, and are what the models say."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from gateway.audit import models as audit_models
from gateway.cases import models
from gateway.conversations.models import Conversation, Message
from gateway.database import Base, Database
from gateway.database.migrate import downgrade, upgrade
from gateway.outbox import models as outbox_models
from gateway.outbox.webhooks import models as webhook_models
from gateway.reports.cases import models as ledger_models

FIRST = {"cases", "case_dues", "case_events", "case_counters"}
ROOMS = (models, audit_models, outbox_models, webhook_models, ledger_models)
TABLES = {
    model.class_.__tablename__
    for model in Base.registry.mappers
    if model.class_.__module__ in {room.__name__ for room in ROOMS}
}


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) & TABLES


def test_up_down_and_up_again(empty_database: Database) -> None:
    upgrade(empty_database, "0001")
    assert tables(empty_database) == FIRST
    upgrade(empty_database)
    assert tables(empty_database) == TABLES
    downgrade(empty_database, "0001")
    assert tables(empty_database) == FIRST
    downgrade(empty_database, "base")
    assert tables(empty_database) == set()
    upgrade(empty_database)
    assert tables(empty_database) == TABLES


def test_the_tables_are_what_the_models_say(empty_database: Database) -> None:
    upgrade(empty_database)
    options = {"include_name": lambda name, kind, _parents: kind != "table" or name in TABLES}
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    assert [found for found in differences if _concerns_cases(found)] == []


def _concerns_cases(difference: object) -> bool:
    return any(name in str(difference) for name in TABLES)


def test_going_down_what_was_sent_in_conversations_becomes_words(empty_database: Database) -> None:
    upgrade(empty_database)
    now = datetime.now(UTC)
    conversation = Conversation(
        id="c", channel="web", language="zh-TW", owner="bot", state={}, created_at=now, updated_at=now,
        expires_at=now,
    )  # fmt: skip
    said = {"conversation_id": "c", "sender": "citizen", "payload": {}, "created_at": now}
    kept = {
        "name": "a.png", "media_type": "image/png", "size": 1, "sha256": "0" * 64, "purpose": "report",
        "public": True, "uploaded_by": "citizen", "uploaded_at": now,
    }  # fmt: skip
    with empty_database.write() as session:
        session.add(conversation)
        session.flush()
        session.add(Message(id="1", seq=1, kind="file", text="📎 a.png", **said))
        session.add(Message(id="2", seq=2, kind="options", text="已收到", **said))
        session.add(models.CaseAttachment(public_id="of conversation", conversation_id="c", **kept))
        session.add(models.CaseAttachment(public_id="of draft", draft_key="d", **kept))
    downgrade(empty_database, "0005")
    with empty_database.read() as session:
        assert session.execute(text("SELECT kind, text FROM messages ORDER BY seq")).all() == [
            ("text", "📎 a.png"), ("options", "已收到"),
        ]  # fmt: skip
        assert session.scalars(text("SELECT public_id FROM case_attachments")).all() == ["of draft"]
    upgrade(empty_database)
    assert tables(empty_database) == TABLES
