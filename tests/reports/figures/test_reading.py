"""A CSV of figures: the whole file or nothing, and every mistake with its line."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reports.figures.catalogue import figures
from gateway.reports.figures.errors import InvalidFigures
from gateway.reports.figures.months import Month
from gateway.reports.figures.reading import MOST_BYTES, Given, read_csv

THIS_MONTH = Month(2019, 1)
HEAD = "month,figure,value,source\n"


def read(text: str, encoding: str = "utf-8") -> list[Given]:
    return read_csv(text.encode(encoding), figures(), THIS_MONTH)


def problems(text: str) -> list[int]:
    with pytest.raises(InvalidFigures) as refused:
        read(text)
    return [line for line, _ in refused.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_as_spreadsheets_write_it(encoding: str, end: str) -> None:
    text = f'{HEAD}2018-07,calls,"72,484",月報\n\n107年8月,諮詢,16101, 月報 甲 \n'.replace("\n", end)
    first, second = read(text, encoding)
    assert (first.month, first.figure.code, first.value) == (Month(2018, 7), "calls", Decimal(72484))
    assert (second.month, second.figure.code, second.source) == (Month(2018, 8), "consultations", "月報 甲")


def test_columns_in_any_order() -> None:
    (found,) = read("Source,VALUE,month,figure\n月報,98.16%,107-07,service_level\n")
    assert (found.source, found.value) == ("月報", Decimal("98.16"))


def test_every_mistake_is_named_with_its_line() -> None:
    text = (
        f"{HEAD}2018-07,calls,1,a\n2018-13,calls,1,a\n2018-08,call,1,a\n2018-08,calls,x,a\n2018-08,calls,1,\n"
        "2019-02,calls,1,a\n2018-07,1999話務,2,a\n"
    )
    assert problems(text) == [3, 4, 5, 6, 7, 8]


def test_a_cell_over_two_lines_counts_both() -> None:
    assert problems(f'{HEAD}2018-07,calls,1,"a\nb"\n2018-07,calls,1,a\n') == [4]


@pytest.mark.parametrize(
    "text",
    [
        "", HEAD, "month,figure,value\n2018-07,calls,1\n", "month,figure,value,source,more\n",
        "2018-07,calls,1,a\n", f"{HEAD}2018-07,calls,1\n", f"{HEAD}2018-07,calls,1,a,b\n",
        f'{HEAD}2018-07,calls,1,"a', f"{HEAD}2018-07,calls,1,{'a' * 201}\n",
        f"{HEAD}2018-07,calls,1,a\x00b\n",
    ],
)  # fmt: skip
def test_what_is_no_such_file(text: str) -> None:
    assert problems(text)


def test_another_encoding_is_said_with_its_line() -> None:
    with pytest.raises(InvalidFigures) as refused:
        read(f"{HEAD}2018-07,calls,1,a\n2018-08,calls,1,月報\n", "big5")
    assert refused.value.problems[0][0] == 3
    assert "UTF-8" in refused.value.detail


def test_a_file_without_end() -> None:
    with pytest.raises(InvalidFigures):
        read_csv(b"a" * (MOST_BYTES + 1), figures(), THIS_MONTH)


def test_many_mistakes_are_told_in_part() -> None:
    with pytest.raises(InvalidFigures) as refused:
        read(HEAD + "x,calls,1,a\n" * 50)
    assert refused.value.detail.endswith("and 30 more")


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_figures_or_refused(data: bytes) -> None:
    for sent in (data, HEAD.encode() + data):
        with suppress(InvalidFigures):
            read_csv(sent, figures(), THIS_MONTH)
