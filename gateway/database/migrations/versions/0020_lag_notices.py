"""What units that lag were asked, and what they said.

Revision ID: 0020
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "lag_notices",
        sa.Column("id", KEY, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("not_done", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recovery", sa.Text(), nullable=True),
        sa.Column("recovered_by", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.String(120), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_lag_notices"),
    )
    op.create_index("ix_lag_notices_unit_asked_at", "lag_notices", ["unit", "asked_at"])


def downgrade() -> None:
    """Remove it; letters about it go too."""
    messages = sa.table("outbox_messages", sa.column("topic", sa.String))
    op.execute(messages.delete().where(messages.c.topic == "lag"))
    op.drop_table("lag_notices")
