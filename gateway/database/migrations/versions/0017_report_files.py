"""Files of reports, saved reports, and reports by e-mail.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "report_exports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("report", sa.String(60), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("permission", sa.String(40), nullable=False),
        sa.Column("units", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.String(80), nullable=True),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_report_exports"),
    )
    op.create_index("ix_report_exports_state_leased_until", "report_exports", ["state", "leased_until"])
    op.create_index("ix_report_exports_owner_created_at", "report_exports", ["owner", "created_at"])
    _saved()


def downgrade() -> None:
    """Remove them. The files themselves are swept away by the next start."""
    for table in ("report_schedules", "saved_reports", "report_exports"):
        op.drop_table(table)


def _saved() -> None:
    op.create_table(
        "saved_reports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("report", sa.String(60), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_reports"),
    )
    op.create_index("ix_saved_reports_owner", "saved_reports", ["owner"])
    op.create_table(
        "report_schedules",
        sa.Column("id", KEY, nullable=False),
        sa.Column("saved_id", KEY, nullable=False),
        sa.Column("every", sa.String(8), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("working_days", sa.Boolean(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("stopped_because", sa.String(20), nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_schedules"),
        sa.ForeignKeyConstraint(["saved_id"], ["saved_reports.id"], name="fk_report_schedules_saved_id"),
        sa.UniqueConstraint("saved_id", name="uq_report_schedules_saved_id"),
    )
    op.create_index("ix_report_schedules_state_next_at", "report_schedules", ["state", "next_at"])
