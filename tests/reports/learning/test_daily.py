"""Cases by the day of the city, on both databases."""

from __future__ import annotations

from datetime import date, time, timedelta

from gateway.database import Database
from gateway.reports.cases.dimensions import Bounds, Dimension
from gateway.reports.cases.hours import by_hour
from gateway.reports.cases.reading import first_and_last
from gateway.reports.learning.daily import By, daily_counts, midnight
from tests.reports.learning.worlds import ZONE, at, case_row, put

NEW_YEAR = date(2026, 1, 1)
EVE = date(2025, 12, 31)
ALMOST = time(23, 59, 59, 999_999)


def test_a_day_begins_at_midnight_in_the_city(both: Database) -> None:
    put(both, [case_row(at(EVE, ALMOST)), case_row(at(NEW_YEAR, time(0))), case_row(at(NEW_YEAR, ALMOST))])
    with both.read() as session:
        assert {day: cases for day, _, cases in daily_counts(session, EVE, NEW_YEAR)} == {
            EVE: 1, NEW_YEAR: 2
        }  # fmt: skip
        assert list(daily_counts(session, NEW_YEAR, NEW_YEAR)) == [(NEW_YEAR, (), 2)]
        assert first_and_last(session) == (EVE, NEW_YEAR)
    assert midnight(NEW_YEAR, ZONE) == at(NEW_YEAR, time(0))


def test_hours_are_those_of_the_city(both: Database) -> None:
    put(
        both,
        [
            case_row(at(NEW_YEAR, time(0))),
            case_row(at(NEW_YEAR, ALMOST)),
            case_row(at(NEW_YEAR, time(7, 59))),
        ],
    )
    with both.read() as session:
        hours = sorted(by_hour(session, Bounds(EVE, NEW_YEAR), ZONE))
        of_another = by_hour(session, Bounds(EVE, NEW_YEAR, {Dimension.ITEM: frozenset({"noise"})}), ZONE)
        assert list(of_another) == []
    assert hours == [(NEW_YEAR, 0, 1), (NEW_YEAR, 7, 1), (NEW_YEAR, 23, 1)]


def test_keys_are_in_the_order_asked_for_and_none_is_kept(both: Database) -> None:
    put(both, [
        case_row(at(NEW_YEAR), item_code="noise", district=None),
        case_row(at(NEW_YEAR), item_code="noise", district="苓雅區", village="福東里"),
        case_row(at(NEW_YEAR), item_code="noise", district="苓雅區", village="福東里"),
    ])  # fmt: skip
    with both.read() as session:
        parts = (By.DISTRICT, By.VILLAGE, By.ITEM)
        found = {key: cases for _, key, cases in daily_counts(session, NEW_YEAR, NEW_YEAR, *parts)}
    assert found == {(None, None, "noise"): 1, ("苓雅區", "福東里", "noise"): 2}


def test_only_cases_of_the_units(both: Database) -> None:
    put(both, [case_row(at(NEW_YEAR))])
    put(both, [case_row(at(NEW_YEAR), owner_unit="環保局")])
    with both.read() as session:
        for units, expected in (
            (frozenset({"環保局"}), 1),
            (frozenset({"環保局", "養工處"}), 2),
            (frozenset(), 0),
        ):
            found = daily_counts(session, NEW_YEAR, NEW_YEAR, units=units)
            assert sum(cases for _, _, cases in found) == expected


def test_nothing_is_known_of_an_empty_database(both: Database) -> None:
    with both.read() as session:
        assert first_and_last(session) is None
        assert list(daily_counts(session, EVE, EVE + timedelta(days=400), By.ITEM)) == []
