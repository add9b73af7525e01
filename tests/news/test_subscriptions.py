"""Subscribing with a confirmation, one's own by a link, and leaving at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.errors import InvalidFields, TooManyRequests
from gateway.news.errors import ConfirmationOver, SubscriptionNotFound
from gateway.news.models import NewsOptOut, NewsSubscription
from gateway.news.rules import Topic
from gateway.news.subscriptions import (
    KEPT,
    LETTERS_A_DAY,
    VALID,
    Standing,
    subscribe,
    subscriptions_of,
    unsubscribe,
)
from gateway.outbox.models import OutboxMessage
from tests.news.conftest import SANMIN, ZUOYING, Newsroom
from tests.outbox.carriers import Recorder

MAIL = "Ming.Wang@example.org"
PAGE = "https://1999.example/news"
WEEK = Standing((Topic.EVENTS, Topic.TRAFFIC), (SANMIN,), "en")


def ask(newsroom: Newsroom, email: str = MAIL, **changes: object) -> str:
    """Ask for events and traffic of a district; the token of the letter."""
    wish = {"topics": ["traffic", "events"], "districts": [SANMIN], "language": "en", **changes}
    with newsroom.database.write() as session:
        newsroom.subscriptions.ask(session, email, page=PAGE, **wish)  # type: ignore[arg-type]
    with newsroom.database.read() as session:
        last = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()
    assert (last.transport, last.recipient) == ("email", email)
    found = re.search(rf"{re.escape(PAGE)}#confirm=(\S+)", last.payload["text"])
    assert found, last.payload
    return found[1]


def confirm(newsroom: Newsroom, token: str) -> Standing:
    with newsroom.database.write() as session:
        return newsroom.subscriptions.confirm(session, token)


def taken(newsroom: Newsroom, recipient: str = MAIL, transport: str = "email") -> Standing | None:
    with newsroom.database.read() as session:
        return subscriptions_of(session, transport, recipient)


def leave(newsroom: Newsroom, recipient: str = MAIL, campaign: int | None = None) -> None:
    with newsroom.database.write() as session:
        newsroom.subscriptions.leave(session, newsroom.links.token("email", recipient), campaign)


def test_nothing_begins_before_the_address_is_confirmed(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    token = ask(newsroom)
    assert taken(newsroom) is None
    newsroom.clock[0] += VALID
    assert confirm(newsroom, token) == WEEK
    assert taken(newsroom) == taken(newsroom, MAIL.lower()) == WEEK
    assert confirm(newsroom, token) == WEEK, "a second time it stays"
    with newsroom.database.read() as session:
        assert len(session.scalars(select(NewsSubscription)).all()) == 1


def test_a_confirmation_is_over_after_seven_days_and_when_something_was_decided_since(
    newsroom: Newsroom,
) -> None:
    old = ask(newsroom)
    newsroom.clock[0] += VALID + timedelta(seconds=1)
    with pytest.raises(ConfirmationOver):
        confirm(newsroom, old)
    first = ask(newsroom)
    newsroom.clock[0] += timedelta(minutes=1)
    second = ask(newsroom, topics=["disaster"], districts=[])
    newsroom.clock[0] += timedelta(minutes=1)
    assert confirm(newsroom, second).topics == (Topic.DISASTER,)
    with pytest.raises(ConfirmationOver):
        confirm(newsroom, first)
    newsroom.clock[0] += timedelta(minutes=1)
    leave(newsroom)
    with pytest.raises(ConfirmationOver):
        confirm(newsroom, second)
    assert taken(newsroom) is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "\ud800"])
def test_a_forged_token_opens_nothing(newsroom: Newsroom, token: str) -> None:
    newsroom.take_in([MAIL])
    with newsroom.database.write() as session:
        room = newsroom.subscriptions
        for act in (room.confirm, room.mine, room.leave):
            with pytest.raises(SubscriptionNotFound):
                act(session, token)
    own = newsroom.links.token("email", MAIL)
    assert newsroom.subscriptions.is_link(own)
    assert not newsroom.subscriptions.is_link(own[:-1])
    assert not newsroom.subscriptions.is_link(own.replace("email.", "line."))


def test_nobodys_postbox_is_filled(newsroom: Newsroom) -> None:
    for _ in range(LETTERS_A_DAY):
        ask(newsroom)
        newsroom.clock[0] += timedelta(minutes=1)
    with pytest.raises(TooManyRequests):
        ask(newsroom, MAIL.upper())
    newsroom.clock[0] += timedelta(days=1)
    ask(newsroom)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"topics": []}, {"topics"}), ({"topics": ["sports"]}, {"topics"}),
        ({"districts": ["64000999"]}, {"districts"}), ({"districts": ["三民區"]}, {"districts"}),
        ({"language": "fr"}, {"language"}), ({"email": "ming"}, {"email"}), ({"email": ""}, {"email"}),
        ({"email": "a@b.tw\nBcc: c@d.tw"}, {"email"}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(
    newsroom: Newsroom, changes: dict[str, object], fields: set[str]
) -> None:
    with pytest.raises(InvalidFields) as refused:
        ask(newsroom, **changes)  # type: ignore[arg-type]
    assert set(refused.value.fields) == fields
    with newsroom.database.read() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_ones_own_is_seen_changed_and_ended_by_the_link(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    newsroom.take_in([MAIL], topics=["events"])
    token = newsroom.links.token("email", MAIL.lower())
    room = newsroom.subscriptions
    with newsroom.database.write() as session:
        assert room.mine(session, token) == Standing((Topic.EVENTS,), (), "zh-TW")
        changed = room.change(session, token, ["disaster"], [ZUOYING, SANMIN], "en")
        assert changed == room.mine(session, token)
        assert changed == Standing((Topic.DISASTER,), (ZUOYING, SANMIN), "en")
        with pytest.raises(InvalidFields):
            room.change(session, token, [], [], "en")
    leave(newsroom)
    leave(newsroom)
    with newsroom.database.write() as session:
        for act in (room.mine, lambda session, token: room.change(session, token, ["events"], [], "en")):
            with pytest.raises(SubscriptionNotFound):
                act(session, token)


def test_what_has_ended_keeps_no_address_and_is_forgotten(newsroom: Newsroom) -> None:
    newsroom.take_in([MAIL])
    leave(newsroom)
    with newsroom.database.read() as session:
        row = session.scalars(select(NewsSubscription)).one()
        assert (row.recipient, row.ended_at) == ("", newsroom.now())
    newsroom.clock[0] += KEPT
    with newsroom.database.write() as session:
        assert newsroom.subscriptions.purge(session) == 0
    newsroom.clock[0] += timedelta(seconds=1)
    with newsroom.database.write() as session:
        assert newsroom.subscriptions.purge(session) == 1


def test_line_calls_the_same_functions(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    with newsroom.database.write() as session:
        now = newsroom.now()
        assert subscriptions_of(session, "line", "U1") is None
        subscribe(session, "line", "U1", ["traffic"], [], "zh-TW", now)
        subscribe(session, "line", "U1", ["traffic", "disaster"], [SANMIN], "en", now)
        expected = Standing((Topic.TRAFFIC, Topic.DISASTER), (SANMIN,), "en")
        assert subscriptions_of(session, "line", "U1") == expected
        assert unsubscribe(session, "line", "U1", now)
        assert not unsubscribe(session, "line", "U1", now)
        assert subscriptions_of(session, "line", "U1") is None
        subscribe(session, "line", "U1", ["events"], [], "zh-TW", now)
        assert subscriptions_of(session, "line", "U1") == Standing((Topic.EVENTS,), (), "zh-TW")
    assert taken(newsroom) is None


def test_who_leaves_gets_nothing_of_what_waits_and_is_counted(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    newsroom.take_in([MAIL, "other@example.org"])
    first, second = newsroom.approved(), newsroom.approved(topic="events")
    newsroom.sending.mind()
    leave(newsroom, campaign=first)
    assert [newsroom.counts(one).opted_out for one in (first, second)] == [1, 1]
    newsroom.clock[0] += timedelta(minutes=1)
    email = Recorder()
    newsroom.deliver(email=email)
    assert len(email.delivered) == 2
    assert {key.rpartition(":")[2] for key in email.delivered} == {
        newsroom.links.token("email", "other@example.org").split(".")[1]
    }
    told = newsroom.counts(first)
    assert (told.queued, told.delivered, told.cancelled, told.waiting, told.opted_out) == (2, 1, 0, 0, 1)


def test_who_leaves_by_a_letter_that_arrived_is_counted_once_and_strangers_never(newsroom: Newsroom) -> None:
    newsroom.take_in([MAIL])
    news = newsroom.approved()
    newsroom.sending.mind()
    newsroom.clock[0] += timedelta(minutes=1)
    newsroom.deliver(email=Recorder())
    newsroom.take_in(["late@example.org"])
    leave(newsroom, "late@example.org", news)
    leave(newsroom, MAIL, 999)
    assert newsroom.counts(news).opted_out == 0
    newsroom.take_in([MAIL])
    for _ in range(2):
        leave(newsroom, MAIL, news)
    assert newsroom.counts(news).opted_out == 1
    with newsroom.database.read() as session:
        assert len(session.scalars(select(NewsOptOut)).all()) == 1


def test_who_takes_fewer_topics_gets_nothing_of_the_others_that_waits(newsroom: Newsroom) -> None:
    newsroom.take_in([MAIL])
    traffic, events = newsroom.approved(), newsroom.approved(topic="events")
    newsroom.sending.mind()
    newsroom.take_in([MAIL], topics=["events"])
    newsroom.clock[0] += timedelta(minutes=1)
    email = Recorder()
    newsroom.deliver(email=email)
    assert [key.split(":")[1] for key in email.delivered] == [str(events)]
    assert newsroom.counts(traffic).opted_out == 1
