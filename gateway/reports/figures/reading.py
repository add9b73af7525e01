"""A file of figures as spreadsheets write it, taken whole or not at all. Pure."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from gateway.errors import InvalidInput
from gateway.reports.figures.catalogue import Figure, Figures
from gateway.reports.figures.errors import InvalidFigures, Mistake
from gateway.reports.figures.months import Month
from gateway.reports.tables import Pair

HEADINGS: Final = ("month", "figure", "value", "source")
MOST_BYTES: Final = 4 * 1024 * 1024
MOST_LINES: Final = 20_000
LONGEST_SOURCE: Final = 200


@dataclass(frozen=True)
class Given:
    """One figure of one month as somebody gives it; without a value it is taken back."""

    month: Month
    figure: Figure
    value: Decimal | None
    source: str


def read_csv(data: bytes, known: Figures, this_month: Month) -> list[Given]:
    """Every figure of a CSV file. Raises InvalidFigures, which names every line that has a mistake."""
    rows = _rows(_text(data))
    problems: list[tuple[int, Pair]] = []
    found: list[Given] = []
    lines: dict[tuple[Month, str], int] = {}
    for line, cells in rows:
        try:
            given = _given(cells, known, this_month)
        except (InvalidInput, Mistake) as error:
            problems.append((line, _reason(error)))
            continue
        first = lines.setdefault((given.month, given.figure.code), line)
        if first != line:
            problems.append((line, _twice(given, first)))
        found.append(given)
    if problems or not found:
        raise InvalidFigures(problems or [(0, ("檔案沒有任何數字。", "the file has no figures"))])
    return found


def checked_source(text: str) -> str:
    """Where a figure is from, on one line. Raises Mistake for none, or a text too long or unprintable."""
    source = " ".join(unicodedata.normalize("NFC", text).split())
    if not source or len(source) > LONGEST_SOURCE or not source.isprintable():
        raise Mistake(
            f"資料來源須為 1 至 {LONGEST_SOURCE} 個可顯示的字。",
            f"source: 1 to {LONGEST_SOURCE} printable characters",
        )
    return source


def check_month(month: Month, this_month: Month) -> None:
    """Raise Mistake for a month that has not begun: nothing can have been counted in it."""
    if month > this_month:
        raise Mistake(f"{month.zh}尚未開始。", f"{month} has not begun")


def _given(cells: Sequence[str], known: Figures, this_month: Month) -> Given:
    month, name, value, source = cells
    when = Month.read(month)
    check_month(when, this_month)
    figure = known.named(unicodedata.normalize("NFC", name))
    return Given(when, figure, figure.read(unicodedata.normalize("NFKC", value)), checked_source(source))


def _reason(error: InvalidInput | Mistake) -> Pair:
    if isinstance(error, Mistake):
        return error.pair
    return f"{error.zh}（{error.detail}）", f"{error.en} ({error.detail})"


def _twice(given: Given, first: int) -> Pair:
    return (
        f"{given.month.zh}{given.figure.zh}在第 {first} 行已有一筆。",
        f"{given.month} {given.figure.code} is on line {first} already",
    )


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise InvalidFigures([(0, ("檔案太大。", f"the file has more than {MOST_BYTES} bytes"))])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        told = ("編碼不是 UTF-8，請另存為「CSV UTF-8」。", "not UTF-8; save the file as CSV UTF-8")
        raise InvalidFigures([(line, told)]) from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that say something, in the order of HEADINGS, each with the line that it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    order: list[int] | None = None
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if order is None:
                order = _order(cells, reader.line_num)
                width = len(cells)
                continue
            count += 1
            if len(cells) != width or count > MOST_LINES:
                raise InvalidFigures([(reader.line_num, _shape(len(cells), width))])
            yield reader.line_num, [cells[place] for place in order]
    except csv.Error as error:
        raise InvalidFigures([(reader.line_num, (f"不是 CSV 格式：{error}", f"not CSV: {error}"))]) from None


def _shape(found: int, width: int) -> Pair:
    if found == width:
        return f"超過 {MOST_LINES:,} 行。", f"more than {MOST_LINES:,} lines"
    return f"有 {found} 欄，應為 {width} 欄。", f"{found} columns instead of {width}"


def _order(cells: Sequence[str], line: int) -> list[int]:
    names = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in cells]
    if sorted(names) != sorted(HEADINGS):
        heads = ",".join(HEADINGS)
        raise InvalidFigures([(line, (f"第一行須為 {heads}。", f"the first line must be {heads}"))])
    return [names.index(name) for name in HEADINGS]
