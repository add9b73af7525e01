"""What was counted, figure by figure. Pure."""

from __future__ import annotations

from collections import Counter

from gateway.reports.cases.figures import Figure


class Tally:
    """How many there are of each value of each figure."""

    def __init__(self) -> None:
        self._counted: dict[str, dict[int, int]] = {}

    def __bool__(self) -> bool:
        """Whether anything was counted."""
        return bool(self._counted)

    def add(self, figure: str, value: int, count: int) -> None:
        """So many more of it."""
        histogram = self._counted.setdefault(figure, {})
        histogram[value] = histogram.get(value, 0) + count

    def take(self, other: Tally) -> None:
        """Count the other's too."""
        for figure, histogram in other._counted.items():
            mine = self._counted.setdefault(figure, {})
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
