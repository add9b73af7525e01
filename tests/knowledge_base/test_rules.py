"""Answer, ask back or decline: a table, and what must hold for any numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.calibration import fit_judgement, labelled_questions
from knowledge_base.faq_files import shipped_entries
from knowledge_base.rules import (
    Decision,
    Evidence,
    Judgement,
    Outcome,
    cost,
    is_current,
    is_old,
    total_cost,
)

JUDGEMENT = Judgement((4.0, 4.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0), -4.0, answer_from=0.8, clarify_from=0.3)
share = st.floats(0, 1, allow_nan=False)
evidences = st.builds(
    Evidence,
    dense=st.floats(-1, 1),
    lexical=share,
    covered=share,
    lead=share,
    tokens=st.integers(1, 400),
    agreed=st.booleans(),
    latin=st.booleans(),
)


def evidence(dense: float, lexical: float, lead: float = 0.1) -> Evidence:
    return Evidence(dense, lexical, 0.5, lead, 20, True, False)


@pytest.mark.parametrize(
    ("found", "current", "ours", "expected"),
    [
        (evidence(0.9, 0.8, 0.5), True, True, "answer"),
        (evidence(0.9, 0.8, 0.5), False, True, "clarify"),
        (evidence(0.9, 0.8, 0.5), True, False, "clarify"),
        (evidence(0.6, 0.4), True, True, "clarify"),
        (evidence(0.2, 0.1), True, True, "none"),
        (evidence(0.2, 0.1), False, False, "none"),
        (None, True, True, "none"),
    ],
)
def test_decisions(found: Evidence | None, current: bool, ours: bool, expected: Decision) -> None:
    assert JUDGEMENT.decide(found, current, ours) == expected


@given(evidences, st.booleans(), st.booleans())
def test_only_current_matters_of_ours_are_answered(found: Evidence, current: bool, ours: bool) -> None:
    assert 0 <= JUDGEMENT.confidence(found) <= 1
    if JUDGEMENT.decide(found, current, ours) == "answer":
        assert current
        assert ours
        assert JUDGEMENT.confidence(found) >= JUDGEMENT.answer_from


@given(evidences, share)
def test_more_meaning_is_never_less_sure(found: Evidence, more: float) -> None:
    better = Evidence(
        max(found.dense, more),
        found.lexical,
        found.covered,
        found.lead,
        found.tokens,
        found.agreed,
        found.latin,
    )
    assert JUDGEMENT.confidence(better) >= JUDGEMENT.confidence(found)


def test_a_wrong_answer_costs_more_than_anything_else() -> None:
    wrong = Outcome(evidence(0.9, 0.9), 1, True)
    unanswerable = Outcome(evidence(0.9, 0.9), None, False)
    for outcome in (wrong, unanswerable):
        assert cost("answer", outcome) > max(cost("clarify", outcome), cost("none", outcome))
    assert cost("answer", Outcome(evidence(0.9, 0.9), 0, True)) == 0
    assert cost("clarify", wrong) < cost("none", wrong)


def test_fitting_learns_to_tell_right_from_wrong() -> None:
    right = [Outcome(evidence(0.7 + n / 100, 0.6, 0.4), 0, True) for n in range(20)]
    wrong = [Outcome(evidence(0.2 + n / 100, 0.1, 0.01), None, False) for n in range(20)]
    fitted = fit_judgement([*right, *wrong])
    assert total_cost(fitted, [*right, *wrong]) == 0
    assert fitted.clarify_from <= fitted.answer_from


def test_every_calibration_question_has_its_shipped_entry() -> None:
    urls = {entry.source_url for entry in shipped_entries()}
    labelled = labelled_questions()
    inside = [item for item in labelled if item.source_url is not None]
    assert len(inside) >= 80
    assert len(labelled) - len(inside) >= 60
    assert {item.source_url for item in inside} <= urls


def test_no_calibration_question_is_a_shipped_phrasing() -> None:
    said = {text for entry in shipped_entries() for text in (entry.question, *entry.phrasings)}
    assert not said & {item.question for item in labelled_questions()}


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
