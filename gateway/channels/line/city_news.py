"""City news in LINE: topics taken and left by a press, districts on the citizen's own page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from gateway.channels.line.accounts import Standing
from gateway.channels.line.queue import Taken
from gateway.channels.line.room import Room
from gateway.channels.line.rules import message_key
from gateway.channels.line.texts import line_text
from gateway.conversations import speech
from gateway.conversations.rules import Kind, Reply, Sender
from gateway.news.links import Links
from gateway.news.rules import TOPIC_NAMES, Topic
from gateway.news.subscriptions import Standing as Taking
from gateway.news.subscriptions import subscribe, subscriptions_of, unsubscribe
from gateway.outbox.rules import Transport

PRESSED: Final = re.compile(r"line:news(?::(?P<wish>stop|[+-][a-z_]{1,20}))?")
"""`+` takes a topic and `-` leaves it: whatever is pressed twice, or comes twice, is the same as once."""
STOP: Final = "stop"
_LINE: Final = Transport.LINE.value


class CityNews:
    """What an account takes, and every press that changes it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._links = Links(room.settings.signing_key())

    def pressed(self, event: Taken, standing: Standing, found: re.Match[str]) -> None:
        """Show what the account takes; or take a topic, leave one that was taken, or leave them all."""
        wish, language = found["wish"], standing.language
        if wish is not None and (wish == STOP or wish[1:] in set(Topic)):
            self._change(standing, wish)
        with self._room.database.read() as session:
            taking = subscriptions_of(session, _LINE, standing.user_id)
        said = Reply(self._said(wish, language), Kind.TEXT, {}, Sender.CITIZEN)
        answer = speech.options(self._told(standing, taking), self._offered(taking, language))
        self._room.exchange(standing, message_key(event.event_id), said, [answer])

    def _change(self, standing: Standing, wish: str) -> None:
        room = self._room
        with room.database.write() as session:
            taking = subscriptions_of(session, _LINE, standing.user_id)
            left = set(taking.topics) if taking is not None else set()
            if wish == STOP:
                left.clear()
            elif wish[0] == "+":
                left.add(Topic(wish[1:]))
            else:
                left.discard(Topic(wish[1:]))
            if not left:
                unsubscribe(session, _LINE, standing.user_id, room.clock())
                return
            districts = taking.districts if taking is not None else ()
            topics = [topic for topic in Topic if topic in left]
            subscribe(
                session, _LINE, standing.user_id, topics, districts, standing.language, room.clock()
            )  # fmt: skip

    def _told(self, standing: Standing, taking: Taking | None) -> str:
        language = standing.language
        if taking is None:
            return line_text("news_none", language)
        told = line_text("news_taking", language, topics=_names(taking.topics, language))
        if self._room.settings.public_url is None:
            return told
        link = self._links.manage(self._room.settings.public_url, _LINE, standing.user_id)
        return f"{told}\n{line_text('news_districts', language, link=link)}"

    @staticmethod
    def _offered(taking: Taking | None, language: str) -> list[speech.Option]:
        taken = taking.topics if taking is not None else ()
        offered = [
            (f"✓ {_names([topic], language)}", f"line:news:-{topic}")
            if topic in taken
            else (_names([topic], language), f"line:news:+{topic}")
            for topic in Topic
        ]
        return [*offered, (line_text("news_stop", language), f"line:news:{STOP}")] if taken else offered

    @staticmethod
    def _said(wish: str | None, language: str) -> str:
        if wish == STOP:
            return line_text("news_stop", language)
        named = (wish or "")[1:]
        return _names([Topic(named)], language) if named in set(Topic) else line_text("said_news", language)


def _names(topics: Iterable[Topic], language: str) -> str:
    between = ", " if language == "en" else "、"
    return between.join(TOPIC_NAMES[topic][language == "en"] for topic in topics)
