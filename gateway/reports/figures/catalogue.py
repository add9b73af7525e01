"""Which figures there are, from the data file beside this one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from gateway.reports.figures.errors import Mistake, UnknownFigure
from gateway.reports.tables import Pair

PLACES: Final = 4
"""Decimal places that are kept of a mean or a rate."""
_FILE: Final = Path(__file__).with_name("catalogue.yml")
_LARGEST: Final = Decimal(10**12)
_MOST_SCORE: Final = Decimal(100)
_NUMBER: Final = re.compile(rf"(?:\d{{1,15}}|\d{{1,3}}(?:,\d{{3}}){{1,4}})(?:\.\d{{1,{PLACES}}})?", re.ASCII)


class BrokenFigures(Exception):
    """The data file describes figures that cannot be."""


class Over(StrEnum):
    """How the months of a figure become a period."""

    SUM = "sum"
    MEAN = "mean"
    """The mean of the months, each with the weight that another figure gives it."""


class Counted(StrEnum):
    """How much of a figure the platform sees itself."""

    PLATFORM = "platform"
    PART = "part"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Figure:
    """One figure. `unit` is a pair such as (件, cases)."""

    code: str
    zh: str
    en: str
    unit_code: str
    unit: Pair
    over: Over
    counted: Counted
    weight: str | None = None
    made_of: Sequence[str] = ()

    @property
    def pair(self) -> Pair:
        """Its name in Chinese and English."""
        return self.zh, self.en

    @property
    def is_share(self) -> bool:
        """Whether it is a percentage."""
        return self.unit_code == "percent"

    def read(self, text: str) -> Decimal:
        """A value as people write it: 434,901 or 98.16 or 98.16%. Raises Mistake."""
        plain = text.strip()
        if self.is_share:
            plain = plain.removesuffix("%").rstrip()
        said = text.strip()[:40]
        if _NUMBER.fullmatch(plain) is None:
            raise Mistake(
                f"「{said}」不是數字，小數最多 {PLACES} 位。",
                f"{said!r} is not a number of at most {PLACES} decimal places",
            )
        value = Decimal(plain.replace(",", ""))
        if self.over is Over.SUM and value != value.to_integral_value():
            raise Mistake(f"「{said}」不是整數。", f"{said!r} is not a whole number")
        if value > (_LARGEST if self.over is Over.SUM else _MOST_SCORE):
            raise Mistake(f"「{said}」太大。", f"{said!r} is too large")
        return value


@dataclass(frozen=True)
class Figures:
    """Every figure, in the order of the report."""

    all: Mapping[str, Figure]

    def __post_init__(self) -> None:
        """Raise BrokenFigures where a figure leans on one that is not there, or two share a name."""
        if len({figure.zh for figure in self.all.values()}) != len(self.all):
            raise BrokenFigures("two figures have the same name")
        for figure in self.all.values():
            named = [*figure.made_of, *([figure.weight] if figure.weight else [])]
            if strange := [code for code in named if code not in self.all]:
                raise BrokenFigures(f"{figure.code}: no figure {', '.join(strange)}")
            if (figure.over is Over.MEAN) != (figure.weight is not None):
                raise BrokenFigures(f"{figure.code}: a mean, and only a mean, has a weight")

    def named(self, name: str) -> Figure:
        """The figure of this code, or of this Chinese name. Raises UnknownFigure."""
        name = name.strip()
        if name in self.all:
            return self.all[name]
        found = next((figure for figure in self.all.values() if figure.zh == name), None)
        if found is None:
            raise UnknownFigure(name[:60])
        return found


def read_figures(tree: Any) -> Figures:
    """The figures that the data file's content describes. Raises BrokenFigures."""
    try:
        units = {code: (unit["zh"], unit["en"]) for code, unit in tree["units"].items()}
        found = [
            Figure(
                given["code"], given["zh"], given["en"], given["unit"], units[given["unit"]],
                Over(given["over"]), Counted(given["counted"]), given.get("weight"),
                tuple(given.get("made_of", ())),
            )
            for given in tree["figures"]
        ]  # fmt: skip
    except (TypeError, KeyError, ValueError) as error:
        raise BrokenFigures(str(error)) from None
    by_code = {figure.code: figure for figure in found}
    if len(by_code) != len(found):
        raise BrokenFigures("a code is there twice")
    return Figures(by_code)


@lru_cache(maxsize=1)
def figures() -> Figures:
    """The figures that are shipped."""
    return read_figures(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def two_places(value: Fraction) -> Decimal:
    """Rounded half up to two places, as percentages and scores are told."""
    hundredths, left = divmod(value * 100, 1)
    return Decimal(int(hundredths) + (left >= Fraction(1, 2))).scaleb(-2)


def shown(figure: Figure, value: Fraction) -> str:
    """A value as people read it, without its unit: 434,901 or 98.16."""
    return f"{int(value):,}" if figure.over is Over.SUM else f"{two_places(value):,.2f}"


def with_unit(figure: Figure, value: Fraction) -> str:
    """The same with its Chinese unit: 434,901通, 98.16%."""
    return f"{shown(figure, value)}{figure.unit[0]}"


def as_number(figure: Figure, value: Fraction) -> int | float:
    """The same for programs: a whole number, or one of two places."""
    return int(value) if figure.over is Over.SUM else float(two_places(value))
