"""From the draft to the last letter: approval, time, queueing, pace, stop, resume, end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.audit.models import AuditEntry
from gateway.identity.errors import NotPermitted
from gateway.identity.views import Actor
from gateway.news import sending
from gateway.news.errors import (
    AddressMissing,
    NewsActRefused,
    NewsExpired,
    NewsNotFound,
    NewsReasonMissing,
    NobodySubscribed,
    OwnNews,
    StaleNews,
)
from gateway.news.letters import Letters, NewsCarrier
from gateway.news.rules import State, areas_mask
from gateway.outbox.choices import ChoiceLinks
from gateway.outbox.email import compose
from gateway.outbox.models import OutboxMessage, OutboxStream
from gateway.outbox.preferences import Preferences, note_dead
from gateway.outbox.queue import Letter
from gateway.outbox.rules import DeliveryFailed, Group, Undeliverable
from tests.news.conftest import BOSS, DRAFT, KEY, MEI, SANMIN, ZUOYING, Newsroom, addresses
from tests.outbox.carriers import Recorder

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def recipients(newsroom: Newsroom, news_id: int) -> list[str]:
    with newsroom.database.read() as session:
        return sorted(
            session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.subject == f"news:{news_id}"))
        )


def test_from_the_draft_to_the_last_letter(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    newsroom.take_in(addresses(25))
    newsroom.take_in(["U1"], transport="line", language="en")
    news = newsroom.approved()
    assert newsroom.state(news) is State.SCHEDULED
    newsroom.sending.mind()
    assert newsroom.state(news) is State.SENDING
    assert recipients(newsroom, news) == sorted([*addresses(25), "U1"])
    email, line = Recorder(), Recorder()
    for _ in range(12):
        newsroom.clock[0] += SECOND
        newsroom.deliver(email=email, line=line)
    newsroom.sending.mind()
    assert newsroom.state(news) is State.SENT
    assert (len(set(email.delivered)), len(line.delivered)) == (25, 1)
    told = newsroom.counts(news)
    assert (told.queued, told.delivered, told.waiting) == (26, 26, 0)
    with newsroom.database.read() as session:
        acts = session.execute(
            select(AuditEntry.act, AuditEntry.actor).where(AuditEntry.subject == f"news:{news}")
            .order_by(AuditEntry.seq)
        ).all()  # fmt: skip
        assert acts == [
            ("news.save", "mei"), ("news.hand_in", "mei"), ("news.approve", "boss"),
            ("news.start", "system"), ("news.finish", "system"),
        ]  # fmt: skip
        assert session.scalars(select(OutboxStream)).all() == []


def test_letters_say_what_they_are_about_and_nothing_of_the_words(newsroom: Newsroom) -> None:
    newsroom.take_in(["a@example.org"], language="en")
    news = newsroom.approved()
    newsroom.sending.mind()
    with newsroom.database.read() as session:
        letter = session.scalars(select(OutboxMessage)).one()
    assert letter.payload == {"news": news, "language": "en"}
    assert (letter.topic, letter.subject, letter.ordering) == ("news.traffic", f"news:{news}", None)
    hashed = newsroom.links.token("email", "a@example.org").split(".")[1]
    assert letter.key == f"news:{news}:email:{hashed}"


def test_only_the_segment_is_written_to(newsroom: Newsroom) -> None:
    newsroom.take_in(["city@a.tw"], topics=["traffic"])
    newsroom.take_in(["sanmin@a.tw"], topics=["traffic"], districts=[SANMIN])
    newsroom.take_in(["zuoying@a.tw"], topics=["traffic"], districts=[ZUOYING])
    newsroom.take_in(["events@a.tw"], topics=["events"])
    newsroom.take_in(["english@a.tw"], topics=["traffic"], language="en")
    newsroom.take_in(["U1"], transport="line")
    news = newsroom.approved(areas=areas_mask([SANMIN]), transports=["email"], languages=["zh-TW"])
    newsroom.sending.mind()
    assert recipients(newsroom, news) == ["city@a.tw", "sanmin@a.tw"]


def test_many_are_queued_in_several_steps_and_nobody_twice(
    both_newsrooms: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 7)
    newsroom = both_newsrooms
    newsroom.take_in(addresses(40))
    news = newsroom.approved()
    assert newsroom.sending.mind() >= 6
    newsroom.sending.mind()
    assert recipients(newsroom, news) == sorted(addresses(40))


def test_scheduled_news_waits_for_its_time(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(1))
    news = newsroom.approved(send_at=newsroom.now() + HOUR)
    newsroom.sending.mind()
    assert newsroom.state(news) is State.SCHEDULED
    assert recipients(newsroom, news) == []
    newsroom.clock[0] += HOUR
    newsroom.sending.mind()
    assert newsroom.state(news) is State.SENDING


def test_at_night_only_urgent_disaster_notices_go_out(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(3))
    newsroom.clock[0] += 11 * HOUR  # 21:00
    traffic, urgent = newsroom.approved(), newsroom.approved(topic="disaster", urgent=True)
    calm = newsroom.approved(topic="disaster")
    newsroom.sending.mind()
    email = Recorder()
    for hours in (0, 5, 9):
        newsroom.clock[0] += hours * HOUR / 2
        newsroom.deliver(email=email)
        newsroom.sending.mind()
    assert {key.split(":")[1] for key in email.delivered} == {str(urgent)}
    newsroom.clock[0] += 4 * HOUR + SECOND  # 08:00:01
    newsroom.deliver(email=email)
    assert {key.split(":")[1] for key in email.delivered} == {str(one) for one in (traffic, urgent, calm)}


def test_what_is_not_through_by_the_evening_goes_on_in_the_morning(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(5))
    news = newsroom.approved(per_minute=1)
    newsroom.clock[0] += 11 * HOUR - 2 * MINUTE  # 20:58
    newsroom.sending.mind()
    email = Recorder()
    for _ in range(30):
        newsroom.deliver(email=email)
        newsroom.clock[0] += MINUTE
        newsroom.sending.mind()
    assert len(email.delivered) == 2
    newsroom.clock[0] += 10 * HOUR + 45 * MINUTE
    for _ in range(3):
        newsroom.sending.mind()
        newsroom.deliver(email=email)
        newsroom.clock[0] += MINUTE
    newsroom.sending.mind()
    assert (len(set(email.delivered)), newsroom.state(news)) == (5, State.SENT)


def test_a_stop_calls_off_what_has_not_left_and_resuming_sends_exactly_that(
    both_newsrooms: Newsroom,
) -> None:
    newsroom = both_newsrooms
    newsroom.take_in(addresses(30))
    news = newsroom.approved()
    newsroom.sending.mind()
    newsroom.clock[0] += SECOND
    email = Recorder()
    newsroom.deliver(email=email)
    assert newsroom.desk.stop(news, "地點有誤", MEI) == 19
    newsroom.clock[0] += HOUR
    newsroom.sending.mind()
    assert newsroom.deliver(email=email) == 0
    told = newsroom.counts(news)
    assert (told.delivered, told.cancelled, told.waiting) == (11, 19, 0)
    assert (newsroom.state(news), newsroom.news(news).note) == (State.STOPPED, "地點有誤")
    newsroom.desk.resume(news, newsroom.news(news).revision, BOSS)
    for _ in range(10):
        newsroom.sending.mind()
        newsroom.clock[0] += SECOND
        newsroom.deliver(email=email)
    newsroom.sending.mind()
    assert len(email.delivered) == len(set(email.delivered)) == 30
    assert newsroom.state(news) is State.SENT


def test_a_stop_while_letters_are_being_queued_and_before_the_start(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 10)
    newsroom.take_in(addresses(25))
    early = newsroom.approved(send_at=newsroom.now() + HOUR)
    assert newsroom.desk.stop(early, "暫緩", MEI) == 0
    news = newsroom.approved()
    for _ in range(2):
        assert newsroom.sending._go_on(news)
    assert newsroom.desk.stop(news, "暫緩", MEI) == 10
    newsroom.sending.mind()
    assert (newsroom.counts(news).queued, newsroom.counts(early).queued) == (10, 0)
    for one in (early, news):
        newsroom.desk.resume(one, newsroom.news(one).revision, BOSS)
    newsroom.sending.mind()
    assert (newsroom.counts(news).waiting, newsroom.state(early)) == (25, State.SCHEDULED)


def test_who_left_while_it_was_stopped_gets_nothing_when_it_is_resumed(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(3))
    news = newsroom.approved()
    newsroom.sending.mind()
    newsroom.desk.stop(news, "暫緩", MEI)
    with newsroom.database.write() as session:
        newsroom.subscriptions.leave(session, newsroom.links.token("email", "citizen0@example.org"))
    newsroom.desk.resume(news, newsroom.news(news).revision, BOSS)
    newsroom.sending.mind()
    newsroom.clock[0] += MINUTE
    newsroom.deliver(email=Recorder())
    told = newsroom.counts(news)
    assert (told.delivered, told.cancelled, told.opted_out) == (2, 0, 1)


def test_what_a_worker_holds_when_it_is_stopped_and_resumed_goes_once(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    newsroom.take_in(addresses(1))
    news = newsroom.approved()
    newsroom.sending.mind()

    def stop_and_resume(_letter: Letter) -> None:
        newsroom.desk.stop(news, "暫緩", MEI)
        newsroom.desk.resume(news, newsroom.news(news).revision, BOSS)
        newsroom.sending.mind()
        with ThreadPoolExecutor(1) as aside:  # a loop is running here
            assert aside.submit(newsroom.deliver, email=second).result() == 0

    first, second = Recorder(stop_and_resume), Recorder()
    newsroom.clock[0] += SECOND
    newsroom.deliver(email=first)
    newsroom.clock[0] += HOUR
    newsroom.deliver(email=second)
    assert (len(first.delivered), second.delivered) == (1, [])
    assert newsroom.counts(news).delivered == 1


def test_news_that_holds_no_longer_is_stopped_by_the_clock_and_not_resumed(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(5))
    news = newsroom.approved(valid_until=newsroom.now() + MINUTE, per_minute=1)
    newsroom.sending.mind()
    newsroom.deliver(email=Recorder())
    newsroom.clock[0] += MINUTE
    newsroom.sending.mind()
    assert newsroom.state(news) is State.STOPPED
    assert newsroom.counts(news).cancelled == 4
    with pytest.raises(NewsExpired):
        newsroom.desk.resume(news, newsroom.news(news).revision, BOSS)
    assert newsroom.state(news) is State.STOPPED


def test_failures_are_counted_and_do_not_keep_it_from_ending(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(4))
    news = newsroom.approved()
    newsroom.sending.mind()
    bad = newsroom.links.token("email", "citizen2@example.org").split(".")[1]

    def fate(letter: Letter) -> None:
        if letter.key.endswith(bad):
            raise Undeliverable("550 unknown")

    newsroom.clock[0] += MINUTE
    newsroom.deliver(email=Recorder(fate))
    newsroom.sending.mind()
    told = newsroom.counts(news)
    assert (told.delivered, told.failed, newsroom.state(news)) == (3, 1, State.SENT)


def test_who_wants_no_news_at_all_and_dead_addresses_get_none_and_are_counted(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(4))
    news = newsroom.approved()
    newsroom.sending.mind()
    with newsroom.database.write() as session:
        Preferences.opt_out(session, "email", "citizen0@example.org", Group.NEWS, newsroom.now())
        note_dead(session, "email", "citizen1@example.org", "550 5.1.1", newsroom.now())
    newsroom.clock[0] += MINUTE
    email = Recorder()
    newsroom.deliver(email=email)
    newsroom.sending.mind()
    told = newsroom.counts(news)
    assert (told.queued, told.delivered, told.failed, told.opted_out) == (4, 2, 1, 1)
    assert newsroom.state(news) is State.SENT
    newsroom.take_in(["citizen0@example.org"])
    with newsroom.database.read() as session:
        assert Preferences.allows(session, "email", "citizen0@example.org", Group.NEWS)


def test_an_e_mail_of_news_offers_its_own_one_click(newsroom: Newsroom) -> None:
    newsroom.take_in(["a@example.org"])
    (letter,) = filled(newsroom)
    links = ChoiceLinks(KEY, "https://1999.example")
    message = compose(letter, "1999@city.example", newsroom.now(), links)
    assert message["List-Unsubscribe"] == f"<{letter.payload['unsubscribe']}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content().count("https://1999.example") == 2, "one footer, ours"


Deed = Callable[[Newsroom, int, int], object]
ACTS: dict[str, Deed] = {
    "save": lambda room, news, revision: room.desk.save(news, DRAFT, revision, MEI),
    "hand_in": lambda room, news, revision: room.desk.hand_in(news, revision, MEI),
    "discard": lambda room, news, revision: room.desk.discard(news, revision, MEI),
    "return": lambda room, news, revision: room.desk.send_back(news, revision, "請改", BOSS),
    "approve": lambda room, news, revision: room.desk.approve(news, revision, BOSS),
    "resume": lambda room, news, revision: room.desk.resume(news, revision, BOSS),
}


@pytest.mark.parametrize("act", ["hand_in", "discard", "save"])
def test_nobody_acts_on_what_they_have_not_seen(newsroom: Newsroom, act: str) -> None:
    newsroom.take_in(addresses(1))
    news = newsroom.write()
    seen = newsroom.news(news).revision
    newsroom.desk.save(news, DRAFT, seen, MEI)
    with pytest.raises(StaleNews):
        ACTS[act](newsroom, news, seen)
    with pytest.raises(NewsNotFound):
        ACTS[act](newsroom, 999, seen)


def test_who_may_not(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(1))
    news = newsroom.write()
    newsroom.desk.hand_in(news, newsroom.news(news).revision, MEI)
    revision = newsroom.news(news).revision
    with pytest.raises(NotPermitted):
        newsroom.desk.approve(news, revision, Actor("hua", "editor"))
    with pytest.raises(OwnNews):
        newsroom.desk.approve(news, revision, Actor("mei", "supervisor"))
    with pytest.raises(NewsReasonMissing):
        newsroom.desk.send_back(news, revision, " ", BOSS)
    with pytest.raises(NewsActRefused):
        newsroom.desk.resume(news, revision, BOSS)
    assert newsroom.state(news) is State.HANDED_IN


def test_a_supervisor_who_changed_it_is_an_author_too(newsroom: Newsroom) -> None:
    newsroom.take_in(addresses(1))
    news = newsroom.write()
    newsroom.desk.save(news, DRAFT, newsroom.news(news).revision, BOSS)
    newsroom.desk.hand_in(news, newsroom.news(news).revision, MEI)
    with pytest.raises(OwnNews):
        newsroom.desk.approve(news, newsroom.news(news).revision, BOSS)


def test_nobody_to_write_to_no_address_and_no_more_validity_are_told_before(newsroom: Newsroom) -> None:
    news = newsroom.write()
    with pytest.raises(NobodySubscribed):
        newsroom.desk.hand_in(news, 1, MEI)
    newsroom.take_in(addresses(1), topics=["events"])
    with pytest.raises(NobodySubscribed):
        newsroom.desk.hand_in(news, 1, MEI)
    newsroom.take_in(addresses(1))
    newsroom.desk.public_url = None
    with pytest.raises(AddressMissing):
        newsroom.desk.hand_in(news, 1, MEI)
    late = newsroom.write(valid_until=newsroom.now() - SECOND)
    with pytest.raises(NewsExpired):
        newsroom.desk.hand_in(late, 1, MEI)
    assert newsroom.state(news) is newsroom.state(late) is State.DRAFT


def filled(newsroom: Newsroom, **changes: object) -> list[Letter]:
    """The letters of one piece of news as their carriers get them."""
    newsroom.approved(**changes)
    newsroom.sending.mind()
    newsroom.clock[0] += MINUTE
    caught: list[Letter] = []
    letters = Letters(newsroom.database, newsroom.links, newsroom.settings.public_url)

    class Catching:
        async def deliver(self, letter: Letter) -> None:
            caught.append(letter)

    carrier = NewsCarrier(Catching(), letters)
    newsroom.deliver(email=carrier, line=carrier)  # type: ignore[arg-type]
    return sorted(caught, key=lambda letter: letter.recipient)


def test_what_a_letter_says_in_each_language_and_channel(newsroom: Newsroom) -> None:
    newsroom.take_in(["a@a.tw"])
    newsroom.take_in(["b@a.tw"], language="en")
    newsroom.take_in(["u1"], transport="line")
    markup = "<b>封閉</b> {x}"
    chinese, english, line = filled(
        newsroom, title_zh=markup, title_en="Closed", text_en="Zhongshan Road is closed.", link="https://a.tw/1",
        valid_until=newsroom.now() + 24 * HOUR,
    )  # fmt: skip
    token = newsroom.links.token("email", "a@a.tw")
    assert chinese.payload["title"] == f"【高雄市政府・交通】{markup}"
    assert chinese.payload["unsubscribe"] == f"https://1999.example/news/unsubscribe?t={token}&n=1"
    for part in (
        DRAFT.text_zh, "有效至：115/11/25 10:00", "詳細內容：https://a.tw/1",
        chinese.payload["unsubscribe"], f"https://1999.example/news#mine={token}",
    ):  # fmt: skip
        assert part in chinese.payload["text"]
    assert english.payload["title"] == "[Kaohsiung · Traffic] Closed"
    assert english.payload["text"].startswith("Zhongshan Road is closed.")
    assert (line.payload["link"], line.payload["language"]) == ("https://a.tw/1", "zh-TW")
    assert "https://1999.example/news#mine=line." in line.payload["text"]


def test_readers_of_english_get_the_chinese_where_there_is_no_other(newsroom: Newsroom) -> None:
    newsroom.take_in(["b@a.tw"], language="en")
    (letter,) = filled(newsroom, topic="disaster", urgent=True)
    assert letter.payload["title"] == "[URGENT · Disaster prevention] 中山路封閉"
    assert letter.payload["text"].startswith("(This news is available in Chinese only.)\n\n週六上午")


def test_letters_of_other_kinds_pass_as_they_are_and_lost_news_is_told(newsroom: Newsroom) -> None:
    letters = Letters(newsroom.database, newsroom.links, "https://1999.example")
    lost = Letter(
        1, "news:9:email:x", "news.traffic", "a@a.tw", {"news": 9, "language": "en"}, 1, newsroom.now()
    )
    with pytest.raises(Undeliverable):
        letters.filled(lost)
    with pytest.raises(DeliveryFailed, match="WST_PUBLIC_URL"):
        Letters(newsroom.database, newsroom.links, None).filled(lost)
    with newsroom.database.read() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
