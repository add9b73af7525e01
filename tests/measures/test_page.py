"""The report as a page: whole by itself, and nobody's words become marks."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from gateway.measures import plots
from gateway.measures.document import (
    Bar,
    Bars,
    Document,
    Matrix,
    Misses,
    Point,
    Reliability,
    Table,
    text,
)
from gateway.measures.page import page

HOSTILE = '<script src="https://x.example/a.js">alert(1)</script>&"'
BARS = Bars("bars", (Bar(HOSTILE, 0.5, 0.25, 0.75, 4), Bar("b", 1.0, 0.6, 1.0, 5)), 0.8)
MATRIX = Matrix("matrix", ("a", HOSTILE), ("a", HOSTILE, "other"), ((3, 1, 0), (0, 0, 2)))
RELIABILITY = Reliability("reliability", (Point(0.35, 0.5, 0.2, 0.8, 4), Point(0.95, 1.0, 0.5, 1.0, 1)))
DOCUMENT = Document(
    HOSTILE,
    HOSTILE,
    (
        Table("table", ("figure", HOSTILE), ((HOSTILE, "≥ 0.8 MISSED"), ("b", "≥ 0.8 met")), (HOSTILE,)),
        BARS,
        MATRIX,
        RELIABILITY,
        Misses("misses", ((HOSTILE, (("expected", HOSTILE),)),)),
    ),
)


def test_nothing_comes_from_elsewhere_and_no_words_become_marks() -> None:
    whole = page(DOCUMENT)
    assert "<script" not in whole
    assert re.findall(r"<[^>]*\b(?:src|href|onload|onclick)=", whole) == []
    assert "url(" not in whole
    assert "default-src 'none'" in whole


def test_verdicts_stand_out() -> None:
    whole = page(DOCUMENT)
    assert '<td class="missed">≥ 0.8 MISSED</td>' in whole
    assert '<td class="met">≥ 0.8 met</td>' in whole


@pytest.mark.parametrize(
    "svg",
    [plots.bars(BARS), plots.matrix(MATRIX), plots.reliability(RELIABILITY), plots.bars(Bars("none", ()))],
    ids=["bars", "matrix", "reliability", "nothing"],
)
def test_plots_are_well_formed(svg: str) -> None:
    assert ET.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own words


def test_a_bar_is_as_long_as_its_share() -> None:
    svg = ET.fromstring(plots.bars(BARS))  # noqa: S314
    lengths = [one.get("width") for one in svg.iter() if one.get("class") == "bar"]
    assert lengths == ["50.0%", "100.0%"]


def test_the_matrix_shows_every_count_that_is_not_zero() -> None:
    svg = ET.fromstring(plots.matrix(MATRIX))  # noqa: S314
    shown = [one.text for one in svg.iter() if one.get("text-anchor") == "middle"]
    assert shown == ["3", "1", "2"]


def test_text_lines_up_chinese_and_latin() -> None:
    table = Table("t", ("agency", "n"), (("教育局", "13"), ("tax", "2")))
    lines = text(Document("t", "a", (table,))).splitlines()
    assert lines[-3:] == ["agency  n", "教育局  13", "tax     2"]


def test_text_tells_the_matrix_and_the_misses() -> None:
    told = text(DOCUMENT)
    assert "expected \\ found" in told
    assert "    expected: " in told
    assert "0.35       0.50      4" in told
