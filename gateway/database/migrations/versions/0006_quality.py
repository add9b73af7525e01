"""Quality sheets: draws with their seeds and pools, sheets, points, replies, events.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NEW_TABLES = ("quality_events", "quality_replies", "quality_marks", "quality_sheets", "quality_draws")


def upgrade() -> None:
    """Make the tables."""
    _draws()
    _sheets()
    _about_sheets()


def downgrade() -> None:
    """Remove them."""
    for table in NEW_TABLES:
        op.drop_table(table)


def _draws() -> None:
    op.create_table(
        "quality_draws",
        sa.Column("id", KEY, nullable=False),
        sa.Column("operator", sa.String(64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(32), nullable=False),
        sa.Column("pool", sa.JSON(), nullable=False),
        sa.Column("drawn_by", sa.String(64), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quality_draws"),
        sa.UniqueConstraint("operator", "first_day", "last_day", "round", name="uq_quality_draws_once"),
    )


def _sheets() -> None:
    op.create_table(
        "quality_sheets",
        sa.Column("id", KEY, nullable=False),
        sa.Column("handling_id", KEY, nullable=False),
        sa.Column("draw_id", KEY, nullable=False),
        sa.Column("operator", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("assessor", sa.String(64)),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("grade", sa.String(16)),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_quality_sheets"),
        sa.UniqueConstraint("handling_id", name="uq_quality_sheets_handling_id"),
        sa.ForeignKeyConstraint(["handling_id"], ["handlings.id"], name="fk_quality_sheets_handling_id"),
        sa.ForeignKeyConstraint(["draw_id"], ["quality_draws.id"], name="fk_quality_sheets_draw_id"),
    )
    op.create_index("ix_quality_sheets_draw_id", "quality_sheets", ["draw_id"])
    op.create_index("ix_quality_sheets_operator_state", "quality_sheets", ["operator", "state"])


def _about_sheets() -> None:
    op.create_table(
        "quality_marks",
        sa.Column("sheet_id", KEY, nullable=False),
        sa.Column("criterion", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("halves", sa.Integer()),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sheet_id", "criterion", name="pk_quality_marks"),
        sa.ForeignKeyConstraint(["sheet_id"], ["quality_sheets.id"], name="fk_quality_marks_sheet_id"),
    )
    op.create_table(
        "quality_replies",
        sa.Column("sheet_id", KEY, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sheet_id", "edition", name="pk_quality_replies"),
        sa.ForeignKeyConstraint(["sheet_id"], ["quality_sheets.id"], name="fk_quality_replies_sheet_id"),
    )
    op.create_table(
        "quality_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sheet_id", KEY, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_quality_events"),
        sa.ForeignKeyConstraint(["sheet_id"], ["quality_sheets.id"], name="fk_quality_events_sheet_id"),
    )
    op.create_index("ix_quality_events_sheet_id", "quality_events", ["sheet_id"])
