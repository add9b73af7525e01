"""The figures over many questions: recall, decisions, refusals, reliability and the worst misses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from gateway.measures.intervals import wilson
from gateway.measures.measure import Measures, figure, share
from knowledge_base.evaluation.judging import DEPTHS, VERDICTS, Find, Judged, Search, judge
from knowledge_base.evaluation.questions import Question

KIND = "kb"
RECALL_TARGETS = {1: 0.80, 3: 0.92, 5: 0.95}
ENGLISH_RECALL_TARGET = 0.85
OUTSIDE_TARGET = 0.05
HELPED_TARGET = 0.80
WRONG_TARGET = 0.08
BINS = 10
WORST = 20

Mask = Callable[[str], str]


def evaluate(
    search: Search,
    questions: Sequence[Question],
    outside: Sequence[Question] = (),
    find: Find = lambda _: None,
    mask: Mask = str,
) -> dict[str, Any]:
    """The report over labelled questions and, if given, questions that must not be answered.

    `search` must return at least ten hits where there are as many; `find` knows an entry by its id and
    gives agencies and what was expected; `mask` takes personal data out of the questions that are shown.
    """
    judged = [judge(search, find, question) for question in questions]
    beyond = [judge(search, find, question) for question in outside]
    report: dict[str, Any] = {"kind": KIND, **_figures(judged)}
    for name, groups in (
        ("by_style", _grouped(judged, lambda one: one.question.style)),
        ("by_agency", _grouped(judged, lambda one: one.expected.agency if one.expected else "")),
        ("by_language", _grouped(judged, lambda one: one.question.language)),
    ):
        if len(groups) > 1:
            report[name] = {group: _figures(rows) for group, rows in groups.items()}
    if beyond:
        report["out_of_scope"] = _outside(beyond)
    report["entries_missing"] = sum(one.expected is None for one in judged)
    report["reliability"] = reliability([*judged, *beyond])
    report["measures"] = _measures(judged, beyond, report)
    report["misses"] = _misses(judged, beyond, mask)
    report["outcomes"] = [
        {"q": mask(one.question.q), "outcome": one.outcome, "right": one.right if one.question.ids else None}
        for one in (*judged, *beyond)
    ]
    return report


def _figures(judged: Sequence[Judged]) -> dict[str, Any]:
    verdicts = Counter(one.verdict for one in judged)
    count = len(judged)
    found = {depth: _within(judged, depth) for depth in DEPTHS}
    ranks = [1 / (one.place + 1) for one in judged if one.place is not None]
    return {
        "questions": count,
        "recall": {str(depth): round(right / count, 4) for depth, right in found.items()},
        "found": {str(depth): right for depth, right in found.items()},
        "intervals": {
            str(depth): [round(end, 4) for end in wilson(right, count)] for depth, right in found.items()
        },
        "mrr": round(sum(ranks) / count, 4),
        "decisions": {name: verdicts[name] for name in VERDICTS},
    }


def _within(judged: Sequence[Judged], depth: int) -> int:
    return sum(one.place is not None and one.place < depth for one in judged)


def _grouped(judged: Sequence[Judged], name: Callable[[Judged], str]) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[name(one)].append(one)
    return dict(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])))


def _outside(beyond: Sequence[Judged]) -> dict[str, int]:
    decisions = Counter(one.decision for one in beyond)
    return {
        "questions": len(beyond),
        "answered": decisions["answer"],
        "clarified": decisions["clarify"],
        "none": decisions["none"],
    }


def reliability(judged: Sequence[Judged]) -> dict[str, Any]:
    """Ten bins of the estimated chance, and the mean distance from it (expected calibration error).

    The first entry for a question out of scope is never right.
    """
    bins: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        bins[min(int(one.chance * BINS), BINS - 1)].append(one)
    rows = []
    error = 0.0
    for place, rows_in in sorted(bins.items()):
        right, count = sum(one.right for one in rows_in), len(rows_in)
        estimated = sum(one.chance for one in rows_in) / count
        error += abs(right / count - estimated) * count / len(judged)
        rows.append(
            {
                "from": place / BINS,
                "to": (place + 1) / BINS,
                "estimated": round(estimated, 4),
                "observed": round(right / count, 4),
                "interval": [round(end, 4) for end in wilson(right, count)],
                "questions": count,
            }
        )
    return {"bins": rows, "expected_calibration_error": round(error, 4)}


def _measures(judged: Sequence[Judged], beyond: Sequence[Judged], report: dict[str, Any]) -> Measures:
    count, decisions = len(judged), report["decisions"]
    measures = {
        f"recall_at_{depth}": share(
            f"recall at {depth}", report["found"][str(depth)], count, RECALL_TARGETS.get(depth)
        )
        for depth in DEPTHS
    }
    measures["mrr"] = figure("mean reciprocal rank", report["mrr"])
    if english := [one for one in judged if one.question.language == "en"]:
        measures["english_recall_at_3"] = share(
            "English questions, recall at 3", _within(english, 3), len(english), ENGLISH_RECALL_TARGET
        )
    measures["helped"] = share(
        "answerable: right answer, or right one among three",
        decisions["right_answer"] + decisions["right_offered"],
        count,
        HELPED_TARGET,
    )
    answers = decisions["right_answer"] + decisions["wrong_answer"]
    measures["wrong_answers"] = share(
        "wrong answers of all answers", decisions["wrong_answer"], answers, WRONG_TARGET, at_most=True
    )
    if beyond:
        measures["out_of_scope_answered"] = share(
            "out of scope, answered",
            report["out_of_scope"]["answered"],
            len(beyond),
            OUTSIDE_TARGET,
            at_most=True,
        )
    error = report["reliability"]["expected_calibration_error"]
    measures["calibration_error"] = figure("expected calibration error", error)
    return measures


def _misses(judged: Sequence[Judged], beyond: Sequence[Judged], mask: Mask) -> dict[str, Any]:
    wrong = [one for one in (*judged, *beyond) if not one.right]
    # An answer given wrongly is worse than a wrong entry that was only offered.
    wrong.sort(key=lambda one: (one.decision != "answer", -one.chance))
    lost = sorted((one for one in judged if one.place is None), key=lambda one: -one.chance)
    return {
        "confident_and_wrong": [_miss(one, mask) for one in wrong[:WORST]],
        "not_among_ten": [_miss(one, mask) for one in lost[:WORST]],
    }


def _miss(one: Judged, mask: Mask) -> dict[str, Any]:
    return {
        "q": mask(one.question.q),
        "decision": one.decision,
        "chance": round(one.chance, 4),
        "expected_ids": list(one.question.ids),
        "expected": one.expected.question if one.expected else None,
        "found_id": one.first.id if one.first else None,
        "found": one.first.question if one.first else None,
        "place": None if one.place is None else one.place + 1,
    }
