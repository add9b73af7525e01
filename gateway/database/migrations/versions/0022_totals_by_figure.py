"""The ledger's sums in the order in which they are asked for: figure before period, handling times apart.

Revision ID: 0022
Revises: 0019
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None

BY_FIGURE = ("grouping", "figure", "period", "a", "b", "value")
BY_PERIOD = ("grouping", "period", "a", "b", "figure", "value")
COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "grouping": sa.String(24), "figure": sa.String(24), "period": sa.Integer(), "a": sa.String(),
    "b": sa.String(), "value": sa.SmallInteger(),
}  # fmt: skip


def upgrade() -> None:
    """Handling times become sums of their own (`finished_time`); `finished` counts without them."""
    _make_again(
        BY_FIGURE,
        "SELECT grouping, figure, period, a, b, value, amount FROM before WHERE figure <> 'finished'",
        "SELECT grouping, 'finished_time', period, a, b, value, amount FROM before WHERE figure = 'finished'",
        "SELECT grouping, figure, period, a, b, 0, sum(amount) FROM before WHERE figure = 'finished' "
        "GROUP BY grouping, figure, period, a, b",
    )


def downgrade() -> None:
    """Back to one figure of both."""
    _make_again(
        BY_PERIOD,
        "SELECT grouping, figure, period, a, b, value, amount FROM before "
        "WHERE figure NOT IN ('finished', 'finished_time')",
        "SELECT grouping, 'finished', period, a, b, value, amount FROM before WHERE figure = 'finished_time'",
    )


def _make_again(key: Sequence[str], *parts: str) -> None:
    """The table under another key, filled from what it was."""
    op.rename_table("report_totals", "before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_report_totals RENAME TO pk_before")
    op.create_table(
        "report_totals",
        *(sa.Column(name, COLUMNS[name], nullable=False) for name in key),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_report_totals"),
    )
    for part in parts:
        op.execute(f"INSERT INTO report_totals (grouping, figure, period, a, b, value, amount) {part}")
    op.drop_table("before")
