"""What became of a question, who was in time, and what figures mean."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.handoff.figures import Stay
from gateway.reports.cases.defining import chapters
from gateway.reports.conversations import answering, became, courtesy, people, sides, volumes, waiting
from gateway.reports.conversations.definitions import columns, definitions
from gateway.reports.conversations.rules import (
    Facts,
    Outcome,
    contained_share,
    in_time,
    judged,
    nearest_rank,
    outcome_of,
    service_level,
    settled_by_person,
)

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
LEVEL = timedelta(seconds=20)
FACTS = st.builds(Facts, *[st.booleans()] * 5)


@given(FACTS)
def test_contained_is_only_what_nothing_speaks_against(facts: Facts) -> None:
    against = facts.person or facts.down or facts.again or not facts.given
    assert (outcome_of(facts) is Outcome.CONTAINED) == (not against and facts.settled)
    assert (outcome_of(facts) is Outcome.PENDING) == (not against and not facts.settled)
    assert not facts.person or outcome_of(facts) is Outcome.PERSON


@given(st.lists(FACTS))
def test_a_share_is_of_those_that_can_be_judged(some: list[Facts]) -> None:
    outcomes = Counter(map(outcome_of, some))
    known = [one for one in map(outcome_of, some) if one is not Outcome.PENDING]
    share = contained_share(outcomes)
    assert share is None if not known else share == known.count(Outcome.CONTAINED) / len(known)


@given(st.lists(st.integers(0, 50), min_size=1), st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values: list[int], part: float) -> None:
    found = nearest_rank([float(one) for one in values], part)
    assert found in values

    def reach(value: float) -> int:
        return sum(one <= value for one in values)

    enough = part * len(values) - 1e-6
    assert found is not None and reach(found) >= enough
    assert all(reach(one) < enough for one in values if one < found)


def test_a_percentile_of_nothing_is_none() -> None:
    assert nearest_rank([], 0.9) is None


@pytest.mark.parametrize(
    ("ending", "again_after", "now_after", "settled"),
    [
        ("closed", None, 24, True), ("closed", None, 23, None), ("released", 25, 30, True),
        ("closed", 24, 30, True), ("closed", 23, 30, False), ("closed", 1, 2, False),
        ("silent", None, 1, False), ("transferred", None, 99, None), ("lost", None, 99, None),
        ("taken_over", None, 99, None), ("unanswered", None, 99, None),
    ],
)  # fmt: skip
def test_a_person_settles_what_they_ended_and_nobody_came_again_for(
    ending: str, again_after: int | None, now_after: int, settled: bool | None
) -> None:
    came = [NOON - timedelta(hours=1)]
    if again_after is not None:
        came.append(NOON + timedelta(hours=again_after))
    assert settled_by_person(ending, NOON, came, NOON + timedelta(hours=now_after)) is settled


def stay(seconds: float | None, to: str = "operator") -> Stay:
    return Stay(NOON, "", None if seconds is None else NOON + timedelta(seconds=seconds), to)


def test_the_service_level_is_of_all_that_entered_as_far_as_it_can_be_said() -> None:
    some = [stay(20), stay(20.001), stay(5, to="bot"), stay(None, "")]
    assert [in_time(one, LEVEL) for one in some] == [True, False, False, False]
    assert [judged(one, LEVEL, NOON + LEVEL) for one in some] == [True, True, True, False]
    assert service_level(some, LEVEL, NOON + LEVEL) == pytest.approx(1 / 3)
    assert service_level(some, LEVEL, NOON + 2 * LEVEL) == pytest.approx(1 / 4)
    assert service_level([], LEVEL, NOON) is None


def test_every_figure_is_defined_and_every_definition_is_a_figure() -> None:
    used = [
        *volumes.FIGURES, *waiting.FIGURES, *waiting.ESCALATIONS, *people.HANDLING, *people.RATINGS,
        *sides.FIGURES, *became.FIGURES, *answering.QUALITY, *answering.TOPICS, *courtesy.BY_GRADE,
        *courtesy.BY_OPERATOR,
    ]  # fmt: skip
    assert len(columns(used)) == len(used)
    assert set(used) == set(definitions())
    for one in definitions().values():
        zh, en = one.told(20)
        assert all((one.zh, one.en, one.formula_zh, one.formula_en)) and "{" not in zh + en
    assert "20 秒" in definitions()["service_level"].told(20)[0]


def test_the_page_of_definitions_has_them() -> None:
    mine = next(one for one in chapters() if one.room == "conversations")
    assert [one.key for one in mine.definitions] == list(definitions())
