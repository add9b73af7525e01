"""Two questions in one message, told apart by rule. Pure.

Where it is not plain that there are two, there is one: a long story is one question.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gateway.conversations.leaning import leaning, telling
from gateway.intake.reading import looks_like_question

MOST = 3
"""Questions of one message that are answered."""
_ENDS = re.compile(r"(?<=[。！？!?；;\n])|(?<=[.])\s+")
_REPORT_AND_QUESTION = 2
_LEAST = 2
_LEAST_UNLINKED = 4
"""Telling characters of a question of its own at least: where a word leads over to it, where none does."""


def split(text: str) -> list[str]:
    """The questions of the message, at most three; the whole message where it is one."""
    parts = [part.strip(" ，,。；;\n") for part in _another().split(text)]
    parts = [part for part in parts if part]
    if len(parts) > 1 and all(_stands_alone(part, _LEAST) for part in parts):
        return parts[:MOST]
    return [text]


def unlinked(text: str) -> list[str]:
    """The sentences of a message that consists of nothing but questions, each with a matter of its own.

    They may still be one matter: whoever uses them has to be sure of each. Empty where there is one.
    """
    sentences = [one.strip() for one in _ENDS.split(text) if one and one.strip()]
    several = len(sentences) > 1 and all(
        _marked(one) and _stands_alone(one, _LEAST_UNLINKED) for one in sentences
    )
    return sentences[:MOST] if several else []


def beside(text: str, is_place: Callable[[str], bool]) -> tuple[str, str] | None:
    """What is reported and what is asked, where one message plainly does both; else None.

    A report says where something is (`is_place`) and asks nothing; a word that leads over stands between.
    """
    parts = [part.strip(" ，,。；;\n") for part in _another().split(text)]
    parts = [part for part in parts if part]
    if len(parts) != _REPORT_AND_QUESTION:
        return None
    for report, question in (parts, reversed(parts)):
        if not looks_like_question(report) and is_place(report) and _stands_alone(question, _LEAST):
            return report, question
    return None


def leaning_parts(text: str) -> list[str]:
    """What a message asks beside its first question of the same matter: «…幾月繳？可以代辦嗎？»."""
    parts = [part.strip() for whole in _another().split(text) for part in _ENDS.split(whole) if part]
    asked = [part for part in parts if part and looks_like_question(part)]
    return [part for part in asked[1:] if leaning(part) is not None]


def _marked(sentence: str) -> bool:
    return sentence.endswith(("?", "？"))


def _stands_alone(part: str, least: int) -> bool:
    """Whether the part asks something that can be understood without the others."""
    last = [one.strip() for one in _ENDS.split(part) if one and one.strip()][-1]
    named = telling(_rhetorical().sub(" ", part))
    return looks_like_question(last) and len(named) >= least and leaning(part) is None


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("questions.yml").read_text("utf-8"))
    return words


@cache
def _another() -> re.Pattern[str]:
    # Spaces stand for commas in Chinese; in English they do not end anything.
    words = _words()
    chinese = rf"(?:(?<=[。！？!?；;，,、\s])|^)\s*(?:{words['another']})[，,、:：\s]*"
    english = rf"(?<=[.!?;,。！？])\s*(?:{words['another_english']})[,:\s]*"
    return re.compile(f"{chinese}|{english}|\\band also,?\\s", re.IGNORECASE)


@cache
def _rhetorical() -> re.Pattern[str]:
    return re.compile(_words()["rhetorical"], re.IGNORECASE)
