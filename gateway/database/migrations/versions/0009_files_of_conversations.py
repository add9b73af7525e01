"""Files that are sent in a conversation.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEX = "ix_case_attachments_conversation_id"


def upgrade() -> None:
    """A file may belong to a conversation."""
    op.add_column("case_attachments", sa.Column("conversation_id", sa.String(36)))
    op.create_index(INDEX, "case_attachments", ["conversation_id"])


def downgrade() -> None:
    """Files of conversations have no place any more; their messages keep the name, as words. Copies that
    cases have got stay."""
    op.execute("DELETE FROM case_attachments WHERE conversation_id IS NOT NULL")
    op.execute("UPDATE messages SET kind = 'text' WHERE kind = 'file'")
    op.drop_index(INDEX, "case_attachments")
    op.drop_column("case_attachments", "conversation_id")
