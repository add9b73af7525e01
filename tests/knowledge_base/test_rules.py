"""Answer, ask back or decline: a table, and what must hold for any numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.calibration import EVALUATION_FOLDER, labelled_questions
from knowledge_base.faq_files import shipped_entries
from knowledge_base.phrasing_files import shipped_phrasings
from knowledge_base.rules import DECISIONS, Chances, Costs, Decision, decide, is_current, is_old

share = st.floats(0, 1, allow_nan=False)
price = st.floats(0, 100, allow_nan=False)
chances = st.builds(Chances.of, share, share)
prices = st.builds(Costs, wrong=price, declined=price, asked=price, asked_in_vain=price)


@pytest.mark.parametrize(
    ("first", "offered", "current", "ours", "expected"),
    [
        (0.97, 1.0, True, True, "answer"),
        (0.97, 1.0, False, True, "clarify"),
        (0.97, 1.0, True, False, "clarify"),
        (0.6, 0.9, True, True, "clarify"),
        (0.05, 0.2, True, True, "none"),
        (0.05, 0.2, False, False, "none"),
        (0.0, 0.0, True, True, "none"),
    ],
)
def test_decisions(first: float, offered: float, current: bool, ours: bool, expected: Decision) -> None:
    assert decide(Chances.of(first, offered), Costs(), current, ours) == expected


@given(chances, prices, st.booleans(), st.booleans())
def test_nothing_allowed_is_expected_to_cost_less(
    found: Chances, costs: Costs, current: bool, ours: bool
) -> None:
    chosen = decide(found, costs, current, ours)
    allowed = [one for one in DECISIONS if one != "answer" or (current and ours)]
    assert chosen in allowed
    assert all(costs.expected(chosen, found) <= costs.expected(other, found) for other in allowed)


@given(share, share, share)
def test_more_sure_never_turns_an_answer_into_less(first: float, more: float, offered: float) -> None:
    if decide(Chances.of(first, offered), Costs()) == "answer":
        better = Chances.of(max(first, more), offered)
        assert decide(better, Costs()) == "answer"


@given(chances, price)
def test_dearer_mistakes_never_make_answers_of_questions(found: Chances, dearer: float) -> None:
    if decide(found, Costs()) != "answer":
        assert decide(found, Costs(wrong=Costs().wrong + dearer)) != "answer"


def test_who_is_first_is_among_those_offered() -> None:
    assert Chances.of(0.8, 0.3) == Chances(0.8, 0.8)


def test_every_calibration_question_has_its_shipped_entry() -> None:
    urls = {entry.source_url for entry in shipped_entries()}
    labelled = labelled_questions()
    inside = [item for item in labelled if item.source_urls]
    assert len(inside) >= 80
    assert len(labelled) - len(inside) >= 60
    assert {url for item in inside for url in item.source_urls} <= urls


def test_no_calibration_question_is_a_shipped_phrasing() -> None:
    said = {text for entry in shipped_entries() for text in (entry.question, *entry.phrasings)}
    assert not said & {item.question for item in labelled_questions()}


def test_the_evaluation_set_is_of_its_own() -> None:
    kept = labelled_questions(EVALUATION_FOLDER)
    inside = [item for item in kept if item.source_urls]
    assert len(inside) >= 300
    assert len(kept) - len(inside) >= 100
    assert {url for item in inside for url in item.source_urls} <= set(shipped_phrasings())
    assert not {item.question for item in kept} & {item.question for item in labelled_questions()}


@pytest.mark.parametrize(
    ("until", "day", "expected"),
    [
        (None, date(2026, 1, 1), True),
        (date(2026, 1, 1), date(2026, 1, 1), True),
        (date(2026, 1, 1), date(2026, 1, 2), False),
    ],
)
def test_current_up_to_and_on_the_last_day(until: date | None, day: date, expected: bool) -> None:
    assert is_current(until, day) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [(date(2023, 11, 22), False), (date(2023, 11, 21), True), (date(2024, 2, 29), False), (None, False)],
)
def test_old_after_three_years(source: date | None, expected: bool) -> None:
    assert is_old(source, date(2026, 11, 22)) is expected
