"""The citizen's ways into and out of the queue: votes on answers, call-backs, signs of who waits.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and the column of conversations."""
    op.add_column("conversations", sa.Column("last_sign_at", UtcDateTime()))
    op.create_index("ix_conversation_events_at", "conversation_events", ["at"])
    _votes()
    _call_backs()


def downgrade() -> None:
    """Remove them; votes and call-backs are lost."""
    op.drop_table("call_backs")
    op.drop_table("answer_feedback")
    op.drop_index("ix_conversation_events_at", "conversation_events")
    op.drop_column("conversations", "last_sign_at")


def _votes() -> None:
    op.create_table(
        "answer_feedback",
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.String(200), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("vote", sa.String(8), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name="pk_answer_feedback"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_answer_feedback_conversation_id"
        ),
    )
    op.create_index("ix_answer_feedback_entry", "answer_feedback", ["entry"])


def _call_backs() -> None:
    op.create_table(
        "call_backs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("client_id", sa.String(36), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("phone", sa.String(40)),
        sa.Column("about", sa.Text()),
        sa.Column("call_from", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.String(64)),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_call_backs"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_call_backs_conversation_id"
        ),
        sa.UniqueConstraint("conversation_id", "client_id", name="uq_call_backs_conversation_id_client_id"),
    )
    op.create_index("ix_call_backs_state_due_at", "call_backs", ["state", "due_at"])
    op.create_index("ix_call_backs_asked_at", "call_backs", ["asked_at"])
