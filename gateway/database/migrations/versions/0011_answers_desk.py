"""The answers desk: entries with versions, checks, trials, batches; asked questions; why a thumb points down.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NEW_TABLES = (
    "asked_questions", "answer_batches", "answer_trials", "answer_checks", "answer_stamp", "answer_events",
    "answer_versions", "answer_entries",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables, and the first stamp; older votes have no reason."""
    _entries()
    _beside_entries()
    _trials_and_batches()
    _asked()
    op.add_column("answer_feedback", sa.Column("version", sa.String(40)))
    op.add_column("answer_feedback", sa.Column("reason", sa.String(16)))
    op.add_column("answer_feedback", sa.Column("comment", sa.String(300)))


def downgrade() -> None:
    """Remove them."""
    for column in ("comment", "reason", "version"):
        op.drop_column("answer_feedback", column)
    for table in NEW_TABLES:
        op.drop_table(table)


def _entries() -> None:
    op.create_table(
        "answer_entries",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("open_number", sa.Integer(), nullable=True),
        sa.Column("open_state", sa.String(16), nullable=True),
        sa.Column("live_number", sa.Integer(), nullable=True),
        sa.Column("live_state", sa.String(16), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answer_entries"),
    )
    op.create_table(
        "answer_versions",
        sa.Column("entry_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("released_by", sa.String(64), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", "number", name="pk_answer_versions"),
        sa.ForeignKeyConstraint(["entry_id"], ["answer_entries.id"], name="fk_answer_versions_entry_id"),
    )
    op.create_index("ix_answer_versions_state", "answer_versions", ["state"])
    op.create_table(
        "answer_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("entry_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answer_events"),
        sa.ForeignKeyConstraint(["entry_id"], ["answer_entries.id"], name="fk_answer_events_entry_id"),
    )
    op.create_index("ix_answer_events_entry_id", "answer_events", ["entry_id"])


def _beside_entries() -> None:
    stamps = op.create_table(
        "answer_stamp",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answer_stamp"),
    )
    op.bulk_insert(stamps, [{"id": 1, "stamp": 0}])
    op.create_table(
        "answer_checks",
        sa.Column("entry_id", sa.String(80), nullable=False),
        sa.Column("assigned_to", sa.String(64), nullable=True),
        sa.Column("looked_on", sa.Date(), nullable=True),
        sa.Column("looked_by", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name="pk_answer_checks"),
    )
    op.create_index("ix_answer_checks_assigned_to", "answer_checks", ["assigned_to"])


def _trials_and_batches() -> None:
    op.create_table(
        "answer_trials",
        sa.Column("id", KEY, nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_answer_trials"),
    )
    op.create_index("ix_answer_trials_subject", "answer_trials", ["subject"])
    op.create_table(
        "answer_batches",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("rejected", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("read_by", sa.String(64), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(64), nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_answer_batches"),
    )


def _asked() -> None:
    op.create_table(
        "asked_questions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("decision", sa.String(8), nullable=False),
        sa.Column("entry", sa.String(200), nullable=True),
        sa.Column("entry_version", sa.String(40), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("ended", sa.String(16), nullable=True),
        sa.Column("answered_by", sa.String(36), nullable=True),
        sa.Column("handled", sa.String(16), nullable=True),
        sa.Column("handled_by", sa.String(64), nullable=True),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_asked_questions"),
        sa.UniqueConstraint("message_id", name="uq_asked_questions_message_id"),
    )
    for column in ("conversation_id", "at", "entry", "answered_by"):
        op.create_index(f"ix_asked_questions_{column}", "asked_questions", [column])
