"""The form in which a month's figures from outside are entered: what was typed, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from fastapi import Request

from gateway.reports.figures.book import Entry
from gateway.reports.figures.catalogue import Figure, Figures, shown
from gateway.reports.figures.errors import Mistake
from gateway.reports.figures.months import Month
from gateway.reports.figures.reading import Given, checked_source

SOURCE: Final = "source"
_EDITION = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Typed:
    """A month as it stands in the form: values by figure, and the editions they were typed over."""

    values: Mapping[str, str] = field(default_factory=dict)
    editions: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    """What is wrong, by figure; with the source, under `source`."""

    def with_problems(self, problems: Mapping[str, str]) -> Typed:
        """The same with what is wrong beside it."""
        return replace(self, problems=problems)


class WrongForm(Exception):
    """The form has mistakes, by figure."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


async def typed_figures(request: Request) -> Typed:
    """A dependency: what was sent, whatever figures there are."""
    form = await request.form()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    values = {name.removeprefix("value-"): text for name, text in given.items() if name.startswith("value-")}
    editions = {
        code: int(text)
        for code in values
        if _EDITION.fullmatch(text := given.get(f"edition-{code}", "0")) is not None
    }
    return Typed(values, editions, given.get(SOURCE, ""))


def as_kept(editions: Mapping[str, Sequence[Entry]], known: Figures) -> Typed:
    """The form as the month is kept."""
    values = {
        code: "" if entries[0].value is None else value_text(known.all[code], entries[0].value)
        for code, entries in editions.items()
        if code in known.all
    }
    return Typed(values, {code: entries[0].edition for code, entries in editions.items()})


def value_text(figure: Figure, value: Decimal) -> str:
    """A kept value as it is typed and shown; a rate keeps all its places."""
    told = shown(figure, Fraction(value))
    return told if Decimal(told.replace(",", "")) == value else f"{value.normalize():f}"


def given_of(typed: Typed, month: Month, kept: Mapping[str, Sequence[Entry]], known: Figures) -> list[Given]:
    """What has changed in the form. Raises WrongForm for values that are none, and for a change of which
    nobody says where it is from."""
    problems: dict[str, str] = {}
    changed: list[tuple[Figure, Decimal | None]] = []
    for code, text in typed.values.items():
        if code not in known.all:
            continue
        figure, entries = known.all[code], kept.get(code, ())
        try:
            value = figure.read(text) if text.strip() else None
        except Mistake:
            problems[code] = "value"
            continue
        if value != (entries[0].value if entries else None):
            changed.append((figure, value))
    source = ""
    try:
        source = checked_source(typed.source) if changed else ""
    except Mistake:
        problems[SOURCE] = "source"
    if problems:
        raise WrongForm(problems)
    return [Given(month, figure, value, source) for figure, value in changed]
