"""Figures with their targets, and the floors below which nothing may slip."""

from __future__ import annotations

import pytest

from gateway.measures.measure import below_floor, figure, share, told


@pytest.mark.parametrize(
    ("right", "target", "at_most", "met"),
    [(8, 0.8, False, True), (7, 0.8, False, False), (1, 0.1, True, True), (2, 0.1, True, False)],
)
def test_a_target_is_met_or_missed(right: int, target: float, at_most: bool, met: bool) -> None:
    assert share("x", right, 10, target, at_most)["met"] is met


def test_a_share_of_nothing_has_no_value_and_no_verdict() -> None:
    nothing = share("x", 0, 0, 0.8)
    assert (nothing["value"], nothing["interval"], nothing["met"]) == (None, None, None)
    assert told(nothing) == ("x", "–", "≥ 0.8", "0 of 0", "")


def test_a_figure_is_told_with_cases_and_interval() -> None:
    assert told(share("x", 4, 24, 0.08, at_most=True)) == (
        "x",
        "0.167",
        "≤ 0.08 MISSED",
        "4 of 24",
        "0.067–0.358",
    )
    assert told(figure("y", 0.5)) == ("y", "0.500", "", "", "")


def test_floors_hold_for_both_kinds_of_targets_and_for_figures_that_vanish() -> None:
    measures = {"high": share("h", 8, 10), "low": share("l", 2, 10, 0.1, at_most=True)}
    assert below_floor(measures, {"high": 0.8, "low": 0.2}) == []
    slipped = below_floor(measures, {"high": 0.81, "low": 0.19, "renamed": 0.5})
    assert slipped == [
        "high: 0.8 (at least 0.81)",
        "low: 0.2 (at most 0.19)",
        "renamed: not measured",
    ]
