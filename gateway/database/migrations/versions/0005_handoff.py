"""People in charge of conversations: who, since when, how it ended; presence, notes, lines, ratings.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NEW_COLUMNS = (
    ("queue_reason", sa.String(200)),
    ("operator", sa.String(64)),
    ("wanted_operator", sa.String(64)),
    ("wanted_unit", sa.String(120)),
    ("closed_at", UtcDateTime()),
)
NEW_COUNTS = ("tenure", "operator_seen")
NEW_TABLES = (
    "service_ratings", "canned_replies", "line_reports", "conversation_notes", "operator_presence",
    "handlings",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables, and the columns of conversations."""
    for name, kind in NEW_COLUMNS:
        op.add_column("conversations", sa.Column(name, kind))
    for name in NEW_COUNTS:
        count = sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
        op.add_column("conversations", count)
    op.create_index("ix_conversations_operator", "conversations", ["operator"])
    _handlings()
    _people()
    _words()


def downgrade() -> None:
    """Remove them; a conversation that a person has goes back to the queue."""
    for table in NEW_TABLES:
        op.drop_table(table)
    op.execute("UPDATE conversations SET owner = 'queue', queued_at = updated_at WHERE owner = 'operator'")
    op.drop_index("ix_conversations_operator", "conversations")
    for name in (*NEW_COUNTS, *(column for column, _ in NEW_COLUMNS)):
        op.drop_column("conversations", name)


def _handlings() -> None:
    op.create_table(
        "handlings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("operator", sa.String(64), nullable=False),
        sa.Column("queued_at", UtcDateTime()),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("first_reply_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ending", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_handlings"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_handlings_conversation_id"
        ),
    )
    op.create_index("ix_handlings_conversation_id", "handlings", ["conversation_id"])
    op.create_index("ix_handlings_ended_at", "handlings", ["ended_at"])


def _people() -> None:
    op.create_table(
        "operator_presence",
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(60)),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("username", name="pk_operator_presence"),
    )
    op.create_table(
        "line_reports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("busy", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("reported_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_line_reports"),
    )
    op.create_index("ix_line_reports_at", "line_reports", ["at"])


def _words() -> None:
    op.create_table(
        "conversation_notes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversation_notes"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_conversation_notes_conversation_id"
        ),
    )
    op.create_index("ix_conversation_notes_conversation_id", "conversation_notes", ["conversation_id"])
    op.create_table(
        "canned_replies",
        sa.Column("id", KEY, nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_canned_replies"),
        sa.UniqueConstraint("title", name="uq_canned_replies_title"),
    )
    op.create_table(
        "service_ratings",
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("operator", sa.String(64)),
        sa.Column("speed", sa.Integer(), nullable=False),
        sa.Column("result", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_service_ratings"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_service_ratings_conversation_id"
        ),
    )
