"""What people do not want is not sent, what the law needs still reaches them, and the night is quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.database import Database
from gateway.errors import NotFound
from gateway.outbox import queue
from gateway.outbox.choices import ChoiceLinks
from gateway.outbox.models import OutboxMessage
from gateway.outbox.preferences import Preferences, note_dead, revive, stopped, withheld_of
from gateway.outbox.queue import Letter
from gateway.outbox.quiet import QuietHours
from gateway.outbox.rules import WAITS, AddressGone, DeliveryFailed, Stopped
from gateway.outbox.service import Outbox
from gateway.outbox.worker import OutboxWorker
from tests.outbox.carriers import Recorder
from tests.outbox.conftest import NOW

Put = Callable[..., None]
Rows = Callable[[], dict[str, OutboxMessage]]
QUIET = QuietHours(time(21), time(8), ZoneInfo("Asia/Taipei"))
NIGHT, MORNING = datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)
MAIL, CHAT = ("email", "citizen@example.org"), ("conversation", "chat-1")


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


def deliver(
    database: Database, clock: list[datetime], quiet: QuietHours | None = None, **carriers: Recorder
) -> int:
    worker = OutboxWorker(database, carriers, quiet=quiet, clock=lambda: clock[0], look_seconds=3600)
    return asyncio.run(worker.deliver_due())


def test_the_last_word_counts_and_each_address_has_its_own(database: Database) -> None:
    with database.write() as session:
        assert Preferences.allows(session, *MAIL, "news")
        Preferences.opt_out(session, *MAIL, "news", NOW)
        Preferences.opt_out(session, "email", "CITIZEN@example.org", "news", NOW)
        assert not Preferences.allows(session, *MAIL, "news")
        assert Preferences.allows(session, *MAIL, "progress")
        assert Preferences.allows(session, "line", MAIL[1], "news")
        assert Preferences.allows(session, "email", "other@example.org", "news")
        Preferences.opt_in(session, *MAIL, "news", NOW)
        assert Preferences.allows(session, *MAIL, "news")


def test_what_somebody_refused_after_it_was_written_is_withheld_when_it_is_taken(
    database: Database, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    for number in range(20):
        put(f"progress {number}", topic="notice.merge")
    put("answer", topic="notice.handle")
    put("theirs", topic="notice.merge", recipient="other@example.org")
    with database.write() as session:
        Preferences.opt_out(session, *MAIL, "progress", NOW)
        Preferences.opt_out(session, *MAIL, "answers", NOW)
    email = Recorder()
    deliver(database, clock, email=email)
    assert sorted(email.delivered) == ["answer", "theirs"]
    found = rows()
    assert (found["progress 7"].state, found["progress 7"].last_error) == ("withheld", "opted_out")
    assert found["progress 7"].attempts == 0


def test_what_the_law_needs_goes_out_where_nothing_else_remains(database: Database) -> None:
    with database.write() as session:
        Preferences.opt_out(session, *MAIL, "answers", NOW)
        assert withheld_of(session, "notice.handle", [MAIL, CHAT]) == {MAIL: Stopped.OPTED_OUT}
        assert withheld_of(session, "notice.handle", [MAIL]) == {}
        Preferences.opt_out(session, *CHAT, "answers", NOW)
        assert withheld_of(session, "notice.handle", [MAIL, CHAT]) == {}
        note_dead(session, *CHAT, "gone", NOW)
        assert withheld_of(session, "notice.handle", [MAIL, CHAT]) == {CHAT: Stopped.DEAD_ADDRESS}
        Preferences.opt_out(session, *MAIL, "progress", NOW)
        assert withheld_of(session, "notice.merge", [MAIL]) == {MAIL: Stopped.OPTED_OUT}
        assert withheld_of(session, "webhook", [MAIL]) == {}


def test_a_dead_address_gets_nothing_until_somebody_says_otherwise(
    database: Database, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    put("first")

    def gone(_letter: Letter) -> None:
        raise AddressGone("550 5.1.1 no such user")

    deliver(database, clock, email=Recorder(gone))
    assert (rows()["first"].state, rows()["first"].last_error) == ("failed", "550 5.1.1 no such user")
    put("second", topic="notice.handle", recipient="Citizen@Example.org")
    email = Recorder()
    deliver(database, clock, email=email)
    assert (email.tried, rows()["second"].state, rows()["second"].last_error) == (
        [],
        "withheld",
        "dead_address",
    )
    with database.write() as session:
        assert revive(session, *MAIL)
        assert not revive(session, *MAIL)
        assert stopped(session, "email", [("notice.handle", MAIL[1])]) == {}
    put("third")
    deliver(database, clock, email=email)
    assert email.delivered == ["third"]


def test_what_is_written_at_night_and_can_wait_is_due_in_the_morning(database: Database, rows: Rows) -> None:
    outbox = Outbox(QUIET)
    with database.write() as session:
        for key, topic, transport in (
            ("answer", "notice.handle", "email"), ("receipt", "notice.register", "email"),
            ("chat", "notice.handle", "conversation"),
        ):  # fmt: skip
            outbox.put(
                session, key=key, topic=topic, transport=transport, recipient="r", payload={}, now=NIGHT
            )
    due = {key: row.not_before for key, row in rows().items()}
    assert due == {"answer": MORNING, "receipt": NIGHT, "chat": NIGHT}


def test_a_second_try_does_not_fall_into_the_night_either(
    database: Database, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    dusk = datetime(2026, 11, 24, 12, 59, 50, tzinfo=UTC)
    put("answer", now=dusk)
    put("receipt", topic="notice.register", now=dusk)
    clock[0] = dusk

    def later(_letter: Letter) -> None:
        raise DeliveryFailed("451 later")

    deliver(database, clock, QUIET, email=Recorder(later))
    clock[0] = NIGHT
    email = Recorder()
    deliver(database, clock, QUIET, email=email)
    assert email.delivered == ["receipt"]
    assert (rows()["answer"].not_before, rows()["answer"].next_attempt_at) == (MORNING, MORNING)
    clock[0] = MORNING
    deliver(database, clock, QUIET, email=email)
    assert email.delivered == ["receipt", "answer"]


def test_city_news_wait_and_disasters_do_not(database: Database, put: Put, clock: list[datetime]) -> None:
    clock[0] = NIGHT
    put("traffic", topic="news.traffic", transport="line", now=NIGHT)
    put("typhoon", topic="news.disaster", transport="line", now=NIGHT)
    line = Recorder()
    deliver(database, clock, QUIET, line=line)
    assert line.delivered == ["typhoon"]


def test_an_attempt_may_name_its_own_wait_and_is_not_counted(
    database: Database, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    put("a")
    named = timedelta(minutes=7)

    def busy(_letter: Letter) -> None:
        raise DeliveryFailed("429", retry_after=named)

    for _ in range(3 * len(WAITS)):
        deliver(database, clock, email=Recorder(busy))
        row = rows()["a"]
        assert (row.state, row.attempts, row.last_error) == ("pending", 0, "429")
        assert named <= row.next_attempt_at - clock[0] <= named * 1.25
        clock[0] = row.next_attempt_at
    clock[0] = NOW + timedelta(hours=23)
    deliver(database, clock, email=Recorder(busy))
    assert rows()["a"].state == "failed"


def test_the_lease_is_that_of_the_transport(database: Database, put: Put) -> None:
    put("mail")
    put("line", transport="line")
    with database.write() as session:
        leases = {one: queue.take(session, one, NOW, 1)[0].leased_until - NOW for one in ("email", "line")}
    assert leases == {"email": timedelta(seconds=30), "line": timedelta(seconds=15)}


def test_a_link_opens_one_address_and_a_forged_one_opens_none() -> None:
    links = ChoiceLinks(b"key", "https://1999.example.gov.tw/")
    token = links.token("email", "Citizen@example.org", "progress")
    chooser = links.read(token)
    assert (chooser.transport, chooser.group) == ("email", "progress")
    assert "citizen" not in token.lower()
    assert links.page("email", "a@b.c", "news").startswith("https://1999.example.gov.tw/notices#")
    for forged in (token[:-2], "x", ChoiceLinks(b"other", None).token("email", "a@b.c", "news")):
        with pytest.raises(NotFound):
            links.read(forged)
    assert ChoiceLinks(b"key", None).page("email", "a@b.c", "news") is None
