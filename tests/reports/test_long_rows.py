"""Rows that are read as they are gone through behave as a list does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reports.long_rows import LongRows
from gateway.reports.tables import Row

ROWS = [Row((number,)) for number in range(7)]


def read() -> Iterator[Row]:
    return iter(ROWS)


@settings(deadline=None)
@given(st.integers(-9, 9) | st.none(), st.integers(-9, 9) | st.none(), st.integers(1, 3))
def test_slices(first: int | None, last: int | None, step: int) -> None:
    assert LongRows(7, read)[first:last:step] == ROWS[first:last:step]


def test_the_rest() -> None:
    rows = LongRows(7, read)
    assert (len(rows), list(rows), list(rows)) == (7, ROWS, ROWS)
    assert [rows[0], rows[6], rows[-1]] == [ROWS[0], ROWS[6], ROWS[6]]
    for beyond in (7, 99):
        with pytest.raises(IndexError):
            rows[beyond]
