"""How well questions are answered: recall, and what the decisions would have told people."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import InvalidInput
from knowledge_base.rules import OFFERED
from knowledge_base.service import SearchResult

DEPTHS = (1, 3, 5, 10)

Search = Callable[[str], SearchResult]


class QuestionsUnusable(InvalidInput):
    """The file of questions cannot be read."""

    code = "questions_unusable"
    zh = "無法讀取這個題目檔案。"
    en = "This file of questions cannot be used."


@dataclass(frozen=True)
class Question:
    """A question, the ids of the entries that answer it (none: nothing must), and its style if told."""

    q: str
    ids: tuple[str, ...] = ()
    style: str = ""


def read_questions(path: Path, labelled: bool) -> list[Question]:
    """The questions of a JSON-lines file. Raises QuestionsUnusable with the number of the bad line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsUnusable(f"{path.name}: {error}") from error
    questions = [
        _question(path.name, number, line, labelled)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not questions:
        raise QuestionsUnusable(f"{path.name}: no questions in it")
    return questions


def _question(name: str, number: int, line: str, labelled: bool) -> Question:
    try:
        content = json.loads(line)
        if not isinstance(content, dict) or not isinstance(content.get("q"), str):
            raise ValueError('expected {"q": "…"}')
        content["q"].encode()  # half a character could not be written out again
        ids = content.get("ids", [])
        if labelled and (not isinstance(ids, list) or not ids):
            raise ValueError('expected {"q": "…", "ids": ["…"]}')
    except ValueError as error:
        raise QuestionsUnusable(f"{name}, line {number}: {error}") from error
    return Question(content["q"], tuple(map(str, ids)) if labelled else (), str(content.get("style") or ""))


def evaluate(
    search: Search, questions: Sequence[Question], outside: Sequence[Question] = ()
) -> dict[str, Any]:
    """Recall and mean reciprocal rank over the questions, and the table of decisions.

    `search` must return at least ten hits where there are as many.
    """
    judged = [(question, *_judge(search(question.q), question.ids)) for question in questions]
    by_style: dict[str, list[tuple[int | None, str]]] = defaultdict(list)
    for question, place, verdict in judged:
        by_style[question.style].append((place, verdict))
    report = _figures([(place, verdict) for _, place, verdict in judged])
    if len(by_style) > 1:
        report["by_style"] = {style: _figures(rows) for style, rows in sorted(by_style.items())}
    if outside:
        decisions = Counter(search(question.q).decision for question in outside)
        report["out_of_scope"] = {
            "questions": len(outside),
            "answered": decisions["answer"],
            "clarified": decisions["clarify"],
            "none": decisions["none"],
        }
    return report


def _judge(result: SearchResult, ids: Iterable[str]) -> tuple[int | None, str]:
    """Place of the first right hit, and what the person got."""
    wanted = set(ids)
    place = next((n for n, hit in enumerate(result.hits) if hit.id in wanted), None)
    if result.decision == "answer":
        return place, "right_answer" if place == 0 else "wrong_answer"
    if result.decision == "clarify":
        offered = place is not None and place < OFFERED
        return place, "right_offered" if offered else "wrong_offered"
    return place, "none"


def _figures(judged: Sequence[tuple[int | None, str]]) -> dict[str, Any]:
    places = [place for place, _ in judged]
    verdicts = Counter(verdict for _, verdict in judged)
    count = len(judged)
    return {
        "questions": count,
        "recall": {
            str(depth): round(sum(place is not None and place < depth for place in places) / count, 4)
            for depth in DEPTHS
        },
        "mrr": round(sum(1 / (place + 1) for place in places if place is not None) / count, 4),
        "decisions": {
            name: verdicts[name]
            for name in ("right_answer", "wrong_answer", "right_offered", "wrong_offered", "none")
        },
    }
