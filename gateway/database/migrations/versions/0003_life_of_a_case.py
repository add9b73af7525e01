"""The life of a case: assignments, pauses, extensions, links, attachments; the audit trail; the outbox.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")

NEW_IN_CASES = (
    ("conversation_id", sa.String(36)),
    ("place_key", sa.String(200)),
    ("next_due_at", UtcDateTime()),
    ("paused_since", UtcDateTime()),
    ("resume_status", sa.String()),
    ("status_since", UtcDateTime()),
    ("closed_at", UtcDateTime()),
)
NEW_TABLES = (
    "outbox_messages",
    "audit_head",
    "audit_entries",
    "case_saved_views",
    "catalogue_versions",
    "office_closures",
    "mailbox_drafts",
    "case_ratings",
    "case_attachments",
    "case_links",
    "case_reporters",
    "case_extensions",
    "case_pauses",
)
# States that the schema before this one does not know, and the nearest that it does.
OLDER_STATUS = {
    "awaiting_citizen": "in_progress",
    "with_external": "in_progress",
    "merged": "released",
    "converted": "released",
}
SQLITE_GUARD = """
CREATE TRIGGER audit_entries_no_{verb} BEFORE {verb} ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END
"""
POSTGRES_FUNCTION = """
CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit_entries is append-only'; END $$
"""
POSTGRES_GUARD = """
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only()
"""


CARRY_OVER = (
    "UPDATE cases SET status_since = coalesce("
    "(SELECT max(e.at) FROM case_events e WHERE e.case_id = cases.id), received_at)",
    "UPDATE cases SET closed_at = status_since WHERE status IN ('released', 'not_processed', 'withdrawn')",
    "INSERT INTO case_assignments (case_id, unit, status, lead, active, started_at, ended_at) "
    "SELECT id, owner_unit, CASE status WHEN 'registered' THEN 'returned' ELSE status END, true, "
    "status NOT IN ('registered', 'released', 'not_processed', 'withdrawn'), received_at, closed_at "
    "FROM cases",
    "UPDATE case_dues SET first_due_at = due_at, "
    "assignment_id = (SELECT a.id FROM case_assignments a WHERE a.case_id = case_dues.case_id), "
    "start_at = (SELECT c.received_at FROM cases c WHERE c.id = case_dues.case_id)",
    "UPDATE case_assignments SET next_due_at = (SELECT min(d.due_at) FROM case_dues d "
    "WHERE d.met_at IS NULL AND d.case_id = case_assignments.case_id) WHERE active",
    "UPDATE cases SET next_due_at = (SELECT min(d.due_at) FROM case_dues d "
    "WHERE d.met_at IS NULL AND d.case_id = cases.id) "
    "WHERE status NOT IN ('released', 'not_processed', 'withdrawn')",
)


def upgrade() -> None:
    """Make the new tables; give every case there is the one assignment that it has had."""
    for name, kind in NEW_IN_CASES:
        op.add_column("cases", sa.Column(name, kind))
    op.add_column("cases", sa.Column("attributes", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("cases", sa.Column("reopenings", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index("ix_cases_status_next_due_at", "cases", ["status", "next_due_at"])
    op.create_index("ix_cases_item_code_district", "cases", ["item_code", "district"])
    op.create_index("ix_cases_place_key", "cases", ["place_key"])
    _assignments()
    _dues()
    _carry_over()
    _of_a_case()
    _attachments()
    _beside_the_case()
    _audit()
    _outbox()


def downgrade() -> None:
    """Remove them; a case keeps the clocks of its leading assignment."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP TRIGGER audit_entries_append_only ON audit_entries")
        op.execute("DROP FUNCTION audit_entries_append_only()")
    for table in NEW_TABLES:
        op.drop_table(table)
    # The older schema judges every clock it has: one that is not judged would come back as overdue.
    op.execute("DELETE FROM case_dues WHERE NOT current OR stage NOT IN ('inspection', 'completion')")
    op.execute(
        "DELETE FROM case_dues WHERE id NOT IN (SELECT max(d.id) FROM case_dues d "
        "JOIN case_assignments a ON a.id = d.assignment_id WHERE a.lead GROUP BY d.case_id, d.stage)"
    )
    with op.batch_alter_table("case_dues") as dues:
        dues.drop_constraint("uq_case_dues_assignment_id_stage", type_="unique")
        dues.drop_constraint("fk_case_dues_assignment_id", type_="foreignkey")
        dues.drop_index("ix_case_dues_case_id")
        for name in ("assignment_id", "start_at", "first_due_at", "extended_to", "current"):
            dues.drop_column(name)
        dues.create_unique_constraint("uq_case_dues_case_id_stage", ["case_id", "stage"])
    op.drop_table("case_assignments")
    for status, older in OLDER_STATUS.items():
        op.execute(
            sa.text("UPDATE cases SET status = :older WHERE status = :status").bindparams(
                older=older, status=status
            )
        )
    for index in ("ix_cases_place_key", "ix_cases_item_code_district", "ix_cases_status_next_due_at"):
        op.drop_index(index, "cases")
    for name in ("reopenings", "attributes", *(name for name, _ in reversed(NEW_IN_CASES))):
        op.drop_column("cases", name)


def _assignments() -> None:
    op.create_table(
        "case_assignments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("external_unit", sa.String()),
        sa.Column("handler", sa.String()),
        sa.Column("next_due_at", UtcDateTime()),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_case_assignments"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_assignments_case_id"),
    )
    op.create_index("ix_case_assignments_case_id", "case_assignments", ["case_id"])
    op.create_index(
        "ix_case_assignments_unit_active_next_due_at", "case_assignments", ["unit", "active", "next_due_at"]
    )


def _dues() -> None:
    with op.batch_alter_table("case_dues") as dues:
        dues.add_column(sa.Column("assignment_id", KEY))
        dues.add_column(sa.Column("start_at", UtcDateTime()))
        dues.add_column(sa.Column("first_due_at", UtcDateTime()))
        dues.add_column(sa.Column("extended_to", UtcDateTime()))
        dues.add_column(sa.Column("current", sa.Boolean(), nullable=False, server_default=sa.true()))
        dues.drop_constraint("uq_case_dues_case_id_stage", type_="unique")
        dues.create_unique_constraint("uq_case_dues_assignment_id_stage", ["assignment_id", "stage"])
        dues.create_foreign_key("fk_case_dues_assignment_id", "case_assignments", ["assignment_id"], ["id"])
        dues.create_index("ix_case_dues_case_id", ["case_id"])


def _carry_over() -> None:
    """Closed cases end with their last event; the others go on."""
    for statement in CARRY_OVER:
        op.execute(statement)


def _of_a_case() -> None:
    op.create_table(
        "case_pauses",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_case_pauses"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_pauses_case_id"),
    )
    op.create_index("ix_case_pauses_case_id", "case_pauses", ["case_id"])
    op.create_table(
        "case_extensions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("assignment_id", KEY, nullable=False),
        sa.Column("new_due_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String()),
        sa.Column("decided_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_case_extensions"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_extensions_case_id"),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["case_assignments.id"], name="fk_case_extensions_assignment_id"
        ),
    )
    op.create_index("ix_case_extensions_case_id", "case_extensions", ["case_id"])
    op.create_table(
        "case_reporters",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("origin_key", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("phone", sa.String()),
        sa.Column("email", sa.String()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(36)),
        sa.Column("note", sa.Text()),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_reporters"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_reporters_case_id"),
        sa.UniqueConstraint("origin_key", name="uq_case_reporters_origin_key"),
    )
    op.create_index("ix_case_reporters_case_id", "case_reporters", ["case_id"])
    op.create_table(
        "case_links",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("other_id", KEY, nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_case_links"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_links_case_id"),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name="fk_case_links_other_id"),
    )
    op.create_index("ix_case_links_case_id", "case_links", ["case_id"])
    op.create_index("ix_case_links_other_id", "case_links", ["other_id"])
    op.create_table(
        "case_ratings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("closing", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_ratings"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_ratings_case_id"),
        sa.UniqueConstraint("case_id", "closing", name="uq_case_ratings_case_id_closing"),
    )


def _attachments() -> None:
    op.create_table(
        "case_attachments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("case_id", KEY),
        sa.Column("draft_key", sa.String(80)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("uploaded_by", sa.String(120), nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_attachments"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_attachments_case_id"),
        sa.UniqueConstraint("public_id", name="uq_case_attachments_public_id"),
    )
    op.create_index("ix_case_attachments_case_id", "case_attachments", ["case_id"])
    op.create_index("ix_case_attachments_draft_key", "case_attachments", ["draft_key"])


def _beside_the_case() -> None:
    op.create_table(
        "mailbox_drafts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.Column("case_number", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox_drafts"),
        sa.UniqueConstraint("token_hash", name="uq_mailbox_drafts_token_hash"),
    )
    op.create_index("ix_mailbox_drafts_expires_at", "mailbox_drafts", ["expires_at"])
    op.create_table(
        "office_closures",
        sa.Column("id", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("part", sa.String(4), nullable=False),
        sa.Column("zh", sa.String(120), nullable=False),
        sa.Column("en", sa.String(200), nullable=False),
        sa.Column("announced_at", UtcDateTime()),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_office_closures"),
    )
    op.create_table(
        "catalogue_versions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_versions"),
        sa.UniqueConstraint("version", name="uq_catalogue_versions_version"),
    )
    op.create_index("ix_catalogue_versions_effective_from", "catalogue_versions", ["effective_from"])
    op.create_table(
        "case_saved_views",
        sa.Column("id", KEY, nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_saved_views"),
        sa.UniqueConstraint("owner", "name", name="uq_case_saved_views_owner_name"),
    )


def _audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", KEY, nullable=False, autoincrement=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("act", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject"])
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seq", KEY, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE_GUARD.format(verb=verb))
    else:
        op.execute(POSTGRES_FUNCTION)
        op.execute(POSTGRES_GUARD)


def _outbox() -> None:
    op.create_table(
        "outbox_messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("topic", sa.String(60), nullable=False),
        sa.Column("transport", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("subject", sa.String(120)),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("ordering", sa.String(320)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("leased_until", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("read_at", UtcDateTime()),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_messages"),
        sa.UniqueConstraint("key", name="uq_outbox_messages_key"),
    )
    op.create_index("ix_outbox_messages_subject", "outbox_messages", ["subject"])
    op.create_index(
        "ix_outbox_messages_state_next_attempt_at", "outbox_messages", ["state", "next_attempt_at"]
    )
    op.create_index("ix_outbox_messages_transport_recipient", "outbox_messages", ["transport", "recipient"])
    op.create_index("ix_outbox_messages_ordering_state", "outbox_messages", ["ordering", "state"])
