"""Cases, their clocks, their events, and the counters that number them.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# An event that could be edited would prove nothing; the database itself refuses.
SQLITE_GUARD = """
CREATE TRIGGER case_events_no_{verb} BEFORE {verb} ON case_events
BEGIN SELECT RAISE(ABORT, 'case_events is append-only'); END
"""
POSTGRES_FUNCTION = """
CREATE FUNCTION case_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'case_events is append-only'; END $$
"""
POSTGRES_GUARD = """
CREATE TRIGGER case_events_append_only BEFORE UPDATE OR DELETE ON case_events
FOR EACH ROW EXECUTE FUNCTION case_events_append_only()
"""


def upgrade() -> None:
    """Make the tables of the case room."""
    op.create_table(
        "case_counters",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "day", name="pk_case_counters"),
    )
    _cases()
    _dues()
    _events()
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE_GUARD.format(verb=verb))
    else:
        op.execute(POSTGRES_FUNCTION)
        op.execute(POSTGRES_GUARD)


def downgrade() -> None:
    """Remove them, with everything in them."""
    for table in ("case_events", "case_dues", "cases", "case_counters"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION case_events_append_only()")


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("origin_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("catalogue_version", sa.String(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_unit", sa.String(), nullable=False),
        sa.Column("district", sa.String()),
        sa.Column("village", sa.String()),
        sa.Column("address", sa.Text()),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String()),
        sa.Column("contact_phone", sa.String()),
        sa.Column("contact_email", sa.String()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("number", name="uq_cases_number"),
        sa.UniqueConstraint("origin_key", name="uq_cases_origin_key"),
    )
    op.create_index("ix_cases_item_code", "cases", ["item_code"])
    op.create_index("ix_cases_received_at", "cases", ["received_at"])
    op.create_index("ix_cases_status_owner_unit", "cases", ["status", "owner_unit"])


def _dues() -> None:
    op.create_table(
        "case_dues",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("met_at", UtcDateTime()),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("working", sa.JSON(), nullable=False),
        sa.Column("calendar_version", sa.String(), nullable=False),
        sa.Column("catalogue_version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_dues"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_dues_case_id"),
        sa.UniqueConstraint("case_id", "stage", name="uq_case_dues_case_id_stage"),
    )
    op.create_index("ix_case_dues_due_at", "case_dues", ["due_at"])


def _events() -> None:
    op.create_table(
        "case_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_case_events"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_events_case_id"),
        sa.UniqueConstraint("case_id", "sequence", name="uq_case_events_case_id_sequence"),
    )
