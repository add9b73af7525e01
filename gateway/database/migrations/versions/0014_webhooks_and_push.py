"""Endpoints of agencies' own systems, and browsers that want to be told of an answer.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", KEY, nullable=False),
        sa.Column("unit", sa.String(120), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_since", UtcDateTime(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("sealed_old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", UtcDateTime(), nullable=True),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        # The number of one that was removed is never another's: letters are written to numbers.
        sqlite_autoincrement=True,
    )
    for column in ("unit", "state"):
        op.create_index(f"ix_webhook_endpoints_{column}", "webhook_endpoints", [column])
    op.create_table(
        "push_subscriptions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_hash", sa.String(32), nullable=False),
        sa.Column("p256dh", sa.String(120), nullable=False),
        sa.Column("auth", sa.String(40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_push_subscriptions"),
        sa.UniqueConstraint(
            "conversation_id", "endpoint_hash", name="uq_push_subscriptions_conversation_id_endpoint_hash"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_push_subscriptions_conversation_id"
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Remove both; secrets and subscriptions are lost."""
    op.drop_table("push_subscriptions")
    op.drop_table("webhook_endpoints")
