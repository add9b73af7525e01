"""The training data of the bot, read as data: no Rasa."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gateway.settings import PROJECT_ROOT

DATA = PROJECT_ROOT / "nlu_data"
_ANNOTATION = re.compile(r"\[(?P<value>[^\]]+)\]\((?P<entity>[a-z_]+)\)")


@dataclass(frozen=True)
class Sentence:
    """One example: its intent, its words without marks, the entities marked in it."""

    intent: str
    text: str
    entities: tuple[str, ...]


def blocks(kind: str) -> list[dict[str, Any]]:
    """Every block of one kind (`intent`, `regex` or `lookup`) in every file, as name and lines."""
    found = []
    for path in sorted(DATA.glob("*.yml")):
        for block in read(path)["nlu"]:
            if kind in block:
                lines = [line.removeprefix("- ").strip() for line in block["examples"].splitlines()]
                found.append({"file": path.name, "name": block[kind], "lines": lines})
    return found


def read(path: Path) -> Any:
    """The content of one YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def sentences() -> list[Sentence]:
    """Every example of every intent."""
    return [
        Sentence(block["name"], _ANNOTATION.sub(r"\g<value>", line), _entities(line))
        for block in blocks("intent")
        for line in block["lines"]
    ]


def patterns(name: str) -> list[re.Pattern[str]]:
    """The compiled patterns of one regex block."""
    lines = [line for block in blocks("regex") if block["name"] == name for line in block["lines"]]
    return [re.compile(line, re.IGNORECASE) for line in lines]


def _entities(line: str) -> tuple[str, ...]:
    return tuple(match["entity"] for match in _ANNOTATION.finditer(line))
