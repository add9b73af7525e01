"""What is assessed and which grades there are, from the data file beside this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml

WHOLE: Final = 100
"""What the weights of all criteria are together."""
_FILE: Final = Path(__file__).with_name("standard.yml")


class BrokenStandard(Exception):
    """The data file holds weights or grades that cannot be."""


@dataclass(frozen=True)
class Grade:
    """A grade, and from which score on it is given."""

    code: str
    least: int
    zh: str
    en: str
    example: bool = False
    """Not from a published source."""

    @property
    def pair(self) -> tuple[str, str]:
        """Its name in Chinese and English."""
        return self.zh, self.en


@dataclass(frozen=True)
class Criterion:
    """One thing that is assessed, and how many points it can bring."""

    code: str
    weight: int
    zh: str
    en: str
    about_zh: str
    about_en: str
    may_be_left_out: bool = False
    """Whether there are conversations in which it has no place."""

    @property
    def pair(self) -> tuple[str, str]:
        """Its name in Chinese and English."""
        return self.zh, self.en

    @property
    def about(self) -> tuple[str, str]:
        """What is looked at, in Chinese and English."""
        return self.about_zh, self.about_en


@dataclass(frozen=True)
class Standard:
    """Criteria in the order of a sheet; grades, the best first."""

    criteria: Sequence[Criterion]
    grades: Sequence[Grade]

    def __post_init__(self) -> None:
        """Raise BrokenStandard unless weights make 100 and grades fall to 0."""
        codes = [one.code for one in self.criteria]
        if len(set(codes)) != len(codes) or any(one.weight < 1 for one in self.criteria):
            raise BrokenStandard("criteria: a code is there twice, or a weight is none")
        if sum(one.weight for one in self.criteria) != WHOLE:
            raise BrokenStandard(f"weights: not {WHOLE} together")
        least = [grade.least for grade in self.grades]
        if not least or least[-1] != 0 or any(above <= below for above, below in pairwise(least)):
            raise BrokenStandard("grades: not falling to 0")

    def criterion(self, code: str) -> Criterion | None:
        """The criterion of this code; None for one that is assessed no more."""
        return next((one for one in self.criteria if one.code == code), None)

    def grade(self, code: str | None) -> Grade | None:
        """The grade of this code."""
        return next((one for one in self.grades if one.code == code), None)


def read_standard(tree: Any) -> Standard:
    """The standard that the data file's content describes. Raises BrokenStandard."""
    try:
        criteria = [Criterion(**given) for given in tree["criteria"]]
        grades = [Grade(least=given.pop("from"), **given) for given in map(dict, tree["grades"])]
    except (TypeError, KeyError) as error:
        raise BrokenStandard(str(error)) from None
    return Standard(criteria, grades)


@lru_cache(maxsize=1)
def standard() -> Standard:
    """The standard that is shipped."""
    return read_standard(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
