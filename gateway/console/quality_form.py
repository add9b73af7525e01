"""The form of a quality sheet: what was typed, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from gateway.quality.errors import InvalidMarks
from gateway.quality.rules import halves_of
from gateway.quality.standard import Standard
from gateway.quality.views import Assessment, Sheet, Typed

_VERSION = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Field:
    """One criterion as it stands in the form."""

    points: str = ""
    remark: str = ""
    left_out: bool = False
    problem: str = ""


@dataclass(frozen=True)
class SheetForm:
    """The whole form, with what was typed."""

    fields: Mapping[str, Field]
    comment: str
    version: int
    act: str = ""


async def typed_form(request: Request) -> SheetForm:
    """A dependency: what was sent, whatever criteria the sheet has."""
    form = await request.form()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    codes = [name.removeprefix("points-") for name in given if name.startswith("points-")]
    fields = {
        code: Field(
            given[f"points-{code}"].strip(), given.get(f"remark-{code}", ""), f"left_out-{code}" in given
        )
        for code in codes
    }
    version = given.get("version", "")
    seen = int(version) if re.fullmatch(_VERSION, version) else -1
    return SheetForm(fields, given.get("comment", ""), seen, given.get("act", ""))


def form_of(sheet: Sheet) -> SheetForm:
    """The form as the sheet is kept."""
    fields = {
        mark.criterion: Field(
            "" if mark.points is None else f"{float(mark.points):g}", mark.remark, mark.left_out
        )
        for mark in sheet.marks
    }
    return SheetForm(fields, sheet.comment, sheet.version)


def assessment_of(form: SheetForm) -> Assessment:
    """What the form says. Raises InvalidMarks for points that are no number of halves."""
    marks, problems = {}, {}
    for code, field in form.fields.items():
        try:
            halves = None if field.left_out else halves_of(field.points)
        except ValueError:
            problems[code] = "range"
            continue
        marks[code] = Typed(halves, field.left_out, field.remark)
    if problems:
        raise InvalidMarks(problems)
    return Assessment(marks, form.comment, form.version)


def with_problems(form: SheetForm, problems: Mapping[str, str], version: int) -> SheetForm:
    """The same form again, with what is wrong beside it, for the sheet as it is now."""
    fields = {
        code: Field(field.points, field.remark, field.left_out, problems.get(code, ""))
        for code, field in form.fields.items()
    }
    return SheetForm(fields, form.comment, version)


def optional_codes(standard: Standard) -> frozenset[str]:
    """Criteria that a conversation may have no place for."""
    return frozenset(one.code for one in standard.criteria if one.may_be_left_out)
