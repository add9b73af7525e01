"""What can be wrong with a period, a figure or a file of figures."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.errors import Conflict, InvalidInput
from gateway.reports.tables import Pair

_SHOWN = 20


class InvalidMonth(InvalidInput):
    """A month in none of the spellings."""

    code = "invalid_month"
    zh = "月份格式不正確，請用 2018-07、107-07 或 107年7月。"
    en = "That is not a month; write 2018-07, 107-07 or 107年7月."


class InvalidPeriod(InvalidInput):
    """A period that is not one of whole months, in order, of a length that can be read."""

    code = "invalid_period"
    zh = "期間不正確：請用完整月份，起日不得晚於迄日，最長 24 個月。"
    en = "The period must be whole months, in order, 24 months at most."


class UnknownFigure(InvalidInput):
    """A figure that the catalogue lacks."""

    code = "unknown_figure"
    zh = "沒有這個統計項目。"
    en = "There is no such figure."


class Mistake(Exception):
    """One thing that is wrong with a figure that somebody gives, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.pair: Pair = (zh, en)


class InvalidFigures(InvalidInput):
    """Figures that cannot be taken in: nothing of them is, and every mistake is named with its line."""

    code = "invalid_figures"
    zh = "統計數字有誤，整批未匯入，請依各行說明修正。"
    en = "The figures have mistakes and nothing was taken in; see each line."

    def __init__(self, problems: Sequence[tuple[int, Pair]]) -> None:
        told = [f"line {line}: {en}" if line else en for line, (_, en) in problems[:_SHOWN]]
        more = len(problems) - _SHOWN
        super().__init__("; ".join(told) + (f"; and {more} more" if more > 0 else ""))
        self.problems = tuple(problems)


class FiguresMoved(Conflict):
    """Somebody else has entered the same figure meanwhile."""

    code = "figures_moved"
    zh = "其他人剛填報了同一項數字，請重新整理後再試。"
    en = "Somebody has just entered the same figure. Please refresh and try again."
