"""The acts of the news desk: one transaction each, with its audit entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.audit.rules import digest
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.errors import NotPermitted
from gateway.identity.rules import GRANTS
from gateway.identity.views import Actor
from gateway.news.drafts import Draft
from gateway.news.errors import AddressMissing, NewsExpired, NewsNotFound, NobodySubscribed, StaleNews
from gateway.news.models import NewsCampaign
from gateway.news.rules import Act, Move, State, check_person, checked_note, move_of
from gateway.news.segments import reach, segment_of, subject_of
from gateway.news.sending import halt
from gateway.settings import Settings


class NewsDesk:
    """Where news is written, handed in, approved, stopped and resumed."""

    def __init__(
        self, database: Database, trail: AuditTrail, settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.database = database
        self.clock = clock
        self.public_url = settings.public_url
        self._trail = trail

    def create(self, draft: Draft, by: Actor) -> int:
        """A new piece of news; its number."""
        now = self.clock()
        with self.database.write() as session:
            campaign = NewsCampaign(
                revision=0, state=State.DRAFT.value, authors=[], note="", changed_by=by.name, changed_at=now,
                cursor=0,
            )  # fmt: skip
            draft.put_into(campaign)
            session.add(campaign)
            session.flush()
            self._done(session, campaign, Act.SAVE, by)
            return campaign.id

    def save(self, campaign_id: int, draft: Draft, revision: int, by: Actor) -> None:
        """Change a draft. Raises NewsNotFound, StaleNews, NewsActRefused."""
        with self.database.write() as session:
            campaign = self._locked(session, campaign_id, revision)
            self._move(campaign, Act.SAVE, by)
            draft.put_into(campaign)
            self._done(session, campaign, Act.SAVE, by)

    def hand_in(self, campaign_id: int, revision: int, by: Actor) -> None:
        """Ask a colleague to approve it.

        Raises as `save`, and NobodySubscribed, NewsExpired, AddressMissing.
        """
        with self.database.write() as session:
            campaign = self._locked(session, campaign_id, revision)
            self._move(campaign, Act.HAND_IN, by)
            told = {"recipients": self._check_sendable(session, campaign)}
            self._done(session, campaign, Act.HAND_IN, by, told)

    def discard(self, campaign_id: int, revision: int, by: Actor) -> None:
        """Throw a draft away. Raises as `save`."""
        with self.database.write() as session:
            campaign = self._locked(session, campaign_id, revision)
            self._move(campaign, Act.DISCARD, by)
            self._done(session, campaign, Act.DISCARD, by)

    def send_back(self, campaign_id: int, revision: int, note: str, by: Actor) -> None:
        """Give it back to who wrote it. Raises as `save`, and NewsReasonMissing."""
        with self.database.write() as session:
            campaign = self._locked(session, campaign_id, revision)
            campaign.note = checked_note(self._move(campaign, Act.RETURN, by), note)
            self._done(session, campaign, Act.RETURN, by, {"note": campaign.note})

    def approve(self, campaign_id: int, revision: int, by: Actor) -> None:
        """Let it go out at its time, as it was seen under `revision`. Raises as `hand_in`, and OwnNews."""
        with self.database.write() as session:
            campaign = self._locked(session, campaign_id, revision)
            self._move(campaign, Act.APPROVE, by)
            words = [campaign.title_zh, campaign.text_zh, campaign.title_en, campaign.text_en, campaign.link]
            told = {"recipients": self._check_sendable(session, campaign), "words": digest(words)}
            campaign.approved_by, campaign.note = by.name, ""
            self._done(session, campaign, Act.APPROVE, by, told)

    def stop(self, campaign_id: int, note: str, by: Actor) -> int:
        """Call off what has not left, whatever was changed meanwhile; how many letters that were.

        Raises NewsNotFound, NewsActRefused, NewsReasonMissing.
        """
        with self.database.write() as session:
            campaign = self._locked(session, campaign_id)
            campaign.note = checked_note(self._move(campaign, Act.STOP, by), note)
            count = halt(session, campaign)
            self._done(session, campaign, Act.STOP, by, {"note": campaign.note, "letters": count})
            return count

    def resume(self, campaign_id: int, revision: int, by: Actor) -> None:
        """Let the rest go out after all. Raises as `save`, and OwnNews, NewsExpired."""
        with self.database.write() as session:
            campaign = self._locked(session, campaign_id, revision)
            self._move(campaign, Act.RESUME, by)
            self._check_valid(campaign)
            campaign.note = ""
            self._done(session, campaign, Act.RESUME, by)

    def _locked(self, session: Session, campaign_id: int, revision: int | None = None) -> NewsCampaign:
        locked = select(NewsCampaign).where(NewsCampaign.id == campaign_id).with_for_update()
        campaign = session.scalar(locked)
        if campaign is None:
            raise NewsNotFound(str(campaign_id))
        if revision is not None and campaign.revision != revision:
            raise StaleNews(str(campaign_id))
        return campaign

    def _move(self, campaign: NewsCampaign, act: Act, by: Actor) -> Move:
        move = move_of(State(campaign.state), act)
        if move.needs is None or by.role not in GRANTS[move.needs]:
            raise NotPermitted(act)
        check_person(move, by.name, campaign.authors)
        campaign.state = move.to.value
        return move

    def _check_sendable(self, session: Session, campaign: NewsCampaign) -> int:
        self._check_valid(campaign)
        if not self.public_url:
            raise AddressMissing
        recipients = sum(reach(session, segment_of(campaign)).values())
        if not recipients:
            raise NobodySubscribed
        return recipients

    def _check_valid(self, campaign: NewsCampaign) -> None:
        if campaign.valid_until is not None and campaign.valid_until <= self.clock():
            raise NewsExpired

    def _done(
        self, session: Session, campaign: NewsCampaign, act: Act, by: Actor,
        told: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        if act is Act.SAVE and by.name not in campaign.authors:
            campaign.authors = [*campaign.authors, by.name]
        campaign.revision += 1
        campaign.changed_by, campaign.changed_at = by.name, self.clock()
        session.flush()
        self._trail.append(
            session, act=f"news.{act}", actor=by.name, role=by.role, subject=subject_of(campaign.id),
            detail=told, at=campaign.changed_at,
        )  # fmt: skip
