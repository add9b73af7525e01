"""One figure of a report: its value, how sure it is, and what was asked of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.measures.intervals import Interval, wilson

Measures = dict[str, dict[str, Any]]
"""The figures of a report by name, as they are written to JSON."""

_DIGITS = 4


def share(
    label: str, right: int, count: int, target: float | None = None, at_most: bool = False
) -> dict[str, Any]:
    """A share of cases with its 95 % Wilson interval; `at_most` marks a target that must not be exceeded.

    Without any case there is no value, and no target is met or missed.
    """
    value = right / count if count else None
    return {
        **figure(label, value, wilson(right, count) if count else None, target, at_most),
        "right": right,
        "count": count,
    }


def figure(
    label: str,
    value: float | None,
    interval: Interval | None = None,
    target: float | None = None,
    at_most: bool = False,
) -> dict[str, Any]:
    """A figure that is no share of cases."""
    met = None
    if target is not None and value is not None:
        met = value <= target if at_most else value >= target
    return {
        "label": label,
        "value": _rounded(value),
        "interval": [_rounded(end) for end in interval] if interval else None,
        "target": target,
        "at_most": at_most,
        "met": met,
    }


def below_floor(measures: Mapping[str, Mapping[str, Any]], floors: Mapping[str, float]) -> list[str]:
    """What has slipped: each figure on the wrong side of its floor, in words.

    A figure that must not exceed its target must not exceed its floor either. A floor without its figure
    counts as slipped: a renamed figure must not go unwatched.
    """
    return [told for name, floor in floors.items() if (told := _slipped(name, measures.get(name), floor))]


def _slipped(name: str, measure: Mapping[str, Any] | None, floor: float) -> str:
    value = measure["value"] if measure else None
    if measure is None or value is None:
        return f"{name}: not measured"
    wrong = value > floor if measure["at_most"] else value < floor
    return f"{name}: {value} ({'at most' if measure['at_most'] else 'at least'} {floor})" if wrong else ""


def told(measure: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """Label, value, verdict, cases and interval of a figure, as words: what matters most comes first."""
    cases = f"{measure['right']} of {measure['count']}" if "count" in measure else ""
    interval = "–".join(number(end) for end in measure["interval"]) if measure["interval"] else ""
    return measure["label"], number(measure["value"]), _verdict(measure), cases, interval


def _verdict(measure: Mapping[str, Any]) -> str:
    if measure["target"] is None:
        return ""
    asked = f"{'≤' if measure['at_most'] else '≥'} {measure['target']:g}"
    return asked if measure["met"] is None else f"{asked} {'met' if measure['met'] else 'MISSED'}"


def number(value: float | None) -> str:
    """A figure with three places; a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
