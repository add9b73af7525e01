"""News on its way: what the clock does with it, and its letters in the outbox.

Letters are made by the database from the subscriptions, some thousand in one transaction with the place
that was reached: a process that dies leaves a whole number of such steps, and any other goes on. Each
letter's key names the news and the recipient, so nobody is queued twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import JSON, String, case, literal, select, update
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.database import Database, UtcDateTime
from gateway.database.inserting import insert_into
from gateway.identity.views import SYSTEM
from gateway.news.models import NewsCampaign, NewsSubscription
from gateway.news.rules import Act, State, hours_from, move_of, passes_quiet_hours
from gateway.news.segments import belongs, segment_of, subject_of
from gateway.outbox.models import OutboxMessage, OutboxStream
from gateway.outbox.quiet import QuietHours
from gateway.outbox.rules import State as LetterState
from gateway.outbox.streams import close_stream, open_stream
from gateway.settings import Settings

BATCH: Final = 2_000
"""Recipients queued in one transaction; on SQLite everybody else who writes waits for so long."""
Step = Callable[[Session, NewsCampaign, datetime], None]


class NewsSending:
    """What happens to approved news by itself. Any number of processes may mind it."""

    def __init__(
        self, database: Database, trail: AuditTrail, settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._database = database
        self._trail = trail
        self._clock = clock
        self._per_minute = settings.news_per_minute
        self._quiet = QuietHours.from_settings(settings)

    def mind(self) -> int:
        """Start what is due, go on queueing, end what is over; how many steps were taken."""
        with self._database.read() as session:
            ids = session.scalars(
                select(NewsCampaign.id)
                .where(NewsCampaign.state.in_((State.SCHEDULED, State.SENDING)))
                .order_by(NewsCampaign.id)
            ).all()
        steps = 0
        for campaign_id in ids:
            while self._go_on(campaign_id):
                steps += 1
        return steps

    def _go_on(self, campaign_id: int) -> bool:
        now = self._clock()
        with self._database.read() as session:
            seen = session.get(NewsCampaign, campaign_id)
            if seen is None or self._next(session, seen, now) is None:
                return False
        with self._database.write() as session:
            locked = select(NewsCampaign).where(NewsCampaign.id == campaign_id)
            campaign = session.scalar(locked.with_for_update(skip_locked=True))
            step = None if campaign is None else self._next(session, campaign, now)
            if campaign is None or step is None:
                return False  # another process is at it
            step(session, campaign, now)
            return True

    def _next(self, session: Session, campaign: NewsCampaign, now: datetime) -> Step | None:
        """What is to be done with it now, if anything."""
        if campaign.state not in {State.SCHEDULED, State.SENDING}:
            return None
        if campaign.valid_until is not None and campaign.valid_until <= now:
            return self._expire
        if campaign.state == State.SCHEDULED:
            return self._start if campaign.send_at is None or campaign.send_at <= now else None
        if campaign.queued_at is None:
            return queue_some
        stream = session.get(OutboxStream, subject_of(campaign.id))
        if stream is None or (stream.closes_at is not None and stream.closes_at <= now):
            return self._open
        return None if _waiting(session, campaign) else self._finish

    def _start(self, session: Session, campaign: NewsCampaign, now: datetime) -> None:
        campaign.started_at = campaign.started_at or now
        revive(session, campaign)
        self._open(session, campaign, now)
        self._move(session, campaign, Act.START, now)

    def _open(self, session: Session, campaign: NewsCampaign, now: datetime) -> None:
        passes = passes_quiet_hours(campaign.topic, campaign.urgent)
        opens_at, closes_at = hours_from(now, None if passes else self._quiet)
        rate = campaign.per_minute or self._per_minute
        open_stream(session, subject_of(campaign.id), rate, opens_at, closes_at)

    def _finish(self, session: Session, campaign: NewsCampaign, now: datetime) -> None:
        campaign.finished_at = now
        close_stream(session, subject_of(campaign.id))
        self._move(session, campaign, Act.FINISH, now)

    def _expire(self, session: Session, campaign: NewsCampaign, now: datetime) -> None:
        halt(session, campaign)
        self._move(session, campaign, Act.EXPIRE, now)

    def _move(self, session: Session, campaign: NewsCampaign, act: Act, now: datetime) -> None:
        campaign.state = move_of(State(campaign.state), act).to.value
        campaign.revision += 1
        self._trail.append(
            session, act=f"news.{act}", actor=SYSTEM.name, role=SYSTEM.role,
            subject=subject_of(campaign.id), at=now,
        )  # fmt: skip


def queue_some(session: Session, campaign: NewsCampaign, now: datetime) -> None:
    """Queue the letters to the next recipients, and remember how far that is."""
    taken, wanted = NewsSubscription, belongs(segment_of(campaign))
    # Held against changes, so that nobody who unsubscribes at this moment is written to all the same.
    ids = session.scalars(
        select(taken.id)
        .where(*wanted, taken.id > campaign.cursor)
        .order_by(taken.id)
        .limit(BATCH)
        .with_for_update(read=True)
    ).all()
    if ids:
        letters = _letters(campaign, now)
        chosen = select(*letters.values()).where(*wanted, taken.id > campaign.cursor, taken.id <= ids[-1])
        session.execute(
            insert_into(session, OutboxMessage)
            .from_select(list(letters), chosen, include_defaults=False)
            .on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        )
        campaign.cursor = ids[-1]
    if len(ids) < BATCH:
        campaign.queued_at = now


def _letters(campaign: NewsCampaign, now: datetime) -> dict[str, Any]:
    """The columns of a letter, told by the subscription. Its words are filled in when it leaves."""
    taken, subject = NewsSubscription, subject_of(campaign.id)
    at = literal(now, UtcDateTime())
    payload = {
        language: literal({"news": campaign.id, "language": language}, JSON) for language in ("en", "zh-TW")
    }
    return {
        "key": literal(f"{subject}:", String) + taken.transport + literal(":", String) + taken.recipient_hash,
        "topic": literal(f"news.{campaign.topic}", String),
        "transport": taken.transport,
        "recipient": taken.recipient,
        "subject": literal(subject, String),
        "payload": case((taken.language == "en", payload["en"]), else_=payload["zh-TW"]),
        "stream": literal(subject, String),
        "state": literal(LetterState.PENDING.value, String),
        "attempts": literal(0),
        "not_before": at,
        "next_attempt_at": at,
        "created_at": at,
    }


def halt(session: Session, campaign: NewsCampaign) -> int:
    """Call off every letter that has not left; how many there were."""
    close_stream(session, subject_of(campaign.id))
    return _turn(session, campaign, LetterState.PENDING, LetterState.CANCELLED)


def revive(session: Session, campaign: NewsCampaign) -> int:
    """Put back what was called off by a stop; how many letters that were. What its recipient called off
    is withheld, and stays so.

    A lease stays: what was in a worker's hands when it was called off may be leaving at this moment.
    """
    return _turn(session, campaign, LetterState.CANCELLED, LetterState.PENDING)


def _turn(session: Session, campaign: NewsCampaign, old: LetterState, new: LetterState) -> int:
    turned = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.subject == subject_of(campaign.id),
            OutboxMessage.state == old.value,
        )
        .values(state=new.value)
        .execution_options(synchronize_session=False)
    )
    count: int = turned.rowcount  # type: ignore[attr-defined]
    return count


def _waiting(session: Session, campaign: NewsCampaign) -> bool:
    """Whether a letter of it has still to leave."""
    first = select(OutboxMessage.id).where(
        OutboxMessage.state == LetterState.PENDING,
        OutboxMessage.transport.in_(campaign.transports),
        OutboxMessage.stream == subject_of(campaign.id),
    )
    return session.scalar(first.limit(1)) is not None
