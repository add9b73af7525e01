"""Sentences and notes of the report: what is missing, what has changed, which of two numbers holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from gateway.cases.models import Case, CaseChange
from gateway.database import Database
from gateway.reports.figures.book import Way
from gateway.reports.figures.catalogue import BrokenFigures, figures
from gateway.reports.figures.months import Month, Period
from gateway.reports.figures.own import Number
from gateway.reports.figures.reading import Given
from gateway.reports.figures.reckoning import Total
from gateway.reports.half_year.data import as_data
from gateway.reports.half_year.document import Document
from gateway.reports.half_year.service import HalfYear
from gateway.reports.half_year.text import as_text
from gateway.reports.half_year.wording import Standing, compared, percent, read_wording
from tests.reports.figures.books import MEI, NOW, TAIPEI, book_of
from tests.reports.half_year.conftest import draw_up
from tests.reports.learning.worlds import put, steady

KNOWN = figures().all
NOVEMBER, DECEMBER, JANUARY = Month(2018, 11), Month(2018, 12), Month(2019, 1)


class Counts:
    """A platform that counts one dispatch case in every month but November 2018, when it counts none."""

    def value(self, session: object, code: str, first_month: Month, last_month: Month) -> Number:
        """Of every month alike."""
        return int(first_month != NOVEMBER) if code == "dispatch" else 0


def enter(database: Database, *lines: tuple[Month, str, str]) -> None:
    given = [Given(month, KNOWN[code], Decimal(value), "月報") for month, code, value in lines]
    book_of(database).take(given, MEI, Way.HAND)


def counted(
    database: Database, live: Month | None, first: Month = NOVEMBER, last: Month = JANUARY
) -> Document:
    with database.snapshot() as session:
        return HalfYear(TAIPEI, live, Counts()).draw_up(session, Period(first, last), NOW)


def said(document: Document) -> list[str]:
    return [sentence for section in document.sections for sentence in section.sentences]


def standing(code: str, now: Number, before: Number, missing: tuple[Month, ...] = ()) -> Standing:
    def total(value: Number, lacking: tuple[Month, ...] = ()) -> Total:
        return Total(None if value is None else Fraction(value), lacking, {})

    return Standing(KNOWN[code], total(now, missing), total(before), None)


@pytest.mark.parametrize(
    ("code", "now", "before", "words"),
    [
        ("calls", 434_901, 400_000, "（較107年上半年增加34,901通，8.73%）"),
        ("calls", 400_000, 434_901, "（較107年上半年減少34,901通，8.03%）"),
        ("calls", 5, 5, "（較107年上半年持平）"),
        ("calls", 5, 0, "（較107年上半年增加5通）"),
        ("calls", 5, None, ""),
        ("calls", None, 5, ""),
        ("service_level", Fraction("98.16"), Fraction("97.90"), "（較107年上半年提高0.26個百分點）"),
        ("service_level", Fraction("98.164"), Fraction("98.156"), "（較107年上半年持平）"),
        ("survey_satisfied", Fraction("90"), Fraction("91.5"), "（較107年上半年降低1.50個百分點）"),
        ("case_satisfaction", Fraction("4.25"), Fraction("4"), "（較107年上半年提高0.25分）"),
    ],
)
def test_against_the_period_before(code: str, now: Number, before: Number, words: str) -> None:
    first_half = Period.read("2018-01", "2018-06")
    assert compared(standing(code, now, before), first_half) == words


def test_with_a_missing_month_nothing_is_compared() -> None:
    lacking = standing("calls", 5, 4, (DECEMBER,))
    assert compared(lacking, Period(NOVEMBER, NOVEMBER)) == ""
    assert lacking.change is None


@pytest.mark.parametrize(
    ("share", "told"), [("1/3", "33.33%"), ("-1/8", "-12.50%"), ("12.34565", "1,234.57%")]
)
def test_percentages_have_two_places(share: str, told: str) -> None:
    assert percent(Fraction(share)) == told


def test_missing_months_are_named_and_missing_figures_said(database: Database) -> None:
    enter(database, (NOVEMBER, "calls", "10"), (NOVEMBER, "legal_siwei", "3"))
    told = said(draw_up(database, Period(NOVEMBER, JANUARY)))
    assert "1999專線本期共處理來電10通※（未含107年12月至108年1月），服務水準本期未填報。" in told
    assert "為洽公民眾量測血壓" not in "".join(told)
    assert "血壓量測本期未填報。" in told
    places = next(sentence for sentence in told if "四維行政中心" in sentence)
    assert "四維行政中心3人次※（未含107年12月至108年1月）、鳳山區公所（本期未填報）" in places


def test_nothing_at_all_is_told_without_a_zero(database: Database) -> None:
    document = draw_up(database, Period(NOVEMBER, DECEMBER))
    for sentence in said(document):
        assert sentence.endswith("本期未填報。")
    data = as_data(document)
    assert {one["value"] for section in data["sections"] for one in section["figures"]} == {None}
    assert "0件" not in as_text(document)


def test_zeros_of_the_platform_count_from_the_month_in_which_it_went_live(database: Database) -> None:
    dispatch = "立即處理之派工案件計"
    assert f"{dispatch}1件（未含107年11月、108年1月）。" not in said(counted(database, DECEMBER))
    assert f"{dispatch}2件（未含107年11月）。" in said(counted(database, DECEMBER))
    assert f"{dispatch}2件（較107年8月至10月減少1件，33.33%）。" in said(counted(database, NOVEMBER))


def test_the_rule_is_stated_and_two_numbers_are_told(database: Database) -> None:
    enter(database, (NOVEMBER, "dispatch", "8"), (DECEMBER, "dispatch", "9"))
    document = counted(database, DECEMBER)
    notes = [note[0] for section in document.sections for note in section.notes]
    assert "派工107年12月：填報9件，平台統計1件，採平台統計。" in notes
    assert not any("派工107年11月" in note for note in notes)
    assert any(sentence.startswith("立即處理之派工案件計10件※") for sentence in said(document))
    assert any("自平台啟用月份起採平台統計" in note[0] for note in document.notes)
    assert "平台自107年12月起完整統計。" in [note[0] for note in document.notes]
    origins = {
        one["code"]: one["origin"]["zh"]
        for section in as_data(document)["sections"]
        for one in section["figures"]
    }
    assert origins["dispatch"] == "人工填報／匯入（107年11月）、平台統計（107年12月至108年1月）"


def test_what_waits_to_be_counted_is_said(database: Database) -> None:
    put(database, steady(DECEMBER.first, DECEMBER.first, 1))
    assert not any("仍在彙計" in note[0] for note in draw_up(database).notes)
    for waits, told in ((timedelta(seconds=30), False), (timedelta(hours=2), True)):
        with database.write() as session:
            case_id = session.scalars(select(Case.id)).one()
            session.add(CaseChange(case_id=case_id, at=NOW - waits))
        notes = draw_up(database).notes
        assert ("民國108年1月5日 07:30以後" in notes[0][0]) == told
        assert any("仍在彙計" in note[0] for note in notes) == told


def test_a_month_that_is_not_over_is_said(database: Database) -> None:
    assert any("108年1月尚未結束" in note[0] for note in counted(database, DECEMBER).notes)
    assert not any("尚未結束" in note[0] for note in counted(database, DECEMBER, last=DECEMBER).notes)


def test_the_new_year_comes_at_midnight_in_taipei(database: Database) -> None:
    for at, month in (
        (datetime(2018, 12, 31, 15, 59, 59, tzinfo=UTC), DECEMBER),
        (datetime(2018, 12, 31, 16, tzinfo=UTC), JANUARY),
    ):
        assert book_of(database, at).this_month() == month
        assert Month.of((at + timedelta(hours=8)).date()) == month


def test_a_total_that_its_parts_do_not_make(database: Database) -> None:
    parts = KNOWN["legal_consultations"].made_of
    enter(database, (DECEMBER, "legal_consultations", "100"), *((DECEMBER, code, "20") for code in parts))
    sections = draw_up(database, Period(DECEMBER, DECEMBER)).sections
    (note,) = (note[0] for section in sections for note in section.notes if "不符" in note[0])
    assert note == "法律諮詢100人次，與細項合計80人次不符。"


def test_long_periods_have_several_tables_of_months(database: Database) -> None:
    enter(database, *((Month(2018, month), "calls", "1") for month in range(1, 13)))
    told = as_text(draw_up(database, Period(Month(2018, 1), DECEMBER)))
    assert told.count("統計項目  107年1月") == told.count("統計項目  107年7月") == 1


def test_a_sentence_about_a_figure_that_is_not_there() -> None:
    section = {"key": "a", "zh": "甲", "en": "A", "figures": ["calls"], "say": [["{nothing}"]]}
    with pytest.raises(BrokenFigures):
        read_wording({"sections": [section]}, figures())
