"""Figures of the city's report that come from outside.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "report_figures",
        sa.Column("id", KEY, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(40), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("entered_by", sa.String(64), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_figures"),
        sa.UniqueConstraint("month", "figure", "edition", name="uq_report_figures_once"),
    )


def downgrade() -> None:
    """Remove it, with all that was entered."""
    op.drop_table("report_figures")
