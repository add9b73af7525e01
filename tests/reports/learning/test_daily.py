"""Cases by the day of the city, on both databases."""

from __future__ import annotations

from datetime import date, time, timedelta

from gateway.database import Database
from gateway.reports.learning.daily import By, daily_counts, known_days, midnight
from tests.reports.learning.worlds import ZONE, at, case_row, put

NEW_YEAR = date(2026, 1, 1)
EVE = date(2025, 12, 31)
ALMOST = time(23, 59, 59, 999_999)


def test_a_day_begins_at_midnight_in_the_city(both: Database) -> None:
    put(both, [case_row(at(EVE, ALMOST)), case_row(at(NEW_YEAR, time(0))), case_row(at(NEW_YEAR, ALMOST))])
    with both.read() as session:
        assert {day: cases for day, _, cases in daily_counts(session, ZONE, EVE, NEW_YEAR)} == {
            EVE: 1, NEW_YEAR: 2
        }  # fmt: skip
        assert list(daily_counts(session, ZONE, NEW_YEAR, NEW_YEAR)) == [(NEW_YEAR, (), 2)]
        assert known_days(session, ZONE) == (EVE, NEW_YEAR)
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
        hours = sorted(key[0] for _, key, _ in daily_counts(session, ZONE, NEW_YEAR, NEW_YEAR, By.HOUR))
    assert hours == [0, 7, 23]


def test_keys_are_in_the_order_asked_for_and_none_is_kept(both: Database) -> None:
    put(both, [
        case_row(at(NEW_YEAR), item_code="noise", district=None),
        case_row(at(NEW_YEAR), item_code="noise", district="苓雅區", village="福東里"),
        case_row(at(NEW_YEAR), item_code="noise", district="苓雅區", village="福東里"),
    ])  # fmt: skip
    with both.read() as session:
        parts = (By.DISTRICT, By.VILLAGE, By.ITEM)
        found = {key: cases for _, key, cases in daily_counts(session, ZONE, NEW_YEAR, NEW_YEAR, *parts)}
        only = daily_counts(session, ZONE, NEW_YEAR, NEW_YEAR, item="street_light_out")
        assert list(only) == []
    assert found == {(None, None, "noise"): 1, ("苓雅區", "福東里", "noise"): 2}


def test_only_cases_of_the_units(both: Database) -> None:
    put(both, [case_row(at(NEW_YEAR))])
    put(both, [case_row(at(NEW_YEAR))] * 1, unit="環保局")
    with both.read() as session:
        for units, expected in (
            (frozenset({"環保局"}), 1),
            (frozenset({"環保局", "養工處"}), 2),
            (frozenset(), 0),
        ):
            found = daily_counts(session, ZONE, NEW_YEAR, NEW_YEAR, units=units)
            assert sum(cases for _, _, cases in found) == expected


def test_nothing_is_known_of_an_empty_database(both: Database) -> None:
    with both.read() as session:
        assert known_days(session, ZONE) is None
        assert list(daily_counts(session, ZONE, EVE, EVE + timedelta(days=400), By.ITEM)) == []
