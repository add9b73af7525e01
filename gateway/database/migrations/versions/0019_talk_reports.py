"""Reports on conversations find a period's conversations, citizens' messages, thumbs and ratings by time.

Revision ID: 0019
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0021"
branch_labels = None
depends_on = None

OF_CITIZENS = sa.text("sender = 'citizen'")


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_conversations_created_at", "conversations", ["created_at"])
    op.create_index(
        "ix_messages_of_citizens", "messages", ["created_at", "conversation_id"],
        sqlite_where=OF_CITIZENS, postgresql_where=OF_CITIZENS,
    )  # fmt: skip
    op.create_index("ix_answer_feedback_at", "answer_feedback", ["at"])
    op.create_index("ix_service_ratings_at", "service_ratings", ["at"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_service_ratings_at", "service_ratings")
    op.drop_index("ix_answer_feedback_at", "answer_feedback")
    op.drop_index("ix_messages_of_citizens", "messages")
    op.drop_index("ix_conversations_created_at", "conversations")
