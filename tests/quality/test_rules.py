"""States, points, scores, grades and samples: the law of the room, without a database."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.quality.errors import InvalidMarks, InvalidPeriod, OwnSheet, SheetActRefused
from gateway.quality.rules import (
    MOVES,
    Act,
    Mark,
    State,
    average,
    bounds,
    check_assessor,
    check_marks,
    check_period,
    grade_of,
    halves_of,
    hundredths,
    last_month,
    next_state,
    sample,
    score_of,
    shown_score,
)
from gateway.quality.standard import BrokenStandard, read_standard, standard
from tests.quality.conftest import TAIPEI

GRADES = standard().grades
SCORES = st.fractions(0, 100)


def grade(score: Fraction | float | str) -> str:
    return grade_of(Fraction(score), GRADES).zh


@pytest.mark.parametrize(
    ("score", "zh"),
    [
        ("100", "特優"), ("90", "特優"), ("89.99", "優等"), ("89.5", "優等"), ("85", "優等"),
        ("84.9999999", "甲等"), ("80", "甲等"), ("79.5", "乙等"), ("70", "乙等"), ("69.999", "未達標準"),
        ("0", "未達標準"), (Fraction(260, 3) + Fraction(10, 3), "特優"), (Fraction(269, 3), "優等"),
    ],
)  # fmt: skip
def test_grades_at_their_very_boundaries(score: Fraction | str, zh: str) -> None:
    assert grade(score) == zh


@given(SCORES)
def test_a_grade_is_the_best_whose_least_is_reached(score: Fraction) -> None:
    found = grade_of(score, GRADES)
    assert score >= found.least
    assert all(score < better.least for better in GRADES if better.least > found.least)


@given(SCORES)
def test_what_is_kept_and_shown_never_contradicts_the_grade(score: Fraction) -> None:
    kept = hundredths(score)
    assert 0 <= score - Fraction(kept, 100) < Fraction(1, 100)
    assert Fraction(shown_score(kept)) == Fraction(kept, 100)
    assert grade_of(Fraction(kept, 100), GRADES) == grade_of(score, GRADES)


@pytest.mark.parametrize(
    ("kept", "shown"), [(9000, "90"), (8950, "89.5"), (8999, "89.99"), (10000, "100"), (0, "0"), (7, "0.07")]
)
def test_scores_as_people_read_them(kept: int, shown: str) -> None:
    assert shown_score(kept) == shown


MARKS = st.lists(
    st.integers(1, 40).flatmap(
        lambda weight: st.builds(
            Mark, st.just("one"), st.just(weight), st.integers(0, 2 * weight), st.booleans()
        )
    ),
    min_size=1,
)


@settings(max_examples=60)
@given(MARKS)
def test_a_score_is_the_share_of_what_counts(marks: list[Mark]) -> None:
    score = score_of(marks)
    counted = [mark for mark in marks if not mark.left_out]
    if not counted:
        assert score is None
        return
    assert score is not None
    assert 0 <= score <= 100
    full = sum(mark.weight for mark in counted)
    assert score * full == 100 * sum((mark.points or 0) for mark in counted)


@settings(max_examples=40)
@given(MARKS, st.integers(0))
def test_more_points_never_bring_a_lower_grade(marks: list[Mark], which: int) -> None:
    at = which % len(marks)
    mark = marks[at]
    more = Mark(mark.criterion, mark.weight, min(2 * mark.weight, (mark.halves or 0) + 1), mark.left_out)
    before, after = score_of(marks), score_of([*marks[:at], more, *marks[at + 1 :]])
    assert before is None or (after is not None and after >= before)


def test_without_all_points_there_is_no_score() -> None:
    assert score_of([Mark("a", 50, 100), Mark("b", 50)]) is None
    assert score_of([Mark("a", 50, 100), Mark("b", 50, left_out=True)]) == 100
    assert score_of([Mark("a", 60, 119), Mark("b", 40, 60)]) == Fraction(179, 2)


def test_averages_are_exact() -> None:
    assert average([]) is None
    assert average([9000, 8999]) == Fraction("89.995")
    assert grade(average([9000, 8999]) or 0) == "優等"


@pytest.mark.parametrize(
    ("text", "halves"),
    [("", None), (" ", None), ("0", 0), ("7.5", 15), ("10", 20), ("10.0", 20), ("10.50", 21)],
)
def test_points_are_read_in_halves(text: str, halves: int | None) -> None:
    assert halves_of(text) == halves


@pytest.mark.parametrize("text", ["-1", "1.25", "a", "1e1", "٣", "9999", "1,5", ".5"])
def test_points_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        halves_of(text)


def test_what_is_wrong_is_told_by_criterion() -> None:
    marks = [Mark("a", 10, 21), Mark("b", 10), Mark("c", 10, None, left_out=True), Mark("d", 10, 20)]
    with pytest.raises(InvalidMarks) as draft:
        check_marks(marks, (), whole=False)
    assert draft.value.problems == {"a": "range", "c": "needed"}
    with pytest.raises(InvalidMarks) as whole:
        check_marks(marks, ("c",), whole=True)
    assert whole.value.problems == {"a": "range", "b": "missing"}
    with pytest.raises(InvalidMarks):
        check_marks([Mark("c", 10, None, left_out=True)], ("c",), whole=True)
    check_marks(marks[1:], ("c",), whole=False)


@pytest.mark.parametrize(("state", "act"), list(product(State, Act)))
def test_only_what_the_table_allows(state: State, act: Act) -> None:
    if (state, act) in MOVES:
        assert next_state(state, act) is MOVES[state, act]
    else:
        with pytest.raises(SheetActRefused):
            next_state(state, act)


def test_a_final_sheet_is_assessed_no_more() -> None:
    assert {act for state, act in MOVES if state is State.FINAL} == {Act.REOPEN, Act.REPLY}


def test_nobody_assesses_themselves() -> None:
    check_assessor("boss", "mei")
    with pytest.raises(OwnSheet):
        check_assessor("mei", "mei")


POOLS = st.sets(st.integers(1, 10**6), max_size=60)
SEEDS = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(POOLS, st.integers(1, 50), SEEDS)
def test_a_sample_is_of_the_pool_and_as_large_as_can_be(pool: set[int], size: int, seed: str) -> None:
    found = sample(pool, size, seed)
    assert set(found) <= pool
    assert len(found) == len(set(found)) == min(size, len(pool))


@given(POOLS, st.integers(1, 50), SEEDS, st.randoms(use_true_random=False))
def test_the_same_seed_and_pool_give_the_same_sample(
    pool: set[int], size: int, seed: str, rng: object
) -> None:
    shuffled = list(pool)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sample(shuffled, size, seed) == sample(pool, size, seed)


@given(POOLS, st.integers(1, 49), SEEDS)
def test_a_larger_sample_holds_the_smaller_one(pool: set[int], size: int, seed: str) -> None:
    assert set(sample(pool, size, seed)) <= set(sample(pool, size + 1, seed))


def test_a_sample_can_be_reckoned_by_hand() -> None:
    first = min(range(1, 41), key=lambda n: hashlib.sha256(f"abc:{n}".encode()).hexdigest())
    assert sample(range(1, 41), 1, "abc") == [first]


def test_everybody_is_drawn_as_often_as_others() -> None:
    """Three of ten, two thousand times: each 600 times, give or take five standard deviations."""
    drawn = Counter(one for seed in range(2000) for one in sample(range(10), 3, str(seed)))
    assert all(abs(count - 600) < 5 * 20.5 for count in drawn.values()), drawn


@pytest.mark.parametrize(
    ("first", "last", "fine"),
    [
        ("2026-10-01", "2026-10-31", True), ("2026-11-05", "2026-11-05", True),
        ("2026-10-02", "2026-10-01", False), ("2026-11-05", "2026-11-06", False),
        ("2025-11-05", "2026-11-05", True), ("2025-11-04", "2026-11-05", False),
    ],
)  # fmt: skip
def test_periods(first: str, last: str, fine: bool) -> None:
    days = date.fromisoformat(first), date.fromisoformat(last)
    if fine:
        check_period(*days, date(2026, 11, 5))
    else:
        with pytest.raises(InvalidPeriod):
            check_period(*days, date(2026, 11, 5))


def test_days_begin_and_end_in_the_citys_time() -> None:
    begin, after = bounds(date(2026, 10, 1), date(2026, 10, 31), TAIPEI)
    assert (begin.isoformat(), after.isoformat()) == (
        "2026-10-01T00:00:00+08:00",
        "2026-11-01T00:00:00+08:00",
    )
    assert last_month(date(2026, 1, 31)) == (date(2025, 12, 1), date(2025, 12, 31))


def test_the_standard_that_is_shipped() -> None:
    assert sum(one.weight for one in standard().criteria) == 100
    assert [(one.zh, one.least) for one in GRADES] == [
        ("特優", 90), ("優等", 85), ("甲等", 80), ("乙等", 70), ("未達標準", 0),
    ]  # fmt: skip
    assert [one.code for one in GRADES if one.example] == ["below"]
    assert all(one.zh and one.en and one.about_zh and one.about_en for one in standard().criteria)


CRITERION = {"code": "a", "weight": 100, "zh": "甲", "en": "A", "about_zh": "甲", "about_en": "A"}
LOWEST = {"code": "below", "from": 0, "zh": "丙", "en": "C"}


@pytest.mark.parametrize(
    "tree",
    [
        {"criteria": [{**CRITERION, "weight": 99}], "grades": [LOWEST]},
        {"criteria": [CRITERION, {**CRITERION, "weight": 0}], "grades": [LOWEST]},
        {"criteria": [CRITERION], "grades": [{**LOWEST, "from": 1}]},
        {"criteria": [CRITERION], "grades": [LOWEST, LOWEST]},
        {"criteria": [CRITERION], "grades": []},
        {"criteria": [{"code": "a"}], "grades": [LOWEST]},
        {"grades": [LOWEST]},
    ],
)
def test_a_standard_that_cannot_be_is_refused(tree: dict[str, object]) -> None:
    with pytest.raises(BrokenStandard):
        read_standard(tree)
