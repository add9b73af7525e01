"""Intervals against published values and against what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.measures.intervals import macro_f1, macro_f1_interval, mcnemar, paired_difference, wilson


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilson_as_published(right: int, count: int, low: float, high: float) -> None:
    assert wilson(right, count) == pytest.approx((low, high), abs=6e-5)


def test_wilson_of_nothing_is_everything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share(case: tuple[int, int]) -> None:
    right, count = case
    low, high = wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1


@pytest.mark.parametrize(("gained", "lost", "p"), [(0, 0, 1.0), (5, 0, 0.0625), (9, 1, 0.0215), (4, 4, 1.0)])
def test_mcnemar_is_the_exact_two_sided_test(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == mcnemar(lost, gained) == pytest.approx(p, abs=5e-5)


def test_mcnemar_of_many_changes_does_not_overflow() -> None:
    assert mcnemar(3000, 2000) < 1e-6


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 100))
def test_a_paired_difference_mirrors(gained: int, lost: int, same: int) -> None:
    low, high = paired_difference(gained, lost, gained + lost + same)
    assert -1 <= low <= high <= 1
    assert paired_difference(lost, gained, gained + lost + same) == pytest.approx((-high, -low))


def test_macro_f1_counts_the_kinds_that_are_expected() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("c", "x")]
    assert macro_f1(pairs) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_the_interval_of_macro_f1_is_the_same_each_time_and_holds_the_value() -> None:
    pairs = [("a", "a")] * 8 + [("a", "b")] * 2 + [("b", "b")] * 9 + [("b", "a")]
    low, high = macro_f1_interval(pairs)
    assert (low, high) == macro_f1_interval(pairs)
    assert low < macro_f1(pairs) < high
