"""What a map may be asked, its classes, and the squares in which near cases are looked for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.nearness import distance_m
from gateway.errors import InvalidInput
from gateway.reports.map.rules import (
    CITY,
    CLASSES,
    Level,
    box_of,
    by_nearness,
    class_bounds,
    months,
    narrowed,
    wanted,
)

TODAY = date(2026, 11, 20)
POINT = st.tuples(st.floats(22.6, 22.62), st.floats(120.3, 120.33))


@given(st.lists(st.integers(0, 5000), max_size=60))
def test_every_figure_lies_in_a_class(figures: list[int]) -> None:
    bounds = class_bounds(figures)
    assert bounds == sorted(set(bounds))
    assert len(bounds) <= CLASSES
    above = [figure for figure in figures if figure > 0]
    assert bool(bounds) == bool(above)
    if above:
        assert bounds[-1] == max(above)


def test_classes_hold_about_as_many_areas_each() -> None:
    assert class_bounds(range(1, 11)) == [2, 4, 6, 8, 10]
    assert class_bounds([0, 3, 3, 3, 7]) == [3, 7]


@given(st.lists(POINT, max_size=40), st.integers(20, 400))
def test_no_near_pair_is_overlooked(places: list[tuple[float, float]], metres: int) -> None:
    found = {tuple(sorted(pair)) for pair in by_nearness(places, metres)}
    for one, here in enumerate(places):
        for other in range(one + 1, len(places)):
            if distance_m(*here, *places[other]) <= metres:
                assert (one, other) in found


def test_without_a_period_twelve_months_are_meant() -> None:
    asked = wanted({}, {}, TODAY)
    assert (asked.first, asked.last, asked.level) == (date(2025, 12, 1), TODAY, Level.DISTRICT)
    assert len(months(asked)) == 12


def test_a_main_item_and_a_kind_stand_for_their_items() -> None:
    items = {"a": ("道路不平", "dispatch"), "b": ("道路不平", "petition"), "c": ("路燈", "dispatch")}
    assert wanted({}, items, TODAY).items is None
    assert wanted({"main": "道路不平"}, items, TODAY).items == {"a", "b"}
    assert wanted({"main": "道路不平", "item": "a"}, items, TODAY).items == {"a"}
    assert wanted({"main": "路燈", "item": "a"}, items, TODAY).items == set()
    assert wanted({"kind": "dispatch"}, items, TODAY).items == {"a", "c"}
    assert wanted({"main": "道路不平", "kind": "dispatch"}, items, TODAY).items == {"a"}
    assert wanted({"main": "沒有"}, items, TODAY).items == set()


def test_a_month_ends_with_the_period() -> None:
    asked = wanted({"from": "2016-09-10", "to": "2016-11-05"}, {}, TODAY)
    assert narrowed(asked, "") == (date(2016, 9, 10), date(2016, 11, 6))
    assert narrowed(asked, "2016-09") == (date(2016, 9, 10), date(2016, 10, 1))
    assert narrowed(asked, "2016-10") == (date(2016, 10, 1), date(2016, 11, 1))
    assert narrowed(asked, "2016-11") == (date(2016, 11, 1), date(2016, 11, 6))
    with pytest.raises(InvalidInput):
        narrowed(asked, "2016-12")


@pytest.mark.parametrize(
    "given_",
    [
        {"from": "2017-01-01", "to": "2016-01-01"},
        {"from": "2006-01-01", "to": "2016-12-31"},
        {"from": "yesterday"},
        {"from": "0001-01-01"},
        {"level": "street"},
        {"kind": "rumour"},
    ],
)
def test_what_cannot_be_asked(given_: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        wanted(given_, {}, TODAY)


def test_ten_years_can_be_asked() -> None:
    assert len(months(wanted({"from": "2016-11-01", "to": "2026-11-20"}, {}, TODAY))) == 121


def test_a_box_is_cut_to_the_city() -> None:
    assert box_of("-90,90,-180,180") == CITY
    for text in ("", "1,2,3", "a,b,c,d", "nan,1,1,1", "23,22,120,121", "22,inf,120,121"):
        with pytest.raises(InvalidInput):
            box_of(text)
