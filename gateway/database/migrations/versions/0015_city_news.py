"""City news: subscriptions, campaigns, opt-outs; streams of the outbox.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.database import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
STREAMED = "ix_outbox_messages_state_transport_stream_next_attempt_at"


def upgrade() -> None:
    """Make the tables; messages that are there belong to no stream."""
    op.add_column("outbox_messages", sa.Column("stream", sa.String(40), nullable=False, server_default=""))
    op.create_index(STREAMED, "outbox_messages", ["state", "transport", "stream", "next_attempt_at"])
    op.create_table(
        "outbox_streams",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("opens_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_outbox_streams"),
    )
    _subscriptions()
    _campaigns()


def downgrade() -> None:
    """Remove them. Letters of news would go out without their words, and go too."""
    messages = sa.table("outbox_messages", sa.column("topic", sa.String))
    op.execute(messages.delete().where(messages.c.topic.like("news.%")))
    for table in ("news_opt_outs", "news_campaigns", "news_subscriptions", "outbox_streams"):
        op.drop_table(table)
    op.drop_index(STREAMED, "outbox_messages")
    op.drop_column("outbox_messages", "stream")


def _subscriptions() -> None:
    op.create_table(
        "news_subscriptions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("transport", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("recipient_hash", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("topics", sa.Integer(), nullable=False),
        sa.Column("areas", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_news_subscriptions"),
        sa.UniqueConstraint(
            "transport", "recipient_hash", name="uq_news_subscriptions_transport_recipient_hash"
        ),
    )


def _campaigns() -> None:
    op.create_table(
        "news_campaigns",
        sa.Column("id", KEY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("title_zh", sa.String(60), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.String(60), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("areas", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(500), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("send_at", UtcDateTime(), nullable=True),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("approved_by", sa.String(64), nullable=True),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_news_campaigns"),
    )
    op.create_index("ix_news_campaigns_state", "news_campaigns", ["state"])
    op.create_table(
        "news_opt_outs",
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("recipient_hash", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "recipient_hash", name="pk_news_opt_outs"),
        sa.ForeignKeyConstraint(["campaign_id"], ["news_campaigns.id"], name="fk_news_opt_outs_campaign_id"),
    )
