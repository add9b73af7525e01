"""Labelled questions, as they are read from a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import InvalidInput
from knowledge_base.text import script


class QuestionsUnusable(InvalidInput):
    """The file of questions cannot be read."""

    code = "questions_unusable"
    zh = "無法讀取這個題目檔案。"
    en = "This file of questions cannot be used."


@dataclass(frozen=True)
class Question:
    """A question, ids or addresses of the entries that answer it (none: nothing must), its style if told."""

    q: str
    ids: tuple[str, ...] = ()
    style: str = ""

    @property
    def language(self) -> str:
        """`en` where its style says so or it is written in Latin words, else `zh-TW`."""
        return "en" if self.style == "english" or script(self.q) == "latin" else "zh-TW"


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
        ids = content.get("ids") or content.get("source_urls") or []
        if labelled and (not isinstance(ids, list) or not ids):
            raise ValueError('expected {"q": "…", "ids": ["…"]} or {"q": "…", "source_urls": ["…"]}')
    except ValueError as error:
        raise QuestionsUnusable(f"{name}, line {number}: {error}") from error
    return Question(content["q"], tuple(map(str, ids)) if labelled else (), str(content.get("style") or ""))
