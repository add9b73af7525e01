"""Who is asked to take a conversation, who waits for whom, what reached the citizen, from which browser.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NEW_COLUMNS = (
    ("offered_to", sa.String(64)),
    ("offered_at", UtcDateTime()),
    ("unanswered_since", UtcDateTime()),
    ("silent_since", UtcDateTime()),
    ("visitor", sa.String(36)),
)
CASE_INDEXES = ("contact_phone", "conversation_id")
NEW_COUNTS = ("citizen_received", "citizen_seen")


def upgrade() -> None:
    """Add the columns."""
    for name, kind in NEW_COLUMNS:
        op.add_column("conversations", sa.Column(name, kind))
    for name in NEW_COUNTS:
        count = sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
        op.add_column("conversations", count)
    asked = sa.Column("passed_over", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    op.add_column("conversations", asked)
    op.create_index("ix_conversations_visitor", "conversations", ["visitor"])
    for name in CASE_INDEXES:
        op.create_index(f"ix_cases_{name}", "cases", [name])
    op.add_column("handlings", sa.Column("priority", sa.String(16)))
    op.add_column("operator_presence", sa.Column("took_at", UtcDateTime()))


def downgrade() -> None:
    """Remove them; whoever was being asked is asked no more."""
    op.drop_column("operator_presence", "took_at")
    op.drop_column("handlings", "priority")
    for name in CASE_INDEXES:
        op.drop_index(f"ix_cases_{name}", "cases")
    op.drop_index("ix_conversations_visitor", "conversations")
    for name in ("passed_over", *NEW_COUNTS, *(column for column, _ in NEW_COLUMNS)):
        op.drop_column("conversations", name)
