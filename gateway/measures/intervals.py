"""How sure a figure is: intervals of shares, of differences and of macro-F1. Pure."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

_Z = 1.959964
"""Standard deviations either side that hold 95 % of a normal distribution."""
_RESAMPLES = 1000
_SEED = 1999

Interval = tuple[float, float]


def wilson(right: int, count: int) -> Interval:
    """The 95 % interval of a share after Wilson, which holds for few cases and for shares near 0 and 1.

    Without any case it is everything from 0 to 1.
    """
    if count == 0:
        return 0.0, 1.0
    share, spread = right / count, _Z * _Z / count
    middle = share + spread / 2
    reach = _Z * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    # At the ends the formula is exact; rounding must not leave the interval short of the share itself.
    low = 0.0 if right == 0 else (middle - reach) / (1 + spread)
    high = 1.0 if right == count else (middle + reach) / (1 + spread)
    return low, high


def paired_difference(gained: int, lost: int, count: int) -> Interval:
    """The 95 % interval of (gained - lost) / count where both runs saw the same cases (Agresti and Min)."""
    padded = count + 2
    difference = (gained - lost) / padded
    reach = _Z * math.sqrt(gained + lost + 1 - (gained - lost) ** 2 / padded) / padded
    return max(-1.0, difference - reach), min(1.0, difference + reach)


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided probability of so uneven a split if both runs were equally good."""
    changed = gained + lost
    tail = sum(math.comb(changed, k) for k in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / (1 << changed))


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean F1 over the kinds that are expected somewhere, of (expected, found)."""
    expected, found = Counter(e for e, _ in pairs), Counter(f for _, f in pairs)
    both = Counter(e for e, f in pairs if e == f)
    return sum(2 * both[kind] / (expected[kind] + found[kind]) for kind in expected) / len(expected)


def macro_f1_interval(pairs: Sequence[tuple[str, str]]) -> Interval:
    """The 95 % bootstrap interval of `macro_f1`; each kind is drawn as often as it occurs.

    The seed is fixed: the same messages give the same interval.
    """
    chance = random.Random(_SEED)  # noqa: S311 - statistics, no secret
    kinds: dict[str, list[tuple[str, str]]] = {}
    for pair in pairs:
        kinds.setdefault(pair[0], []).append(pair)
    drawn = sorted(
        macro_f1([one for rows in kinds.values() for one in chance.choices(rows, k=len(rows))])
        for _ in range(_RESAMPLES)
    )
    edge = int(_RESAMPLES * 0.025)
    return drawn[edge], drawn[-edge - 1]
