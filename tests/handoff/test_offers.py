"""Being asked to take somebody, and conversations that fall silent, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from gateway.conversations.incoming import Incoming
from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.rules import Owner
from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.handoff.errors import NobodyWaits, NotOffered
from gateway.handoff.models import Handling
from gateway.handoff.offers import NO_ANSWER, Offers
from gateway.handoff.presence import everybody
from gateway.handoff.rules import Presence
from gateway.handoff.service import Handoffs
from gateway.handoff.silence import Silence
from gateway.handoff.views import Person
from gateway.settings import Settings
from tests.handoff.conftest import BOSS, HUA, MEI, Clock, hire
from tests.handoff.test_service import key, queued, row, texts


@pytest.fixture
def offers(handoffs: Handoffs, settings: Settings) -> Offers:
    """The supervisor is away: two operators are asked."""
    handoffs.be(BOSS, Presence.AWAY)
    return Offers(handoffs, settings)


@pytest.fixture
def silence(handoffs: Handoffs, settings: Settings) -> Silence:
    """Ten minutes for an answer, twenty for the citizen."""
    return Silence(handoffs, settings)


@pytest.fixture
def at_desk(handoffs: Handoffs, clock: Clock) -> Callable[..., None]:
    """Moves the clock while these people stay connected."""

    def forward(*people: Person, seconds: float) -> None:
        while seconds > 0:
            step = min(seconds, 30)
            clock.forward(seconds=step)
            for who in people:
                handoffs.alive(who.username)
            seconds -= step

    return forward


def states(handoffs: Handoffs) -> dict[str, tuple[str, str | None]]:
    with handoffs.database.read() as session:
        return {one.username: (one.state, one.reason) for one in everybody(session, handoffs.clock())}


def acts(database: Database, conversation_id: str) -> list[tuple[str, str]]:
    with database.read() as session:
        found = select(ConversationEvent.act, ConversationEvent.actor).where(
            ConversationEvent.conversation_id == conversation_id
        )
        return [(one.act, one.actor) for one in session.execute(found.order_by(ConversationEvent.id))]


def test_who_was_asked_and_does_not_answer_is_paused_and_the_next_is_asked(
    database: Database, conversations: ConversationService, handoffs: Handoffs, offers: Offers,
    at_desk: Callable[..., None],
) -> None:  # fmt: skip
    waits = queued(conversations)
    assert offers.mind() == [waits]
    assert row(database, waits).offered_to == "hua"
    assert offers.mind() == []
    at_desk(HUA, MEI, seconds=31)
    assert offers.mind() == [waits, waits]
    assert row(database, waits).offered_to == "mei"
    assert states(handoffs)["hua"] == (Presence.PAUSED, NO_ANSWER)
    assert states(handoffs)["mei"][0] == Presence.AVAILABLE
    at_desk(HUA, MEI, seconds=31)
    assert offers.mind() == [waits]
    assert row(database, waits).offered_to is None
    assert row(database, waits).owner == Owner.QUEUE
    assert acts(database, waits)[-2:] == [("offer_missed", "hua"), ("offer_missed", "mei")]
    handoffs.be(HUA, Presence.AVAILABLE)
    assert offers.mind() == []  # asked in vain before; it waits for a hand, or for somebody else
    hire(database, lin := Person("lin", "林"))
    handoffs.be(lin, Presence.AVAILABLE)
    assert offers.mind() == [waits]
    assert row(database, waits).offered_to == "lin"


def test_who_declines_stays_available_and_only_who_was_asked_can(
    database: Database, conversations: ConversationService, handoffs: Handoffs, offers: Offers
) -> None:
    waits = queued(conversations)
    offers.mind()
    with pytest.raises(NotOffered):
        offers.decline(waits, MEI)
    offers.decline(waits, HUA)
    with pytest.raises(NotOffered):
        offers.decline(waits, HUA)
    offers.mind()
    assert row(database, waits).offered_to == "mei"
    assert states(handoffs)["hua"][0] == Presence.AVAILABLE


def test_what_is_offered_can_be_taken_by_who_was_asked_or_picked_by_hand(
    database: Database, conversations: ConversationService, handoffs: Handoffs, offers: Offers
) -> None:
    first, second = queued(conversations), queued(conversations)
    offers.mind()
    assert (row(database, first).offered_to, row(database, second).offered_to) == ("hua", "mei")
    assert handoffs.take_next(MEI) == second
    with pytest.raises(NobodyWaits):
        handoffs.take_next(MEI)
    handoffs.take(first, MEI)
    assert row(database, first).offered_to is None
    with pytest.raises(NotOffered):
        offers.decline(first, HUA)


def test_who_leaves_is_asked_no_more(
    database: Database, conversations: ConversationService, handoffs: Handoffs, offers: Offers, clock: Clock
) -> None:
    waits = queued(conversations)
    offers.mind()
    handoffs.be(HUA, Presence.PAUSED, reason="休息")
    offers.mind()
    assert row(database, waits).offered_to == "mei"
    assert states(handoffs)["hua"] == (Presence.PAUSED, "休息")
    clock.forward(seconds=61)
    offers.mind()
    assert row(database, waits).offered_to is None
    assert states(handoffs)["mei"][0] == Presence.AWAY


def test_nobody_is_asked_for_more_than_they_can_lead(
    database: Database, conversations: ConversationService, handoffs: Handoffs, offers: Offers
) -> None:
    handoffs.be(HUA, Presence.AVAILABLE, capacity=1)
    handoffs.be(MEI, Presence.AVAILABLE, capacity=2)
    waiting = [queued(conversations) for _ in range(5)]
    offers.mind()
    given = [row(database, one).offered_to for one in waiting]
    assert given == ["mei", "hua", "mei", None, None]
    handoffs.take(waiting[0], MEI)
    assert offers.mind() == []


def test_many_minds_at_once_ask_each_only_once(
    database: Database, conversations: ConversationService, handoffs: Handoffs, offers: Offers
) -> None:
    handoffs.be(HUA, Presence.AVAILABLE, capacity=3)
    handoffs.be(MEI, Presence.AVAILABLE, capacity=3)
    waiting = [queued(conversations) for _ in range(8)]
    with ThreadPoolExecutor(4) as pool:
        changed = [one for found in pool.map(lambda _: offers.mind(), range(4)) for one in found]
    assert len(changed) == len(set(changed))
    offers.mind()
    given = [row(database, one).offered_to for one in waiting]
    assert sorted(name for name in given if name) == ["hua"] * 3 + ["mei"] * 3


def test_by_hand_nobody_is_asked(
    conversations: ConversationService, handoffs: Handoffs, settings: Settings
) -> None:
    queued(conversations)
    assert Offers(handoffs, settings.model_copy(update={"assignment": "by_hand"})).mind() == []


def test_an_emergency_that_is_handed_on_stays_before_new_ones(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    danger, upset, plain = (queued(conversations, kind) for kind in ("emergency", "distress", "normal"))
    since = row(database, danger).queued_at
    handoffs.take(danger, MEI)
    handoffs.take(danger, BOSS)
    handoffs.transfer(danger, BOSS)
    assert (row(database, danger).priority, row(database, danger).queued_at) == ("emergency", since)
    for waits, wanted in ((upset, "distress"), (plain, "transfer")):
        handoffs.take(waits, MEI)
        handoffs.transfer(waits, MEI)
        assert row(database, waits).priority == wanted


def test_a_citizen_nobody_answers_goes_back_and_somebody_else_is_asked(
    database: Database, conversations: ConversationService, handoffs: Handoffs, offers: Offers,
    silence: Silence, at_desk: Callable[..., None],
) -> None:  # fmt: skip
    waits = queued(conversations)
    handoffs.take(waits, MEI)
    handoffs.say(waits, MEI, key(), "您好")
    assert row(database, waits).unanswered_since is None
    at_desk(MEI, HUA, seconds=300)
    conversations.accept(waits, Incoming(key(), "還在嗎"))
    first = row(database, waits).unanswered_since
    conversations.accept(waits, Incoming(key(), "請問還在嗎"))
    assert row(database, waits).unanswered_since == first
    assert silence.mind() == []
    at_desk(MEI, HUA, seconds=601)
    assert silence.mind() == [waits]
    assert silence.mind() == []
    now = row(database, waits)
    assert (now.owner, now.operator, now.priority, now.passed_over) == (
        Owner.QUEUE,
        None,
        "transfer",
        ["mei"],
    )
    assert "抱歉讓您久等" in texts(conversations, waits)[-1][1]
    offers.mind()
    assert row(database, waits).offered_to == "hua"
    with database.read() as session:
        assert session.scalars(select(Handling.ending)).all() == ["unanswered"]


def test_a_citizen_who_is_gone_leaves_the_place_to_others(
    database: Database, conversations: ConversationService, handoffs: Handoffs, silence: Silence,
    at_desk: Callable[..., None],
) -> None:  # fmt: skip
    waits = queued(conversations)
    handoffs.take(waits, MEI)
    handoffs.say(waits, MEI, key(), "請問路燈編號是多少？")
    at_desk(MEI, seconds=1199)
    assert silence.mind() == []
    at_desk(MEI, seconds=2)
    assert silence.mind() == [waits]
    now = row(database, waits)
    assert (now.owner, now.operator, now.silent_since) == (Owner.BOT, None, None)
    turn = conversations.accept(waits, Incoming(key(), "我回來了")).turn
    assert turn is not None


def test_never_means_never(
    conversations: ConversationService, handoffs: Handoffs, settings: Settings, at_desk: Callable[..., None]
) -> None:
    never = settings.model_copy(update={"answer_within_minutes": 0, "citizen_silent_minutes": 0})
    handoffs.take(queued(conversations), MEI)
    at_desk(MEI, seconds=90_000)
    assert Silence(handoffs, never).mind() == []


def test_a_conversation_of_the_desk_has_no_clock_without_a_person(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    waits = queued(conversations)
    conversations.accept(waits, Incoming(key(), "有人嗎"))
    found: Conversation = row(database, waits)
    assert (found.unanswered_since, found.silent_since) == (None, None)
    handoffs.take(waits, MEI)
    assert row(database, waits).unanswered_since is not None
    handoffs.release(waits, MEI)
    assert (row(database, waits).unanswered_since, row(database, waits).silent_since) == (None, None)


@pytest.mark.parametrize("assignment", ["offer", "by_hand"])
def test_who_waits_for_a_colleague_that_goes_waits_for_anybody(
    database: Database, conversations: ConversationService, handoffs: Handoffs, settings: Settings,
    offers: Offers, assignment: str,
) -> None:  # fmt: skip
    offers = Offers(handoffs, settings.model_copy(update={"assignment": assignment}))
    waits = queued(conversations)
    handoffs.take(waits, MEI)
    handoffs.transfer(waits, MEI, operator="hua")
    offers.mind()
    assert row(database, waits).wanted_operator == "hua"
    handoffs.be(HUA, Presence.PAUSED)
    assert waits in offers.mind()
    assert row(database, waits).wanted_operator is None
    assert handoffs.take_next(MEI) == waits


def test_a_colleague_who_declines_leaves_it_to_anybody(
    database: Database, conversations: ConversationService, handoffs: Handoffs, offers: Offers
) -> None:
    waits = queued(conversations)
    handoffs.take(waits, MEI)
    handoffs.transfer(waits, MEI, operator="hua")
    offers.mind()
    offers.decline(waits, HUA)
    offers.mind()
    assert row(database, waits).offered_to == "mei"
