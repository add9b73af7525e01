"""Every figure of these reports: its name and its formula in words, from the data file beside this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from gateway.reports.tables import Column, Form, Pair

FILE: Final = Path(__file__).with_name("definitions.yml")


@dataclass(frozen=True)
class Definition:
    """One figure."""

    key: str
    form: Form
    zh: str
    en: str
    formula_zh: str
    formula_en: str

    @property
    def column(self) -> Column:
        """The figure as a column of a table."""
        return Column(self.key, self.zh, self.en, self.form)

    def told(self, seconds: int) -> Pair:
        """Name and formula as a sentence; `seconds` is the threshold of the service level."""
        zh, en = (text.replace("{seconds}", str(seconds)) for text in (self.formula_zh, self.formula_en))
        return f"{self.zh}：{zh}", f"{self.en}: {en}"


@lru_cache(maxsize=1)
def definitions() -> Mapping[str, Definition]:
    """All of them by key, in the order of the file."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    found = [Definition(**{**row, "form": Form(row["form"])}) for row in rows]
    return {one.key: one for one in found}


def columns(keys: Sequence[str]) -> list[Column]:
    """The columns of these figures. Raises KeyError for one that is not defined."""
    return [definitions()[key].column for key in keys]
