"""Whether a closing text says something. Pure.

The city's own surveys: about two in five were «very dissatisfied», because the reply was canned or did not
match what happened. So a closing text is judged by what remains without the phrases that fit any case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

PHRASES_FILE = Path(__file__).parent / "closing_phrases.yml"
LEAST_LEFT = 8
"""Letters and digits that must remain; fewer cannot tell what was done."""
LEAST_KINDS = 5
"""Different ones among them: 「。。。」 and 「啊啊啊啊啊啊啊啊」 tell nothing."""
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}|○{2,}|_{3,}|…{2,}")
_NOTHING = re.compile(r"[^\w]|_", re.UNICODE)


def closing_problem(text: str | None, templates: Iterable[str] = ()) -> str | None:
    """What is wrong with a closing text (`empty`, `placeholder`, `template`), or None.

    `templates` are the reply templates of the item: of one that was filled only what was filled in counts.
    """
    plain = unicodedata.normalize("NFKC", text or "").lower().strip()
    if not plain:
        return "empty"
    if _PLACEHOLDER.search(plain):
        return "placeholder"
    left = _letters(plain)
    fixed = [part for template in templates for part in _PLACEHOLDER.split(template)]
    for phrase in (*sorted(fixed, key=len, reverse=True), *_phrases()):
        left = left.replace(_letters(unicodedata.normalize("NFKC", phrase).lower()), "")
    if len(left) < LEAST_LEFT or len(set(left)) < LEAST_KINDS:
        return "template"
    return None


def _letters(text: str) -> str:
    return _NOTHING.sub("", _PLACEHOLDER.sub("", text))


@lru_cache(maxsize=1)
def _phrases() -> Sequence[str]:
    """Longest first, so that a long phrase is not broken by a short one inside it."""
    rows: list[str] = yaml.safe_load(PHRASES_FILE.read_text(encoding="utf-8"))
    return sorted(rows, key=len, reverse=True)
