"""The law of news by its table, segments by property, hours and paces by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.identity.rules import GRANTS, Permission, StaffRole
from gateway.news.errors import NewsActRefused, NewsReasonMissing, OwnNews
from gateway.news.rules import (
    LAW,
    WHOLE_CITY,
    Act,
    Segment,
    State,
    Subscriber,
    Topic,
    acts_for,
    areas_mask,
    check_person,
    checked_note,
    districts_in,
    hours_from,
    move_of,
    passes_quiet_hours,
    topics_in,
    topics_mask,
)
from gateway.outbox.quiet import QuietHours
from gateway.places.service import Places

TAIPEI = ZoneInfo("Asia/Taipei")
CODES = [district.code for district in Places.load().districts]
DISTRICTS = st.sets(st.sampled_from(CODES), max_size=4)
TOPICS = st.sets(st.sampled_from(list(Topic)), min_size=1)
ALL = list(Permission)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("act", list(Act))
def test_what_is_not_in_the_table_is_refused(state: State, act: Act) -> None:
    if (state, act) in LAW:
        assert move_of(state, act) is LAW[state, act]
    else:
        with pytest.raises(NewsActRefused):
            move_of(state, act)


@pytest.mark.parametrize("state", list(State))
def test_the_buttons_are_the_law(state: State) -> None:
    allowed = [act for act in Act if (state, act) in LAW and LAW[state, act].needs is not None]
    assert acts_for(state, "boss", ["mei"], ALL) == allowed
    own = acts_for(state, "mei", ["mei"], ALL)
    assert own == [act for act in allowed if not LAW[state, act].by_another]
    assert acts_for(state, "boss", ["mei"], []) == []


def test_news_goes_out_by_approval_only_and_never_by_its_author() -> None:
    into = {key: move for key, move in LAW.items() if move.to in {State.SCHEDULED, State.SENDING}}
    by_people = {key: move for key, move in into.items() if move.needs is not None}
    assert set(by_people) == {(State.HANDED_IN, Act.APPROVE), (State.STOPPED, Act.RESUME)}
    for move in by_people.values():
        assert (move.needs, move.by_another) == (Permission.NEWS_APPROVE, True)
        with pytest.raises(OwnNews):
            check_person(move, "mei", ["hua", "mei"])
        check_person(move, "boss", ["hua", "mei"])


def test_what_was_approved_is_never_changed_and_ends_stay_ends() -> None:
    assert {state for state, act in LAW if act is Act.SAVE} == {State.DRAFT, State.RETURNED}
    assert not [key for key in LAW if key[0] in {State.SENT, State.DISCARDED}]


def test_editors_and_supervisors_write_and_supervisors_approve() -> None:
    assert GRANTS[Permission.NEWS_EDIT] == {StaffRole.EDITOR, StaffRole.SUPERVISOR}
    assert GRANTS[Permission.NEWS_APPROVE] == {StaffRole.SUPERVISOR}


def test_a_reason_is_needed_where_the_table_says_so() -> None:
    stop = LAW[State.SENDING, Act.STOP]
    assert checked_note(stop, " 日期\n有誤 ") == "日期 有誤"
    for wrong in ("", " \n", "長" * 301):
        with pytest.raises(NewsReasonMissing):
            checked_note(stop, wrong)
    assert checked_note(LAW[State.DRAFT, Act.HAND_IN], "") == ""


@given(districts=DISTRICTS, topics=TOPICS)
def test_masks_give_back_what_they_were_made_of(districts: set[str], topics: set[Topic]) -> None:
    assert set(districts_in(areas_mask(districts))) == districts
    assert set(topics_in(topics_mask(topics))) == topics
    assert areas_mask(districts) < 2**63


def test_every_district_has_a_bit_of_its_own() -> None:
    assert len({areas_mask([code]) for code in CODES} | {WHOLE_CITY}) == len(CODES) + 1 == 39


@given(
    topic=st.sampled_from(list(Topic)), news_in=DISTRICTS, topics=TOPICS, lives_in=DISTRICTS,
    transport=st.sampled_from(["email", "line", "web_push"]), language=st.sampled_from(["zh-TW", "en"]),
    languages=st.sampled_from([("zh-TW",), ("en",), ("zh-TW", "en")]), active=st.booleans(),
)  # fmt: skip
def test_a_recipient_belongs_iff_topic_area_channel_and_language_are_theirs(
    topic: Topic, news_in: set[str], topics: set[Topic], lives_in: set[str], transport: str, language: str,
    languages: tuple[str, ...], active: bool,
) -> None:  # fmt: skip
    segment = Segment(topic, areas_mask(news_in), ("email", "line"), languages)
    one = Subscriber(transport, language, topics_mask(topics), areas_mask(lives_in), active)
    expected = (
        active
        and topic in topics
        and (not news_in or not lives_in or bool(news_in & lives_in))
        and transport in ("email", "line")
        and language in languages
    )
    assert segment.holds(one) is expected


@pytest.mark.parametrize("topic", list(Topic))
def test_only_urgent_disaster_notices_pass_the_night(topic: Topic) -> None:
    assert passes_quiet_hours(topic, True) is (topic is Topic.DISASTER)
    assert not passes_quiet_hours(topic, False)


@pytest.mark.parametrize(
    ("at", "opens", "closes"),
    [
        ("2026-11-24 10:00", "2026-11-24 10:00", "2026-11-24 21:00"),
        ("2026-11-24 03:00", "2026-11-24 07:00", "2026-11-24 21:00"),
        ("2026-11-24 07:00", "2026-11-24 07:00", "2026-11-24 21:00"),
        ("2026-11-24 20:59", "2026-11-24 20:59", "2026-11-24 21:00"),
        ("2026-11-24 21:00", "2026-11-25 07:00", "2026-11-25 21:00"),
        ("2026-12-31 23:30", "2027-01-01 07:00", "2027-01-01 21:00"),
    ],
)
def test_news_waits_for_the_morning(at: str, opens: str, closes: str) -> None:
    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)

    night = QuietHours(time(21), time(7), TAIPEI)
    assert hours_from(local(at).astimezone(UTC), night) == (local(opens), local(closes))


def test_quiet_hours_at_noon_and_none_at_all() -> None:
    noon = QuietHours(time(12), time(13), TAIPEI)
    at = datetime(2026, 11, 24, 5, tzinfo=UTC)  # 13:00
    assert hours_from(at - timedelta(minutes=1), noon) == (at, at + timedelta(hours=23))
    assert hours_from(at, noon) == (at, at + timedelta(hours=23))
    assert hours_from(at, None) == (at, None)


@given(st.timedeltas(timedelta(0), timedelta(days=1500)), st.times(), st.times())
def test_hours_lie_ahead_and_outside_of_the_quiet_ones(after: timedelta, first: time, last: time) -> None:
    assume(first != last)
    quiet, at = QuietHours(first, last, TAIPEI), datetime(2026, 1, 1, tzinfo=UTC) + after
    opens, closes = hours_from(at, quiet)
    assert closes is not None
    assert at <= opens < closes <= at + timedelta(days=2)
    for moment in (opens, opens + (closes - opens) / 2, closes - timedelta(microseconds=1)):
        assert quiet.until(moment) is None
    assert quiet.until(closes) is not None
