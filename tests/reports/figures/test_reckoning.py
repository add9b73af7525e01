"""How months become a period, which of two numbers holds, and what is never taken for zero."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reports.figures.book import Entry, Way
from gateway.reports.figures.catalogue import Over, figures
from gateway.reports.figures.months import Month, Period
from gateway.reports.figures.own import Number
from gateway.reports.figures.reckoning import Origin, Sheet, make_sheet, settled
from tests.reports.figures.books import NOW

KNOWN = figures().all
HALF = Period(Month(2018, 7), Month(2018, 12))
JULY, LIVE = HALF.first, Month(2018, 10)
SUMS = sorted(code for code, figure in KNOWN.items() if figure.over is Over.SUM)
MEANS = sorted(code for code, figure in KNOWN.items() if figure.over is Over.MEAN)
counts = st.integers(0, 10**9)


def entry(value: int | str | None, month: Month = JULY, code: str = "calls") -> Entry:
    number = None if value is None else Decimal(value)
    return Entry(month, code, 1, number, "月報", Way.HAND, "mei", NOW)


def sheet_of(
    values: Mapping[tuple[Month, str], int | str], own: Mapping[tuple[Month, str], Number] | None = None,
    live: Month | None = None,
) -> Sheet:  # fmt: skip
    entries = {key: entry(value, *key) for key, value in values.items()}
    counted = own or {}
    return make_sheet(
        figures(), HALF.months, entries, lambda code, month: counted.get((month, code), 0), live, HALF.last
    )


@given(st.sampled_from(SUMS), st.lists(counts, min_size=6, max_size=6), st.integers(1, 5))
def test_months_and_quarters_add_up_to_the_half_year(code: str, values: list[int], cut: int) -> None:
    sheet = sheet_of({(month, code): value for month, value in zip(HALF.months, values, strict=True)})
    figure = KNOWN[code]
    whole = sheet.over(figure, HALF)
    parts = (Period(HALF.first, HALF.months[cut - 1]), Period(HALF.months[cut], HALF.last))
    assert whole.value == sum(values)
    assert whole.missing == ()
    assert sum(sheet.over(figure, part).value or 0 for part in parts) == whole.value
    assert sum(sheet.over(figure, Period(month, month)).value or 0 for month in HALF.months) == whole.value


@given(
    st.sampled_from(MEANS),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10**6)), min_size=6, max_size=6),
)
def test_a_mean_is_weighted_and_lies_between_its_months(code: str, given_: list[tuple[int, int]]) -> None:
    figure = KNOWN[code]
    rates = [Decimal(rate) / 100 for rate, _ in given_]
    values: dict[tuple[Month, str], int | str] = {}
    for month, rate, (_, weight) in zip(HALF.months, rates, given_, strict=True):
        values[month, code] = str(rate)
        values[month, figure.weight or ""] = weight
    total = sheet_of(values).over(figure, HALF)
    weight = sum(weight for _, weight in given_)
    if weight == 0:
        assert total.value is None
        return
    assert total.value == sum(Fraction(rate) * n for rate, (_, n) in zip(rates, given_, strict=True)) / weight
    weighed = [Fraction(rate) for rate, (_, n) in zip(rates, given_, strict=True) if n]
    assert min(weighed) <= total.value <= max(weighed)


def test_a_month_without_weight_is_missing_in_a_mean_of_several() -> None:
    values: dict[tuple[Month, str], int | str] = {(month, "service_level"): "98" for month in HALF.months}
    values |= {(month, "calls"): 100 for month in HALF.months[1:]}
    values[JULY, "service_level"] = "50"
    sheet, figure = sheet_of(values), KNOWN["service_level"]
    total = sheet.over(figure, HALF)
    assert (total.value, total.missing, total.whole) == (98, (JULY,), None)
    assert sheet.over(figure, Period(JULY, JULY)).value == 50


def test_a_missing_month_is_said_and_not_zero() -> None:
    total = sheet_of({(JULY, "calls"): 7}).over(KNOWN["calls"], HALF)
    assert (total.value, total.missing) == (7, tuple(HALF.months[1:]))
    nothing = sheet_of({}).over(KNOWN["calls"], HALF)
    assert (nothing.value, nothing.missing) == (None, tuple(HALF.months))


def test_a_zero_that_was_entered_is_a_zero() -> None:
    total = sheet_of({(month, "calls"): 0 for month in HALF.months}).over(KNOWN["calls"], HALF)
    assert (total.value, total.missing) == (0, ())


@pytest.mark.parametrize(
    ("code", "month", "outside", "own", "value", "origin"),
    [
        ("dispatch", LIVE.moved(-1), 5, 7, 5, Origin.OUTSIDE),
        ("dispatch", LIVE, 5, 7, 7, Origin.PLATFORM),
        ("dispatch", LIVE, 5, 0, 0, Origin.PLATFORM),
        ("dispatch", LIVE, None, 0, 0, Origin.PLATFORM),
        ("dispatch", LIVE.moved(-1), None, 7, 7, Origin.PART),
        ("dispatch", LIVE.moved(-1), None, 0, None, None),
        ("consultations", LIVE, 5, 7, 5, Origin.OUTSIDE),
        ("consultations", LIVE, None, 7, 7, Origin.PART),
        ("consultations", LIVE, None, 0, 0, Origin.PART),
        ("case_satisfaction", LIVE, None, None, None, None),
        ("case_satisfaction", LIVE, 4, None, 4, Origin.OUTSIDE),
    ],
)
def test_which_of_two_numbers_holds(
    code: str, month: Month, outside: int | None, own: Number, value: int | None, origin: Origin | None
) -> None:
    given_ = None if outside is None else entry(outside, month, code)
    cell = settled(KNOWN[code], given_, own, month, LIVE)
    assert (cell.value if cell else None, cell.origin if cell else None) == (value, origin)


def test_before_anything_has_happened_the_platform_says_no_zero() -> None:
    assert settled(KNOWN["dispatch"], None, 0, JULY, None) is None
    assert settled(KNOWN["dispatch"], None, 3, JULY, None) is not None


def test_two_numbers_are_both_kept_to_be_told() -> None:
    cell = settled(KNOWN["dispatch"], entry(5, LIVE, "dispatch"), 7, LIVE, LIVE)
    assert cell is not None
    assert cell.two_numbers == (5, 7)
    same = settled(KNOWN["dispatch"], entry(7, LIVE, "dispatch"), 7, LIVE, LIVE)
    assert same is not None
    assert same.two_numbers is None


def test_places_add_up_where_all_four_are_known() -> None:
    places = KNOWN["legal_consultations"].made_of
    values: dict[tuple[Month, str], int | str] = {(JULY, code): n for n, code in enumerate(places, start=1)}
    cell = sheet_of(values).cell(JULY, "legal_consultations")
    assert cell is not None
    assert (cell.value, cell.origin) == (10, Origin.OUTSIDE_PARTS)
    del values[JULY, places[0]]
    assert sheet_of(values).cell(JULY, "legal_consultations") is None
    values[JULY, "legal_consultations"] = 99
    own = sheet_of(values).cell(JULY, "legal_consultations")
    assert own is not None
    assert (own.value, own.origin) == (99, Origin.OUTSIDE)


def test_works_add_up_over_classes() -> None:
    items = [code for one in KNOWN["works_reports"].made_of for code in KNOWN[one].made_of]
    cell = sheet_of({(JULY, code): 2 for code in items}).cell(JULY, "works_reports")
    assert cell is not None
    assert (cell.value, cell.origin) == (30, Origin.OUTSIDE_PARTS)


def test_the_platform_counts_nothing_of_months_to_come() -> None:
    asked: list[Month] = []

    def own(_code: str, month: Month) -> Number:
        asked.append(month)
        return 1

    sheet = make_sheet(figures(), HALF.months, {}, own, JULY, Month(2018, 9))
    assert max(asked) == Month(2018, 9)
    assert sheet.over(KNOWN["dispatch"], HALF).missing == tuple(HALF.months[3:])
