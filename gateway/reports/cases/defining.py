"""What every figure means, from files that stand beside what counts it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from gateway.reports.tables import Column, Form

REPORTS: Final = Path(__file__).parents[1]


class Definition(BaseModel):
    """One figure: its name, and how it is counted, in both languages. Rooms may note more about theirs.

    `{seconds}` in a formula stands for the threshold of the service level.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    zh: str
    en: str
    formula_zh: str
    formula_en: str


@dataclass(frozen=True)
class Chapter:
    """The figures of one room of the reports."""

    room: str
    definitions: tuple[Definition, ...]


@lru_cache(maxsize=1)
def definitions() -> Mapping[str, Definition]:
    """The figures of cases by key."""
    return {one.key: one for one in _read(Path(__file__).with_name("definitions.yml"))}


def chapters() -> Iterator[Chapter]:
    """Every room that defines figures, in the order of their names; cases come first."""
    files = sorted(REPORTS.glob("*/definitions.yml"), key=lambda file: (file.parent.name != "cases", file))
    for file in files:
        yield Chapter(file.parent.name, _read(file))


def column(key: str, form: Form) -> Column:
    """The column of a figure under its defined name. Raises KeyError for one without a definition."""
    found = definitions()[key]
    return Column(key, found.zh, found.en, form)


def _read(file: Path) -> tuple[Definition, ...]:
    return TypeAdapter(tuple[Definition, ...]).validate_python(
        yaml.safe_load(file.read_text(encoding="utf-8"))
    )
