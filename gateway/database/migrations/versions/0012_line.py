"""LINE: events, accounts, reply tokens, link codes, pushes counted; where a conversation is delivered.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables, and the address to conversations."""
    op.create_table(
        "line_events",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("event_id", sa.String(80), nullable=False, unique=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("message_id", sa.String(40), index=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.Integer()),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("error", sa.Text()),
    )
    op.create_index("ix_line_events_state_source_at", "line_events", ["state", "source", "at"])
    op.create_table(
        "line_accounts",
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(36), index=True),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("following", sa.Boolean(), nullable=False),
        sa.Column("notices", sa.Boolean(), nullable=False),
        sa.Column("visitor", sa.String(36), nullable=False, unique=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "line_reply_tokens",
        sa.Column("token", sa.String(255), primary_key=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_by", sa.String(240), unique=True),
        sa.Column("accepted_at", UtcDateTime()),
    )
    op.create_index(
        "ix_line_reply_tokens_user_id_received_at", "line_reply_tokens", ["user_id", "received_at"]
    )
    op.create_table(
        "line_link_codes",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(36), index=True),
        sa.Column("case_number", sa.String(40)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_by", sa.String(64)),
    )
    op.create_table(
        "line_months",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("pushes", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("quota", sa.Integer()),
        sa.Column("warned", sa.Boolean(), nullable=False),
    )
    op.add_column("conversations", sa.Column("delivered_to", sa.String(64)))
    op.create_index("ix_conversations_delivered_to", "conversations", ["delivered_to"])


def downgrade() -> None:
    """Remove them; conversations of LINE stay, and nothing more is delivered there."""
    op.drop_index("ix_conversations_delivered_to", "conversations")
    op.drop_column("conversations", "delivered_to")
    for table in ("line_months", "line_link_codes", "line_reply_tokens", "line_accounts", "line_events"):
        op.drop_table(table)
