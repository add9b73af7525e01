"""Who takes which news. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from gateway.cases.filing import checked_reporter
from gateway.database.inserting import insert_into
from gateway.errors import InvalidFields, TooManyRequests
from gateway.news.errors import ConfirmationOver, SubscriptionNotFound
from gateway.news.letters import confirmation
from gateway.news.links import Links
from gateway.news.models import NewsOptOut, NewsSubscription
from gateway.news.rules import LANGUAGES, Topic, areas_mask, districts_in, topics_in, topics_mask
from gateway.outbox.models import OutboxMessage
from gateway.outbox.preferences import Preferences
from gateway.outbox.rules import Group, State, Stopped, Transport, address_hash, short_hash
from gateway.outbox.service import Outbox

CONFIRMS: Final = "subscription.confirm"
VALID: Final = timedelta(days=7)
KEPT: Final = VALID + timedelta(days=1)
"""For so long an ended subscription is remembered, without its address: older confirmations stay void."""
LETTERS_A_DAY: Final = 5
"""Confirmations one address is sent in a day: nobody's postbox is filled in another's name."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """What a recipient takes. No districts: the whole city."""

    topics: tuple[Topic, ...]
    districts: tuple[str, ...]
    language: str


def checked_wish(
    topics: Iterable[str], districts: Iterable[str], language: str, known_districts: Collection[str]
) -> Standing:
    """What somebody wants to take. Raises InvalidFields."""
    topics, districts = set(topics), set(districts)
    problems = {}
    if not topics or not topics <= set(Topic):
        problems["topics"] = ("請至少選擇一個主題。", "Please choose at least one topic.")
    if not districts <= set(known_districts):
        problems["districts"] = ("請選擇高雄市的行政區。", "Please choose districts of Kaohsiung.")
    if language not in LANGUAGES:
        problems["language"] = ("請選擇語言。", "Please choose a language.")
    if problems:
        raise InvalidFields(problems)
    return Standing(tuple(topic for topic in Topic if topic in topics), tuple(sorted(districts)), language)


def subscribe(
    session: Session, transport: str, recipient: str, topics: Iterable[str], districts: Iterable[str],
    language: str, at: datetime,
) -> None:  # fmt: skip
    """Let a recipient take these topics (names of `Topic`) of these districts (official codes; none: all).

    It replaces what they took. Only for a recipient who is known to have asked: see `Subscriptions.ask`.
    """
    hashed, mask = address_hash(transport, recipient), topics_mask(map(Topic, topics))
    row = {
        "transport": transport, "recipient": recipient, "recipient_hash": hashed, "language": language,
        "topics": mask, "areas": areas_mask(districts), "changed_at": at,
        "ended_at": None,
    }  # fmt: skip
    dropped = ~mask & _taken(session, transport, hashed)
    known = [NewsSubscription.transport, NewsSubscription.recipient_hash]
    fresh = insert_into(session, NewsSubscription).values(row)
    session.execute(fresh.on_conflict_do_update(index_elements=known, set_=row))
    if dropped:
        _call_off(session, transport, recipient, topics_in(dropped))
    if not Preferences.allows(session, transport, recipient, Group.NEWS):
        Preferences.opt_in(session, transport, recipient, Group.NEWS, at)


def unsubscribe(
    session: Session, transport: str, recipient: str, at: datetime, campaign_id: int | None = None
) -> bool:
    """Let a recipient take nothing any more, from this moment; whether they took anything.

    Letters that wait for them are called off. `campaign_id`: the news whose letter made them leave.
    """
    return _end(session, transport, address_hash(transport, recipient), at, campaign_id)


def subscriptions_of(session: Session, transport: str, recipient: str) -> Standing | None:
    """What a recipient takes; None where it is nothing."""
    return _standing(_row(session, transport, address_hash(transport, recipient)))


class Subscriptions:
    """Subscriptions of citizens who come by a page or a letter's link. Commits nothing."""

    def __init__(
        self, outbox: Outbox, links: Links, districts: Collection[str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.clock = clock
        self._outbox = outbox
        self._links = links
        self._districts = frozenset(districts)

    def ask(
        self, session: Session, email: str, topics: Iterable[str], districts: Iterable[str], language: str,
        page: str,
    ) -> datetime:  # fmt: skip
        """Send the link that begins, or replaces, a subscription; until when it works.

        `page` is the address of the page with the button. Whether the address is known is not told.
        Raises InvalidFields, TooManyRequests.
        """
        wish = checked_wish(topics, districts, language, self._districts)
        email = checked_reporter(None, None, email).email or ""
        if not email:
            raise InvalidFields({"email": ("請填寫電子郵件。", "Please give your e-mail address.")})
        now = self.clock()
        self._spare(session, email, now)
        token = self._links.wish(email, [wish.topics, wish.districts, wish.language], now)
        self._outbox.put(
            session, key=f"{CONFIRMS}:{short_hash(token)}", topic=CONFIRMS, transport=Transport.EMAIL,
            recipient=email, payload=confirmation(wish.language, f"{page}#confirm={token}", now + VALID),
            now=now,
        )  # fmt: skip
        return now + VALID

    def confirm(self, session: Session, token: str) -> Standing:
        """Begin the subscription a confirmation is for; a second time it changes nothing.

        Raises SubscriptionNotFound, ConfirmationOver.
        """
        wanted = self._links.read_wish(token)
        if wanted is None:
            raise SubscriptionNotFound
        email, (topics, districts, language), asked_at = wanted
        now = self.clock()
        wish = checked_wish(topics, districts, language, self._districts)
        known = _row(session, Transport.EMAIL, address_hash(Transport.EMAIL, email), lock=True)
        if known is not None and known.changed_at.timestamp() >= asked_at:
            if _standing(known) == wish:
                return wish
            raise ConfirmationOver
        if now.timestamp() > asked_at + VALID.total_seconds():
            raise ConfirmationOver
        subscribe(session, Transport.EMAIL, email, wish.topics, wish.districts, wish.language, now)
        return wish

    def mine(self, session: Session, token: str) -> Standing:
        """What the holder of a letter's link takes. Raises SubscriptionNotFound."""
        found = _standing(_row(session, *self._whose(token)))
        if found is None:
            raise SubscriptionNotFound
        return found

    def change(
        self, session: Session, token: str, topics: Iterable[str], districts: Iterable[str], language: str
    ) -> Standing:
        """Let the holder of a link take something else. Raises SubscriptionNotFound, InvalidFields."""
        row = _row(session, *self._whose(token), lock=True)
        if row is None or row.ended_at is not None:
            raise SubscriptionNotFound
        wish = checked_wish(topics, districts, language, self._districts)
        subscribe(
            session, row.transport, row.recipient, wish.topics, wish.districts, wish.language, self.clock()
        )
        return wish

    def leave(self, session: Session, token: str, campaign_id: int | None = None) -> None:
        """End the subscription of the holder of a link; again and again. Raises SubscriptionNotFound."""
        _end(session, *self._whose(token), self.clock(), campaign_id)

    def is_link(self, token: str) -> bool:
        """Whether the link is one of ours, whatever has become of the subscription."""
        return self._links.read(token) is not None

    def purge(self, session: Session) -> int:
        """Forget those that ended a while ago; how many there were."""
        gone = delete(NewsSubscription).where(NewsSubscription.ended_at < self.clock() - KEPT)
        return len(session.scalars(gone.returning(NewsSubscription.id)).all())

    def _whose(self, token: str) -> tuple[str, str]:
        whose = self._links.read(token)
        if whose is None:
            raise SubscriptionNotFound
        return whose

    def _spare(self, session: Session, email: str, now: datetime) -> None:
        sent = session.scalar(
            select(func.count())
            .select_from(OutboxMessage)
            .where(
                OutboxMessage.topic == CONFIRMS,
                func.lower(OutboxMessage.recipient) == email.lower(),
                OutboxMessage.created_at > now - _DAY,
            )
        )
        if (sent or 0) >= LETTERS_A_DAY:
            raise TooManyRequests("confirmations to one address")


def _row(session: Session, transport: str, hashed: str, *, lock: bool = False) -> NewsSubscription | None:
    query = select(NewsSubscription).where(
        NewsSubscription.transport == transport, NewsSubscription.recipient_hash == hashed
    )
    query = query.execution_options(populate_existing=True)
    return session.scalar(query.with_for_update() if lock else query)


def _standing(row: NewsSubscription | None) -> Standing | None:
    if row is None or row.ended_at is not None:
        return None
    return Standing(topics_in(row.topics), districts_in(row.areas), row.language)


def _taken(session: Session, transport: str, hashed: str) -> int:
    row = _row(session, transport, hashed, lock=True)
    return 0 if row is None or row.ended_at is not None else row.topics


def _end(session: Session, transport: str, hashed: str, at: datetime, campaign_id: int | None) -> bool:
    row = _row(session, transport, hashed, lock=True)
    if row is None or row.ended_at is not None:
        return False
    _call_off(session, transport, row.recipient)
    row.recipient, row.ended_at, row.changed_at = "", at, at
    session.flush()
    if campaign_id is not None:
        _note_opt_out(session, campaign_id, transport, hashed, at)
    return True


def _call_off(
    session: Session, transport: str, recipient: str, topics: Collection[Topic] = tuple(Topic)
) -> None:
    """Withhold the news of these topics that waits for a recipient."""
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.transport == transport,
            OutboxMessage.recipient == recipient,
            OutboxMessage.topic.in_([f"news.{topic}" for topic in topics]),
            # What a stop has called off too: it would come back with the rest.
            OutboxMessage.state.in_((State.PENDING, State.CANCELLED)),
        )
        .values(state=State.WITHHELD.value, last_error=Stopped.OPTED_OUT.value)
        .execution_options(synchronize_session=False)
    )


def _note_opt_out(session: Session, campaign_id: int, transport: str, hashed: str, at: datetime) -> None:
    """Somebody left because of news that had reached them."""
    key = f"news:{campaign_id}:{transport}:{hashed}"
    reached = select(OutboxMessage.id).where(OutboxMessage.key == key, OutboxMessage.state == State.SENT)
    if session.scalar(reached) is None:
        return
    row = {"campaign_id": campaign_id, "recipient_hash": hashed, "at": at}
    session.execute(insert_into(session, NewsOptOut).values(row).on_conflict_do_nothing())
