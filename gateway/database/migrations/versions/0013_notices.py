"""Notices: what people want at which address, addresses where nobody is, first tries, days with a digest.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables; letters under way count as first tried with their next attempt."""
    op.add_column("outbox_messages", sa.Column("first_tried_at", UtcDateTime()))
    op.create_table(
        "notice_preferences",
        sa.Column("transport", sa.String(40), nullable=False),
        sa.Column("recipient_hash", sa.String(32), nullable=False),
        sa.Column("topic_group", sa.String(40), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("transport", "recipient_hash", "topic_group", name="pk_notice_preferences"),
    )
    op.create_table(
        "dead_addresses",
        sa.Column("id", KEY, nullable=False),
        sa.Column("transport", sa.String(40), nullable=False),
        sa.Column("recipient_hash", sa.String(32), nullable=False),
        sa.Column("shown_as", sa.String(320), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dead_addresses"),
        sa.UniqueConstraint("transport", "recipient_hash", name="uq_dead_addresses_transport_recipient_hash"),
    )
    op.create_index("ix_dead_addresses_noted_at", "dead_addresses", ["noted_at"])
    op.create_table(
        "daily_digests",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_daily_digests"),
    )


def downgrade() -> None:
    """Remove them. What was withheld or came back is, to the older platform, cancelled or failed."""
    op.execute("UPDATE outbox_messages SET state = 'cancelled' WHERE state = 'withheld'")
    op.execute("UPDATE outbox_messages SET state = 'failed' WHERE state = 'bounced'")
    op.drop_table("daily_digests")
    op.drop_table("dead_addresses")
    op.drop_table("notice_preferences")
    op.drop_column("outbox_messages", "first_tried_at")
