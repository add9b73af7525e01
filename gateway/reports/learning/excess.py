"""Whether more came in than the days before let expect. Pure.

What is expected is the sum, over the days looked at, of the mean of like days before. Counts are taken to
be negative binomial around it: as random as a Poisson count at least, more so where the weeks before were,
and less certain the fewer days there are to compare with. Of many comparisons at once, the share of false
alarms among what is told is held by Benjamini and Hochberg's method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from gateway.reports.learning.days import LIKE, Flags, Floats, Kind, Kinds, Stretch

FALSE_SHARE: Final = 0.05
"""Of what is told, at most so much may be chance, on average."""
FEWEST: Final = 5
"""Fewer cases are told of nowhere: they are chance, or somebody's own."""
MORE_BY: Final = 1.3
"""What is hardly more than usual is no news, however sure it is."""
LIKE_DAYS: Final = 3
"""With fewer like days before it, a day is not compared."""
_WEEK: Final = 7
_HALF: Final = 0.5


@dataclass(frozen=True)
class Comparison:
    """Which days are looked at, and how much each day before weighs in what is expected of them."""

    looked_at: Flags
    weights: Floats
    """0 for days that are not compared with."""
    kinds: Kinds

    @property
    def possible(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.looked_at.any())


def comparison(stretch: Stretch, wanted: Flags, usable: Flags) -> Comparison:
    """Compare each wanted day with the usable ones that are like it; those with too few are left out."""
    looked_at, weights = np.zeros_like(wanted), np.zeros(len(wanted))
    for place in np.flatnonzero(wanted):
        like = usable & np.isin(stretch.kinds, sorted(LIKE[Kind(stretch.kinds[place])])) & ~wanted
        if like.sum() >= LIKE_DAYS:
            looked_at[place] = True
            weights[like] += 1 / like.sum()
    return Comparison(looked_at, weights, stretch.kinds)


@dataclass(frozen=True)
class Excess:
    """For each cell: what was counted, what was expected, and how likely so much is by chance."""

    observed: Floats
    expected: Floats
    chance: Floats
    adjusted: Floats
    """The share of false alarms if all cells at most as likely as this one are told (q-value)."""

    @property
    def told(self) -> Flags:
        """Cells that are news."""
        enough = (self.observed >= FEWEST) & (self.observed >= MORE_BY * self.expected)
        return enough & (self.adjusted <= FALSE_SHARE)


def excess(cells: Floats, compared: Comparison) -> Excess:
    """Compare each cell (a row of counts by day). Rows of fewer than FEWEST cases in all are left out."""
    weights = compared.weights
    observed = cells[:, compared.looked_at].sum(axis=1)
    expected = cells @ weights
    asked = cells[:, compared.looked_at | (weights > 0)].sum(axis=1) >= FEWEST
    chance, adjusted = np.ones(len(cells)), np.ones(len(cells))
    if asked.any():
        # Half a case more: where none was ever seen before, one more is still no wonder.
        mean = expected + _HALF * weights.sum() / max(np.count_nonzero(weights), 1)
        variance = dispersion(cells, compared) * (mean + cells @ weights**2)
        from scipy.stats import false_discovery_control  # noqa: PLC0415  (a second to import)

        chance = np.where(asked, at_least(observed, mean, variance), 1.0)
        adjusted[asked] = false_discovery_control(chance[asked], method="bh")
    return Excess(observed, expected, chance, adjusted)


def at_least(counted: Floats, mean: Floats, variance: Floats) -> Floats:
    """How likely `counted` or more is: negative binomial, Poisson where the variance is no greater."""
    from scipy.stats import nbinom  # noqa: PLC0415  (a second to import)

    variance = np.maximum(variance, mean * (1 + 1e-9))
    size = mean**2 / (variance - mean)
    found: Floats = nbinom.sf(counted - 1, size, mean / variance)
    return found


def dispersion(cells: Floats, compared: Comparison) -> Floats:
    """How much more random than Poisson each cell's weeks before were, at least 1.

    It is that of cells of its size, or half its own where that is more: a handful of quiet weeks proves no
    quiet cell.
    """
    before = compared.weights > 0
    weekly = _weekly(cells, before, compared)
    if weekly is None:
        return np.ones(len(cells))
    counted, expected = weekly
    free = max(counted.shape[1] - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.nansum((counted - expected) ** 2 / expected, axis=1)
    mean, own = expected.mean(axis=1), apart / free
    known = expected.sum(axis=1) >= FEWEST
    growth = max(float((own[known] - 1).sum() / mean[known].sum()), 0.0) if known.any() else 0.0
    of_its_size = 1 + growth * mean
    own = np.where(known, own, of_its_size)
    found: Floats = np.maximum(of_its_size, (own + of_its_size) / 2)
    return found


def _weekly(cells: Floats, before: Flags, compared: Comparison) -> tuple[Floats, Floats] | None:
    """Counts of each week before, and what each would be if every week were like the others."""
    places = np.flatnonzero(before)
    if not len(places):
        return None
    last = places[-1]
    number = (last - places) // _WEEK
    weeks = [places[number == one] for one in np.unique(number)]
    if len(weeks) < LIKE_DAYS:
        return None
    counted = np.stack([cells[:, week].sum(axis=1) for week in weeks], axis=1)
    totals = cells.sum(axis=0)
    of_kind = {kind: totals[before & (compared.kinds == kind)].mean() for kind in set(compared.kinds[before])}
    share = np.array([sum(of_kind[kind] for kind in compared.kinds[week]) for week in weeks])
    expected = counted.sum(axis=1, keepdims=True) * (share / max(share.sum(), 1e-9))
    return counted, expected
