"""The catalogue of figures, beside the catalogue of service items and the grades that it leans on."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.catalogue import Catalogue
from gateway.quality.standard import standard
from gateway.reports.cases.defining import chapters
from gateway.reports.figures.catalogue import (
    BrokenFigures,
    Counted,
    Over,
    figures,
    read_figures,
    shown,
    two_places,
)
from gateway.reports.figures.errors import Mistake, UnknownFigure
from gateway.reports.figures.own import GROUPS, WORKS_CLASSES, WORKS_ITEMS
from gateway.reports.half_year.wording import wording

KNOWN = figures().all


def test_the_works_items_are_the_fifteen_of_the_catalogue_in_four_classes() -> None:
    items = {
        item.code: item for item in Catalogue.load().items.values() if item.kind == "public_works_report"
    }
    assert len(WORKS_ITEMS) == 15
    assert len(WORKS_CLASSES) == 4
    assert {code: WORKS_CLASSES[item.works_class or ""] for code, item in items.items()} == WORKS_ITEMS
    assert {code: (item.name_zh, item.name_en) for code, item in items.items()} == {
        code: KNOWN[code].pair for code in WORKS_ITEMS
    }


def test_the_grades_are_those_of_quality_sheets() -> None:
    assert list(KNOWN["courtesy_tested"].made_of) == [f"courtesy_{one.code}" for one in standard().grades]


def test_the_platform_counts_what_the_catalogue_says() -> None:
    assert set(GROUPS) == {code for code, one in KNOWN.items() if one.counted is not Counted.OUTSIDE}


def test_every_figure_is_in_one_section() -> None:
    placed = [code for section in wording() for code in section.figures]
    assert sorted(placed) == sorted(KNOWN)


def test_a_figure_by_code_and_by_name() -> None:
    assert figures().named("諮詢") is figures().named(" consultations ") is KNOWN["consultations"]
    with pytest.raises(UnknownFigure):
        figures().named("consultation")


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("calls", "434,901", "434901"), ("calls", "434901", "434901"), ("calls", " 0 ", "0"),
        ("calls", "12.0", "12"), ("service_level", "98.16%", "98.16"), ("service_level", "98.16 %", "98.16"),
        ("service_level", "100", "100"), ("case_satisfaction", "4.3333", "4.3333"),
    ],
)  # fmt: skip
def test_values_as_people_write_them(code: str, text: str, value: str) -> None:
    assert KNOWN[code].read(text) == Decimal(value)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("calls", "12.5"), ("calls", "-1"), ("calls", "43,4901"), ("calls", "1e3"), ("calls", "=1+1"),
        ("calls", "98%"), ("calls", "1" * 16), ("calls", "nan"), ("service_level", "100.01"),
        ("service_level", "98.16001"), ("service_level", ""), ("case_satisfaction", "4.3%"),
    ],
)  # fmt: skip
def test_what_is_no_value(code: str, text: str) -> None:
    with pytest.raises(Mistake):
        KNOWN[code].read(text)


@given(st.integers(0, 10**12))
def test_a_count_is_shown_and_read_back_to_the_digit(count: int) -> None:
    figure = KNOWN["calls"]
    assert figure.read(shown(figure, Fraction(count))) == count


@given(st.fractions(0, 100))
def test_two_places_are_half_up(value: Fraction) -> None:
    told = Fraction(two_places(value))
    assert -Fraction(1, 200) < told - value <= Fraction(1, 200)
    assert (told * 100).denominator == 1


@pytest.mark.parametrize(
    "change",
    [{"unit": "miles"}, {"over": "product"}, {"made_of": ["nothing"]}, {"over": "mean"}, {"weight": "a"}],
)
def test_a_figure_that_cannot_be(change: dict[str, object]) -> None:
    figure = {"code": "a", "zh": "甲", "en": "A", "unit": "u", "over": "sum", "counted": "outside", **change}
    with pytest.raises(BrokenFigures):
        read_figures({"units": {"u": {"zh": "件", "en": "cases"}}, "figures": [figure]})


def test_means_have_a_weight() -> None:
    assert {code: one.weight for code, one in KNOWN.items() if one.over is Over.MEAN} == {
        "service_level": "calls", "case_satisfaction": "case_ratings", "talk_satisfaction": "talk_ratings",
        "survey_satisfied": "survey_answers", "courtesy_score": "courtesy_tested",
    }  # fmt: skip


def test_every_figure_has_a_definition_under_the_same_name() -> None:
    (chapter,) = (one for one in chapters() if one.room == "half_year")
    told = {one.key: (one.zh, one.en) for one in chapter.definitions}
    parts = {code for figure in KNOWN.values() for code in figure.made_of}
    assert set(KNOWN) - parts - set(told) == set()
    assert {code: told[code] for code in told if code in KNOWN} == {
        code: KNOWN[code].pair for code in told if code in KNOWN
    }
