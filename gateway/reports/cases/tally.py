"""What was counted, figure by figure. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from gateway.reports.cases.figures import Figure


class Tally:
    """How many there are of each value of each figure."""

    def __init__(self) -> None:
        self._counted: dict[str, dict[int, int]] = {}

    def __bool__(self) -> bool:
        """Whether anything was counted."""
        return bool(self._counted)

    @classmethod
    def of_rows(cls, rows: Iterable[Any]) -> dict[str, Self]:
        """From rows of a name, a figure, a value and how many: what was counted under each name.

        A report by village over ten years is made of sixty thousand rows: hence no call for each.
        """
        found: dict[str, Self] = {}
        for name, figure, value, count in rows:
            if not count:
                continue
            tally = found.get(name)
            if tally is None:
                tally = found[name] = cls()
            histogram = tally._counted.get(figure)
            if histogram is None:
                histogram = tally._counted[figure] = {}
            histogram[value] = histogram.get(value, 0) + count
        return found

    def take(self, other: Tally) -> None:
        """Count the other's too."""
        for figure, histogram in other._counted.items():
            self._take(figure, histogram)

    def rename(self, figure: str, name: str) -> None:
        """Count what stands under `figure` as of `name`."""
        if figure in self._counted:
            self._take(name, self._counted.pop(figure))

    def _take(self, figure: str, histogram: dict[int, int]) -> None:
        mine = self._counted.get(figure)
        if mine is None:
            self._counted[figure] = dict(histogram)
            return
        for value, count in histogram.items():
            mine[value] = mine.get(value, 0) + count

    def of(self, figure: Figure, *values: int) -> int:
        """How many of a figure: of these values, or of all."""
        counted = self._counted.get(figure)
        if counted is None:
            return 0
        return sum(counted.get(value, 0) for value in values) if values else sum(counted.values())

    def histogram(self, *figures: Figure) -> Counter[int]:
        """How many of each value of these figures together."""
        found: Counter[int] = Counter()
        for figure in figures:
            for value, count in self._counted.get(figure, {}).items():
                found[value] += count
        return found
