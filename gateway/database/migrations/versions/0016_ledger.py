"""The ledger of the reports: what is counted of each case, and its sums. Every case there is will be counted.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INDEXES = (
    ("case_id",), ("day",), ("figure", "day"), ("unit", "day"), ("item", "day"), ("district", "day")
)  # fmt: skip


def upgrade() -> None:
    """Make the tables; the cases that are there wait to be counted."""
    op.create_table(
        "case_changes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("at", UtcDateTime(), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_changes"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_changes_case_id"),
    )
    _entries()
    op.create_table(
        "report_totals",
        sa.Column("grouping", sa.String(24), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("a", sa.String(), nullable=False),
        sa.Column("b", sa.String(), nullable=False),
        sa.Column("figure", sa.String(24), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("grouping", "period", "a", "b", "figure", "value", name="pk_report_totals"),
    )
    op.create_table(
        "report_ledger",
        sa.Column("id", KEY, nullable=False),
        sa.Column("totalled_to", KEY, nullable=False),
        sa.Column("calendar_version", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_ledger"),
    )
    op.create_index("ix_cases_closed_at", "cases", ["closed_at"])
    op.execute("INSERT INTO report_ledger (id, totalled_to, calendar_version) VALUES (1, 0, '')")
    op.execute("INSERT INTO case_changes (case_id) SELECT id FROM cases ORDER BY id")


def downgrade() -> None:
    """Remove them: nothing in them is not in the cases too."""
    op.drop_index("ix_cases_closed_at", "cases")
    for table in ("report_ledger", "report_totals", "report_entries", "case_changes"):
        op.drop_table(table)


def _entries() -> None:
    names = ("unit", "item", "district", "village", "channel", "person")
    op.create_table(
        "report_entries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("figure", sa.String(24), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.SmallInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in names),
        sa.PrimaryKeyConstraint("id", name="pk_report_entries"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_report_entries_case_id"),
    )
    for columns in INDEXES:
        op.create_index(f"ix_report_entries_{'_'.join(columns)}", "report_entries", list(columns))
