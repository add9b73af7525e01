"""The database chooses whom the rules choose."""

from __future__ import annotations

import random

from sqlalchemy import select

from gateway.news.models import NewsSubscription
from gateway.news.rules import Segment, Subscriber, Topic, areas_mask, topics_mask
from gateway.news.segments import belongs, reach
from gateway.places.service import Places
from tests.news.conftest import NOW, Newsroom

CODES = [district.code for district in Places.load().districts]
CHANCE = random.Random(6)  # noqa: S311 - the same every time
TRANSPORTS, LANGUAGES = ["email", "line", "web_push"], ["zh-TW", "en"]


def some_districts() -> int:
    return areas_mask(CHANCE.sample(CODES, CHANCE.choice([0, 0, 1, 2, 38])))


def anybody(number: int) -> NewsSubscription:
    return NewsSubscription(
        transport=CHANCE.choice(TRANSPORTS), recipient=f"{number}", recipient_hash=f"{number}",
        language=CHANCE.choice(LANGUAGES), topics=CHANCE.randint(1, 15), areas=some_districts(),
        changed_at=NOW, ended_at=CHANCE.choice([None, None, None, NOW]),
    )  # fmt: skip


def test_the_database_agrees_with_the_rules(both_newsrooms: Newsroom) -> None:
    with both_newsrooms.database.write() as session:
        session.add_all([anybody(number) for number in range(1500)])
    with both_newsrooms.database.read() as session:
        everybody = session.scalars(select(NewsSubscription)).all()
        for _ in range(60):
            segment = Segment(
                CHANCE.choice(list(Topic)), some_districts(),
                tuple(CHANCE.sample(TRANSPORTS, CHANCE.randint(1, 3))),
                tuple(CHANCE.sample(LANGUAGES, CHANCE.randint(1, 2))),
            )  # fmt: skip
            expected = {
                one.id
                for one in everybody
                if segment.holds(
                    Subscriber(one.transport, one.language, one.topics, one.areas, one.ended_at is None)
                )
            }
            found = session.scalars(select(NewsSubscription.id).where(*belongs(segment))).all()
            assert set(found) == expected, segment
            assert sum(reach(session, segment).values()) == len(expected)


def test_how_many_a_segment_has_by_channel_and_language(newsroom: Newsroom) -> None:
    newsroom.take_in(["a@example.org", "b@example.org"])
    newsroom.take_in(["c@example.org"], language="en")
    newsroom.take_in(["U1"], transport="line", topics=["events"])
    with newsroom.database.read() as session:
        for topic, expected in (
            (Topic.TRAFFIC, {("email", "zh-TW"): 2, ("email", "en"): 1}),
            (Topic.EVENTS, {("email", "zh-TW"): 2, ("email", "en"): 1, ("line", "zh-TW"): 1}),
        ):
            segment = Segment(topic, 1, ("email", "line"), ("zh-TW", "en"))
            assert reach(session, segment) == expected
    assert topics_mask([Topic.CITY_NEWS, Topic.DISASTER]) == 0b1001
