"""Two runs over the same cases side by side. Pure, but for reading the earlier run's file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gateway.errors import InvalidInput
from gateway.measures.document import Misses, Part, Table
from gateway.measures.intervals import mcnemar, paired_difference
from gateway.measures.measure import number

Report = Mapping[str, Any]


class RunUnusable(InvalidInput):
    """The file is no saved run, or one of another kind."""

    code = "run_unusable"
    zh = "這個檔案不是可以比較的評測結果。"
    en = "This file is no saved run that could be compared."


def read_run(path: Path, kind: str) -> dict[str, Any]:
    """A run that `--save` wrote. Raises RunUnusable."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunUnusable(f"{path.name}: {error}") from error
    if not isinstance(report, dict) or report.get("kind") != kind:
        raise RunUnusable(f"{path.name}: not a run of {kind}")
    if not _whole(report):
        raise RunUnusable(f"{path.name}: figures or outcomes are missing")
    return report


def _whole(report: Report) -> bool:
    measures, outcomes = report.get("measures"), report.get("outcomes")
    return (
        isinstance(measures, dict)
        and all(isinstance(one, dict) and {"label", "value"} <= one.keys() for one in measures.values())
        and isinstance(outcomes, list)
        and all(isinstance(one, dict) and {"q", "outcome", "right"} <= one.keys() for one in outcomes)
    )


def compare(before: Report, now: Report) -> dict[str, Any]:
    """Each figure of both runs with the difference, the paired test, and what changed.

    Cases are the same where their words are; a case that only one run has counts for no pair. A case whose
    `right` is None has an outcome and stays out of the paired test.
    """
    earlier, later = _keyed(before["outcomes"]), _keyed(now["outcomes"])
    pairs = [(earlier[key], later[key]) for key in later if key in earlier]
    judged = [(old["right"], new["right"]) for old, new in pairs if None not in (old["right"], new["right"])]
    gained = sum(new and not old for old, new in judged)
    lost = sum(old and not new for old, new in judged)
    return {
        "figures": {
            name: _difference(before["measures"].get(name), measure)
            for name, measure in now["measures"].items()
        },
        "pairs": len(judged),
        "gained": gained,
        "lost": lost,
        "difference_interval": [round(end, 4) for end in paired_difference(gained, lost, len(judged))],
        "mcnemar_p": round(mcnemar(gained, lost), 4),
        "only_before": len(earlier.keys() - later.keys()),
        "only_now": len(later.keys() - earlier.keys()),
        "changed": [
            {"q": new["q"], "before": old["outcome"], "now": new["outcome"]}
            for old, new in pairs
            if old["outcome"] != new["outcome"]
        ],
    }


def parts(comparison: Report, measured: str) -> list[Part]:
    """The comparison to be read; `measured` is what a right case is."""
    rows = tuple(
        (row["label"], number(row["before"]), number(row["now"]), _signed(row["difference"]))
        for row in comparison["figures"].values()
    )
    low, high = comparison["difference_interval"]
    notes = [
        f"{measured}: {comparison['gained']} gained, {comparison['lost']} lost of {comparison['pairs']} "
        f"cases in both runs; difference 95 % {_signed(low)} to {_signed(high)}, "
        f"McNemar p = {comparison['mcnemar_p']:.3f}"
    ]
    if comparison["only_before"] or comparison["only_now"]:
        notes.append(
            f"not compared: {comparison['only_before']} cases only before, {comparison['only_now']} only now"
        )
    cases = tuple(
        (one["q"], (("before", one["before"]), ("now", one["now"]))) for one in comparison["changed"]
    )
    return [
        Table("Two runs", ("figure", "before", "now", "difference"), rows, tuple(notes)),
        Misses(f"Changed: {len(cases)} cases", cases),
    ]


def _keyed(outcomes: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Cases by their words; the same words asked twice are told apart by their order."""
    seen: Counter[str] = Counter()
    keyed = {}
    for outcome in outcomes:
        keyed[outcome["q"], seen[outcome["q"]]] = outcome
        seen[outcome["q"]] += 1
    return keyed


def _difference(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> dict[str, Any]:
    old, new = (before or {}).get("value"), now["value"]
    known = old is not None and new is not None
    return {
        "label": now["label"],
        "before": old,
        "now": new,
        "difference": round(new - old, 4) if known else None,
    }


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"
