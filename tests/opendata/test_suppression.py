"""Nobody can reckon a small number from what is published: tried by force, the rule itself being known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.opendata.suppression import LEAST, Mark, alone, rate, suppressed

NUMBERS = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 400)), min_size=1, max_size=12)
SMALL = range(1, LEAST)


def published(numbers: list[int]) -> tuple[dict[int, int | Mark], int | Mark]:
    """A table and its total."""
    [parts], total = suppressed([dict(enumerate(numbers))], sum(numbers))
    return parts, total


def possible(parts: Mapping[Any, int | Mark], total: int | Mark) -> set[int]:
    """What a part marked FEW could be: every value for which the others can make up the rest."""
    few = [one for one, mark in parts.items() if mark is Mark.FEW]
    held = [one for one, mark in parts.items() if mark is Mark.HELD]
    if isinstance(total, Mark):
        return set(SMALL)
    rest = total - sum(number for number in parts.values() if not isinstance(number, Mark))
    found = set()
    for value in SMALL:
        least = len(few) - 1 + LEAST * len(held)
        most = (LEAST - 1) * (len(few) - 1) if not held else rest
        if least <= rest - value <= most:
            found.add(value)
    return found


@given(NUMBERS)
def test_no_small_number_is_shown(numbers: list[int]) -> None:
    parts, total = published(numbers)
    assert total not in SMALL
    for key, number in enumerate(numbers):
        assert parts[key] not in SMALL
        assert (parts[key] is Mark.FEW) == (number in SMALL)
        if not isinstance(parts[key], Mark):
            assert parts[key] == number


@given(NUMBERS)
def test_the_total_gives_no_small_number_away(numbers: list[int]) -> None:
    parts, total = published(numbers)
    if Mark.FEW in parts.values():
        assert possible(parts, total) == set(SMALL)


@given(NUMBERS)
def test_what_needs_no_hiding_is_published(numbers: list[int]) -> None:
    parts, total = published(numbers)
    if not any(number in SMALL for number in numbers):
        assert parts == dict(enumerate(numbers))
        assert total == (sum(numbers) if sum(numbers) not in SMALL else Mark.FEW)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_who_knows_the_rule_cannot_go_back(size: int) -> None:
    """Of all tables of so many parts, those that look alike differ in each of their small parts."""
    alike: dict[tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    highest = 24
    for numbers in product(range(highest), repeat=size):
        parts, total = published(list(numbers))
        alike[(total, *parts.values())].append(numbers)
    for shown, tables in alike.items():
        if any(number > highest - LEAST for table in tables for number in table):
            continue  # tables that look the same lie outside what is tried
        for place, mark in enumerate(shown[1:]):
            if mark is Mark.FEW:
                assert len({table[place] for table in tables}) >= 2, (shown, tables[:3])


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8), st.integers(1, 7))
def test_two_partitions_share_their_total(numbers: list[int], cut: int) -> None:
    """Where one of them needs the total hidden, the other does not show it either."""
    other = {"a": sum(numbers[:cut]), "b": sum(numbers[cut:])}
    tables, total = suppressed([dict(enumerate(numbers)), other], sum(numbers))
    for parts in tables:
        if Mark.FEW in parts.values():
            assert possible(parts, total) == set(SMALL)


def test_a_number_of_its_own_and_rates() -> None:
    assert [alone(number) for number in (0, 1, 4, 5)] == [0, Mark.FEW, Mark.FEW, 5]
    assert rate(29, 29) is None
    assert rate(29, 30) == 97
