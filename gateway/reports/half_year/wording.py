"""The sections of the report and their sentences, from the data file beside this one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

import yaml

from gateway.reports.figures.catalogue import (
    BrokenFigures,
    Figure,
    Figures,
    Over,
    figures,
    shown,
    two_places,
    with_unit,
)
from gateway.reports.figures.months import Period, months_zh
from gateway.reports.figures.reckoning import Total
from gateway.reports.tables import Pair

MISSING: Final[Pair] = ("本期未填報", "not entered in this period")
_FILE: Final = Path(__file__).with_name("report.yml")
_VS, _YEAR, _SINCE = "_vs", "_year", "since"
_NAMED = 3
"""Figures without a value that a sentence names; of more it names the first and their number."""
OUTSIDE_MARK: Final = "※"
"""Behind every number in which something was entered or imported."""
_HUNDRED = 100


@dataclass(frozen=True)
class Wording:
    """One section: its heading, its figures in order, its sentences as lists of clauses."""

    key: str
    heading: Pair
    figures: Sequence[str]
    say: Sequence[Sequence[str]]
    notes: Sequence[Pair]


@dataclass(frozen=True)
class Standing:
    """One figure of the report: over the period, the period before, and since January."""

    figure: Figure
    now: Total
    before: Total
    year: Total | None

    @property
    def change(self) -> Fraction | None:
        """How much more than in the period before; None where a month of either is missing."""
        now, before = self.now.whole, self.before.whole
        if now is None or before is None:
            return None
        if self.figure.over is Over.MEAN:  # of what is told, so that the three numbers agree
            return Fraction(two_places(now) - two_places(before))
        return now - before

    @property
    def change_share(self) -> Fraction | None:
        """The change as a share of the period before; of a mean or a rate nothing is said."""
        change, before = self.change, self.before.whole
        return change / before if change is not None and before and self.figure.over is Over.SUM else None


def read_wording(tree: Any, known: Figures) -> Sequence[Wording]:
    """The sections that the data file describes. Raises BrokenFigures for a figure that is not there."""
    found = [
        Wording(
            given["key"], (given["zh"], given["en"]), given["figures"], given["say"],
            [(note["zh"], note["en"]) for note in given.get("notes", ())],
        )
        for given in tree["sections"]
    ]  # fmt: skip
    for section in found:
        named = {code for clauses in section.say for clause in clauses for code, _ in _asked(clause)}
        if strange := sorted((named | set(section.figures)) - known.all.keys()):
            raise BrokenFigures(f"{section.key}: no figure {', '.join(strange)}")
    return found


@lru_cache(maxsize=1)
def _shipped() -> Any:
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def wording() -> Sequence[Wording]:
    """The sections that are shipped."""
    return read_wording(_shipped(), figures())


@lru_cache(maxsize=1)
def remarks() -> Mapping[str, Pair]:
    """What is said of the whole report, by name."""
    return {name: (pair["zh"], pair["en"]) for name, pair in _shipped()["remarks"].items()}


def sentences(section: Wording, standings: Mapping[str, Standing], before: Period) -> list[str]:
    """What a section says, one sentence each."""
    told = []
    for clauses in section.say:
        read = [_read(clause, standings, before) for clause in clauses]
        lacking = [name for clause in read for name in clause.lacking]
        said = [clause.text for clause in read if clause.text]
        if lacking and not any(clause.there for clause in read):
            told.append(f"{_listed(lacking)}{MISSING[0]}。")
        elif said:
            told.append("，".join(said) + "。")
    return told


def value_zh(figure: Figure, total: Total) -> str:
    """A figure over a period with its unit, and which months are not in it."""
    if total.value is None:
        return MISSING[0]
    without = f"（未含{months_zh(total.missing)}）" if total.missing else ""
    return with_unit(figure, total.value) + (OUTSIDE_MARK if total.has_outside else "") + without


def compared(standing: Standing, before: Period) -> str:
    """How a figure stands against the period before; empty where nothing can be said."""
    change, share = standing.change, standing.change_share
    if change is None:
        return ""
    against = f"（較{before.short_zh}"
    figure, much = standing.figure, shown(standing.figure, abs(change))
    if figure.over is Over.MEAN:
        if change == 0:
            return f"{against}持平）"
        unit = "個百分點" if figure.is_share else figure.unit[0]
        return f"{against}{'提高' if change > 0 else '降低'}{much}{unit}）"
    if change == 0:
        return f"{against}持平）"
    rate = f"，{percent(abs(share))}" if share is not None else ""
    return f"{against}{'增加' if change > 0 else '減少'}{much}{figure.unit[0]}{rate}）"


def percent(share: Fraction) -> str:
    """A share as a percentage of two places."""
    return f"{'-' if share < 0 else ''}{two_places(abs(share) * _HUNDRED):,.2f}%"


@dataclass(frozen=True)
class _Clause:
    text: str
    lacking: Sequence[str] = ()
    there: int = 0
    """How many of its figures have a value."""


def _read(clause: str, standings: Mapping[str, Standing], before: Period) -> _Clause:
    values: dict[str, str] = {}
    lacking: list[str] = []
    there = 0
    for code, suffix in _asked(clause):
        standing = standings[code]
        if suffix == _VS:
            values[code + suffix] = compared(standing, before)
        elif suffix == _YEAR:
            if standing.year is None or standing.year.whole is None:
                return _Clause("")
            values[code + suffix] = value_zh(standing.figure, standing.year)
            values[_SINCE] = months_zh([*standing.year.cells])
        elif standing.now.value is None:
            lacking.append(standing.figure.zh)
            values[code] = f"（{MISSING[0]}）"
        else:
            there += 1
            values[code] = value_zh(standing.figure, standing.now)
    text = clause.format(**values) if there or not lacking else f"{_listed(lacking)}{MISSING[0]}"
    return _Clause(text, lacking, there)


def _listed(names: Sequence[str]) -> str:
    return "、".join(names) if len(names) <= _NAMED else f"{names[0]}等{len(names)}項數字"


def _asked(clause: str) -> list[tuple[str, str]]:
    """The figures of a clause, each with what is asked of it."""
    found = []
    for _, name, _, _ in Formatter().parse(clause):
        if name is None or name == _SINCE:
            continue
        suffix = next((one for one in (_VS, _YEAR) if name.endswith(one)), "")
        found.append((name.removesuffix(suffix), suffix))
    return found
