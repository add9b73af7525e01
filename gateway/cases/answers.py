"""What a citizen answers to the questions of a service item, checked by their datatypes. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gateway.cases.catalogue_schema import Attribute, Datatype, ServiceItem

STRING_MAX = 200
TEXT_MAX = 2000
NUMBER_MAX = 1e9
Problem = tuple[str, str]

_MISSING: Problem = ("請回答這一題。", "Please answer this question.")
_NO_NUMBER: Problem = ("請填數字。", "Please enter a number.")
_NOT_OFFERED: Problem = ("請從選項中選擇。", "Please choose one of the answers.")
_NO_TIME: Problem = ("請填日期與時間。", "Please enter a date and a time.")
_TOO_LONG: Problem = ("內容太長了，請精簡。", "This is too long. Please shorten it.")
_UNKNOWN: Problem = ("這個項目沒有這一題。", "This item does not ask that.")


class Unfit(ValueError):
    """An answer of the wrong sort; `problem` says it in both languages."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem[1])
        self.problem = problem


def checked_answers(item: ServiceItem, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Problem]]:
    """The answers as they are kept, and what is wrong with those that cannot be, by attribute code."""
    answers: dict[str, Any] = {}
    problems: dict[str, Problem] = {code: _UNKNOWN for code in given if item.attribute(code) is None}
    for attribute in item.attributes:
        value = given.get(attribute.code)
        if value in (None, "", []):
            if attribute.required:
                problems[attribute.code] = _MISSING
            continue
        try:
            answers[attribute.code] = _READ[attribute.datatype](value, attribute)
        except Unfit as error:
            problems[attribute.code] = error.problem
    return answers, problems


def _number(value: Any, _attribute: Attribute) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        raise Unfit(_NO_NUMBER) from None
    if isinstance(value, bool) or not 0 <= number <= NUMBER_MAX:
        raise Unfit(_NO_NUMBER)
    return number


def _text(value: Any, attribute: Attribute) -> str:
    text = str(value).strip()
    if len(text) > (TEXT_MAX if attribute.datatype == "text" else STRING_MAX):
        raise Unfit(_TOO_LONG)
    return text


def _moment(value: Any, _attribute: Attribute) -> str:
    try:
        return datetime.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise Unfit(_NO_TIME) from None


def _one(value: Any, attribute: Attribute) -> str:
    if value not in [offered.key for offered in attribute.values]:
        raise Unfit(_NOT_OFFERED)
    return str(value)


def _several(value: Any, attribute: Attribute) -> list[str]:
    if not isinstance(value, list):
        raise Unfit(_NOT_OFFERED)
    return list(dict.fromkeys(_one(one, attribute) for one in value))


_READ: Mapping[Datatype, Callable[[Any, Attribute], Any]] = {
    "number": _number,
    "string": _text,
    "text": _text,
    "datetime": _moment,
    "singlevaluelist": _one,
    "multivaluelist": _several,
}
