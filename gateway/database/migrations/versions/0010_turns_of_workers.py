"""Which process is at work on a citizen's message, and since when.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; messages without them are nobody's."""
    op.add_column("messages", sa.Column("turn_worker", sa.Integer()))
    op.add_column("messages", sa.Column("turn_at", UtcDateTime()))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("messages", "turn_at")
    op.drop_column("messages", "turn_worker")
