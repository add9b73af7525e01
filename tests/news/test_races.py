"""Several people, processes and clocks at one piece of news at once, on both databases."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import func, select

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.errors import PlatformError
from gateway.identity.views import Actor
from gateway.news import sending
from gateway.news.models import NewsSubscription
from gateway.news.rules import LAW, Act, State
from gateway.news.subscriptions import subscribe, unsubscribe
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State as LetterState
from tests.news.conftest import BOSS, KEY, MEI, Newsroom, addresses

SECOND_BOSS = Actor("second", BOSS.role)
CHANCE = random.Random(1999)  # noqa: S311 - the same every time


def at_once(*deeds: Callable[[], object]) -> list[BaseException | None]:
    """Do all of it at the same moment; what each ended with."""
    begin, ends = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number: int, deed: Callable[[], object]) -> None:
        begin.wait()
        try:
            deed()
        except BaseException as error:
            ends[number] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "they wait for each other"
    unexpected = [end for end in ends if end is not None and not isinstance(end, PlatformError)]
    assert unexpected == []
    return list(ends)


def acts(newsroom: Newsroom, news: int) -> list[tuple[str, str]]:
    with newsroom.database.read() as session:
        assert list(AuditTrail(KEY).faults(session)) == []
        rows = session.execute(
            select(AuditEntry.act, AuditEntry.actor).where(AuditEntry.subject == f"news:{news}")
            .order_by(AuditEntry.seq)
        )  # fmt: skip
        return [(row[0].removeprefix("news."), row[1]) for row in rows]


def lawful(done: Sequence[tuple[str, str]]) -> State:
    """Whether the acts follow the table one after another; where that leads."""
    state = State.DRAFT
    for act, _ in done:
        assert (state, Act(act)) in LAW, done
        state = LAW[state, Act(act)].to
    return state


def test_one_approval_of_many_counts(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    newsroom.take_in(addresses(10))
    news = newsroom.write()
    newsroom.desk.hand_in(news, newsroom.news(news).revision, MEI)
    revision = newsroom.news(news).revision
    ends = at_once(
        *(lambda by=by: newsroom.desk.approve(news, revision, by) for by in (BOSS, SECOND_BOSS) * 3),  # type: ignore[misc]
        lambda: newsroom.desk.send_back(news, revision, "請改", BOSS),
    )
    assert ends.count(None) == 1
    assert newsroom.state(news) is lawful(acts(newsroom, news))


def test_approve_stop_resume_start_and_queue_at_once(
    both_newsrooms: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 5)
    newsroom = both_newsrooms
    newsroom.take_in(addresses(30))
    news = newsroom.approved()

    def stop() -> None:
        newsroom.desk.stop(news, "暫緩", MEI)

    def resume() -> None:
        newsroom.desk.resume(news, newsroom.news(news).revision, BOSS)

    for _ in range(12):
        deeds = [stop, resume, newsroom.sending.mind, newsroom.sending.mind, stop, resume]
        CHANCE.shuffle(deeds)
        at_once(*deeds)
        state = newsroom.state(news)
        assert state is lawful(acts(newsroom, news))
        told = newsroom.counts(news)
        if state is State.STOPPED:
            assert told.waiting == 0, "what was called off does not leave"
        if state is State.SENDING:
            assert told.cancelled == 0
    if newsroom.state(news) is State.STOPPED:
        resume()
    newsroom.sending.mind()
    told = newsroom.counts(news)
    assert (told.queued, told.waiting, newsroom.state(news)) == (30, 30, State.SENDING)


def test_who_leaves_while_letters_are_queued_has_none_that_waits(
    both_newsrooms: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 4)
    newsroom = both_newsrooms
    people = addresses(24)
    newsroom.take_in(people)
    newsroom.approved()

    def go(one: str) -> Callable[[], None]:
        def leave() -> None:
            with newsroom.database.write() as session:
                unsubscribe(session, "email", one, newsroom.now())

        return leave

    at_once(newsroom.sending.mind, newsroom.sending.mind, *(go(one) for one in people[::3]))
    newsroom.sending.mind()
    with newsroom.database.read() as session:
        waiting = set(
            session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.state == LetterState.PENDING))
        )
    assert waiting == set(people) - set(people[::3])


def test_the_same_recipient_subscribing_at_once_is_one(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms

    def take(topic: str) -> Callable[[], None]:
        def go() -> None:
            with newsroom.database.write() as session:
                subscribe(session, "line", "U1", [topic], [], "zh-TW", newsroom.now())

        return go

    ends = at_once(*(take(topic) for topic in ("traffic", "events", "disaster", "city_news")))
    assert ends == [None] * 4
    with newsroom.database.read() as session:
        assert session.scalar(select(func.count()).select_from(NewsSubscription)) == 1
