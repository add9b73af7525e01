"""How far a unit is behind, and from when on it must explain. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lag:
    """How far a unit is behind: completions due in the period, and those of them not done."""

    unit: str
    due: int
    not_done: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.not_done / self.due if self.due else 0.0

    def must_explain(self, threshold: float) -> bool:
        """Whether the unit must say why and how it recovers: from a share (0 to 1) on.

        A plan that lags 5 % or more must (the city's half-year report of 2018, see `WST_LAG_THRESHOLD`).
        """
        return self.not_done > 0 and self.share >= threshold
