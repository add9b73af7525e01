"""Who takes city news, and the news itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class NewsSubscription(Base):
    """What one recipient takes. One that has ended keeps no address and is thrown away after a while."""

    __tablename__ = "news_subscriptions"
    __table_args__ = (UniqueConstraint("transport", "recipient_hash"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    transport: Mapped[str] = mapped_column(String(40))
    """`email` or `line`."""
    recipient: Mapped[str] = mapped_column(String(320))
    recipient_hash: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    topics: Mapped[int]
    """A bit for each topic, see `rules.topics_mask`."""
    areas: Mapped[int] = mapped_column(BigInteger)
    """A bit for each district, or the whole city's, see `rules.areas_mask`."""
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class NewsCampaign(Base):
    """One piece of news: its words, to whom it goes, and how far it is."""

    __tablename__ = "news_campaigns"
    __table_args__ = (Index("ix_news_campaigns_state", "state"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    title_zh: Mapped[str] = mapped_column(String(60))
    text_zh: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(String(60))
    """Empty where there is no English text."""
    text_en: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(String(20))
    areas: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(JSON)
    languages: Mapped[list[str]] = mapped_column(JSON)
    """Readers of which languages it goes to."""
    link: Mapped[str] = mapped_column(String(500))
    urgent: Mapped[bool]
    per_minute: Mapped[int | None]
    send_at: Mapped[datetime | None]
    """Not before then; None: as soon as it is approved."""
    valid_until: Mapped[datetime | None]
    authors: Mapped[list[str]] = mapped_column(JSON)
    """Everybody who has written in it."""
    approved_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(300))
    """Why it was returned or stopped."""
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cursor: Mapped[int] = mapped_column(BigInteger)
    """The last subscription that was looked at for queueing: what makes queueing resumable."""
    queued_at: Mapped[datetime | None]
    """When the letters to everybody had been queued."""


class NewsOptOut(Base):
    """Somebody who left because of a piece of news, or before it reached them."""

    __tablename__ = "news_opt_outs"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("news_campaigns.id"), primary_key=True)
    recipient_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
