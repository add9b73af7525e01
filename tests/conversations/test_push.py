"""Browsers that want to be told: when a letter is written for them, and when they are forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from gateway.conversations import push
from gateway.conversations.models import Conversation, PushSubscription
from gateway.conversations.notices import post_notice
from gateway.conversations.push import BROWSERS_MAX, LATELY, Bell, Browser, InvalidSubscription
from gateway.conversations.push_carrier import PushServices, public_key, vapid_of
from gateway.conversations.rules import Kind, Owner, Reply, Sender
from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.errors import NotFound
from gateway.handoff.service import Handoffs
from gateway.handoff.views import Person
from gateway.outbox.models import OutboxMessage
from gateway.outbox.service import Outbox
from gateway.settings import Settings
from tests.conversations.browsers import RealBrowser

WORDS = "您的案件已完成"
NOTICE = Reply(WORDS, Kind.NOTICE, {}, Sender.SYSTEM)
SECOND = timedelta(seconds=1)


@pytest.fixture
def bell() -> Bell:
    return Bell(Outbox())


@pytest.fixture
def talk(conversations: ConversationService) -> str:
    return conversations.create("zh-TW")[0]


@pytest.fixture
def letters(database: Database) -> Callable[[], list[OutboxMessage]]:
    """The letters for browsers."""

    def read() -> list[OutboxMessage]:
        with database.read() as session:
            pushes = select(OutboxMessage).where(OutboxMessage.transport == "web_push")
            return list(session.scalars(pushes.order_by(OutboxMessage.id)))

    return read


Letters = Callable[[], list[OutboxMessage]]


def now() -> datetime:
    return datetime.now(UTC)


def browsers(database: Database) -> list[PushSubscription]:
    with database.read() as session:
        return list(session.scalars(select(PushSubscription).order_by(PushSubscription.id)))


def test_a_notice_rings_with_itself_and_without_its_words(
    database: Database, talk: str, bell: Bell, letters: Letters
) -> None:
    post_notice(database, talk, "notice:0", NOTICE, ring=bell.ring)
    assert letters() == []
    push.subscribe(database, talk, RealBrowser().told, now())
    push.sign(database, talk, now(), visible=False)
    for _ in range(2):
        post_notice(database, talk, "notice:1", NOTICE, ring=bell.ring)
    (letter,) = letters()
    assert letter.payload["title"] == "1999 有新訊息"
    assert WORDS not in str(letter.payload)
    assert letter.not_before <= now()


def test_what_is_rolled_back_rings_nobody(
    database: Database, talk: str, bell: Bell, letters: Letters
) -> None:
    push.subscribe(database, talk, RealBrowser().told, now())

    def breaks(*told: object) -> None:
        bell.ring(*told)  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        post_notice(database, talk, "notice:1", NOTICE, ring=breaks)
    assert letters() == []


def test_while_the_page_is_seen_it_waits_for_the_next_sign(
    database: Database, talk: str, bell: Bell, letters: Letters
) -> None:
    push.subscribe(database, talk, RealBrowser().told, now())
    push.sign(database, talk, now(), visible=True)
    post_notice(database, talk, "notice:1", NOTICE, ring=bell.ring)
    push.sign(database, talk, now() - LATELY, visible=True)
    post_notice(database, talk, "notice:2", NOTICE, ring=bell.ring)
    push.sign(database, talk, now(), visible=False)
    post_notice(database, talk, "notice:3", NOTICE, ring=bell.ring)
    waits = [letter.not_before - letter.created_at for letter in letters()]
    assert waits == [LATELY, timedelta(0), timedelta(0)]


def test_a_sign_is_written_only_where_a_browser_asked(database: Database, talk: str) -> None:
    push.sign(database, talk, now(), visible=True)
    assert browsers(database) == []


def test_an_operator_rings_by_joining_and_by_every_word(
    database: Database, conversations: ConversationService, settings: Settings, talk: str, bell: Bell,
    letters: Letters,
) -> None:  # fmt: skip
    handoffs = Handoffs(database, settings)
    handoffs.ring = bell.ring
    push.subscribe(database, talk, RealBrowser().told, now())
    conversations.change_owner(talk, Owner.QUEUE, "citizen", "asked")
    mei = Person("mei", "林小美")
    handoffs.take(talk, mei)
    for _ in range(2):
        handoffs.say(talk, mei, "a4c0a6c8-5a6a-4f0e-9a53-6d2b1f0b7c11", "您好")
    assert [letter.key.rpartition(":")[2] for letter in letters()] == ["1", "2"]
    handoffs.close(talk, mei)
    assert browsers(database) == []
    assert {letter.state for letter in letters()} == {"cancelled"}


def test_the_same_browser_is_there_once_and_of_many_the_latest(database: Database, talk: str) -> None:
    first = RealBrowser()
    for _ in range(2):
        push.subscribe(database, talk, first.told, now())
    assert len(browsers(database)) == 1
    others = [RealBrowser(f"https://fcm.googleapis.com/{number}") for number in range(BROWSERS_MAX + 1)]
    for other in others:
        push.subscribe(database, talk, other.told, now())
    assert [one.endpoint for one in browsers(database)] == [one.endpoint for one in others[1:]]


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        ("AAAA", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("B" * 87, "AAAAAAAAAAAAAAAAAAAAAA"),
        ("!", "!"),
        ("ü", "ü"),
    ],
)
def test_keys_that_are_none_are_refused(database: Database, talk: str, p256dh: str, auth: str) -> None:
    good = RealBrowser().told
    for bad in (Browser(good.endpoint, p256dh, good.auth), Browser(good.endpoint, good.p256dh, auth[:4])):
        with pytest.raises(InvalidSubscription):
            push.subscribe(database, talk, bad, now())
    assert browsers(database) == []


@pytest.mark.parametrize("end", ["closed", "expired", "unknown"])
def test_a_conversation_that_is_over_tells_nobody(
    database: Database, conversations: ConversationService, talk: str, end: str
) -> None:
    if end == "closed":
        conversations.change_owner(talk, Owner.CLOSED, "mei", "ended")
    with database.write() as session:
        if end == "expired":
            session.execute(update(Conversation).values(expires_at=now() - SECOND))
    with pytest.raises(NotFound):
        push.subscribe(database, "?" if end == "unknown" else talk, RealBrowser().told, now())


def test_browsers_are_forgotten_with_the_conversation_or_with_the_setting(
    database: Database, conversations: ConversationService, talk: str
) -> None:
    other = conversations.create("en")[0]
    for one in (talk, other):
        push.subscribe(database, one, RealBrowser().told, now())
    with database.write() as session:
        old = update(Conversation).where(Conversation.id == talk).values(expires_at=now() - SECOND)
        session.execute(old)
    assert push.purge(database, now(), is_on=True) == 1
    assert [one.conversation_id for one in browsers(database)] == [other]
    assert push.purge(database, now(), is_on=False) == 1
    assert browsers(database) == []


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/w/", True),
        ("https://web.push.apple.com/Q", True), ("https://wns2-by3p.notify.windows.com/w/?t=x", True),
        ("https://fcm.googleapis.com:443/x", True), ("https://FCM.googleapis.com/x", True),
        ("http://fcm.googleapis.com/x", False), ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://fcm.googleapis.com@evil.example/", False), ("https://x@fcm.googleapis.com/", False),
        ("https://notify.windows.com/", False), ("https://evilnotify.windows.com/", False),
        ("https://127.0.0.1/", False), ("", False), ("https://[", False), ("https://a:b/", False),
        ("https://fcm.googleapis.com/\r\nx", False), ("file:///etc/passwd", False),
    ],
)  # fmt: skip
def test_only_known_push_services_are_ever_posted_to(endpoint: str, allowed: bool) -> None:
    assert PushServices.from_names(Settings().web_push_services).allow(endpoint) is allowed


def test_the_platforms_key_is_made_once_for_the_owner_alone(settings: Settings) -> None:
    first = public_key(vapid_of(settings))
    assert public_key(vapid_of(settings)) == first
    assert len(first) == 87
    assert (settings.data_dir / "vapid.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("contact", [None, "", "1999", "http://city.example", "mailto:nobody"])
def test_push_services_must_know_whom_to_write_to(contact: str | None) -> None:
    with pytest.raises(ValueError, match="WST_WEB_PUSH_CONTACT"):
        Settings(web_push=True, web_push_contact=contact)
