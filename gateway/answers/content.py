"""What one version of an entry says, and how it is typed into a form. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Final, get_args

from gateway.answers.errors import InvalidContent
from gateway.answers.rules import kept_text
from knowledge_base.entries import Entry, Language, Opens

QUESTION_MAX: Final = 500
ANSWER_MAX: Final = 20_000
SHORT_MAX: Final = 200
URL_MAX: Final = 1000
LINES_MAX: Final = 100
LANGUAGES: Final[tuple[str, ...]] = get_args(Language)
OPENINGS: Final[tuple[str, ...]] = get_args(Opens)
_URL: Final = re.compile(r"https?://[^\s<>\"]+")
_YEARS: Final = range(1912, 3000)
_ONE_LINE: Final = ("question", "agency", "agency_en", "category")


@dataclass(frozen=True)
class Content:
    """The fields that the desk keeps; those of an entry without its id, origin and version."""

    question: str
    answer: str
    agency: str = ""
    agency_en: str = ""
    category: str = ""
    language: str = "zh-TW"
    source_url: str = ""
    source_date: str = ""
    """As an ISO day; empty where it is not known."""
    phrasings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    translation_of: str = ""
    valid_until: str = ""
    opens: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        return {**asdict(self), "phrasings": list(self.phrasings), "keywords": list(self.keywords)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Content:
        """From what the database keeps."""
        lists = {name: tuple(kept.get(name) or ()) for name in ("phrasings", "keywords")}
        return cls(**{**kept, **lists})

    @classmethod
    def of(cls, entry: Entry) -> Content:
        """What an entry says."""
        return cls(
            entry.question, entry.answer, entry.agency, entry.agency_en, entry.category, entry.language,
            entry.source_url, _day(entry.source_date), entry.phrasings, entry.keywords,
            entry.translation_of or "", _day(entry.valid_until), entry.opens or "",
        )  # fmt: skip

    def entry(self, entry_id: str, origin: str, version: str = "") -> Entry:
        """The entry of this content."""
        return Entry(
            entry_id, self.question, self.answer, self.agency, self.agency_en, self.category,
            "en" if self.language == "en" else "zh-TW", self.source_url, _as_day(self.source_date),
            self.phrasings, self.keywords, self.translation_of or None, _as_day(self.valid_until),
            self.opens or None, origin, version,  # type: ignore[arg-type]  # checked when it was typed
        )  # fmt: skip


FIELDS: Final = tuple(field.name for field in fields(Content))
LISTS: Final = ("phrasings", "keywords")


def as_form(content: Content) -> dict[str, str]:
    """The content as it stands in the form: lists one a line."""
    kept = content.to_json()
    return {name: "\n".join(kept[name]) if name in LISTS else kept[name] for name in FIELDS}


EMPTY_FORM: Final = as_form(Content("", ""))


def content_of(form: Mapping[str, str]) -> Content:
    """The content of a form. Markup stays as it was typed: it is shown as text.

    Raises InvalidContent with the key of a message for each field that cannot be.
    """
    typed = {name: kept_text(form.get(name, "")) for name in FIELDS}
    for name in _ONE_LINE:
        typed[name] = " ".join(typed[name].split())
    lines = {name: _lines(typed[name]) for name in LISTS}
    problems = {**_texts(typed), **_choices(typed), **_days(typed)}
    for name, several in lines.items():
        if len(several) > LINES_MAX or any(len(line) > SHORT_MAX for line in several):
            problems[name] = "lines"
    if problems:
        raise InvalidContent(problems)
    return Content(**{**typed, **lines})  # type: ignore[arg-type]


def _texts(typed: Mapping[str, str]) -> dict[str, str]:
    problems = {name: "missing" for name in ("question", "answer") if not typed[name]}
    longest = {
        "question": QUESTION_MAX, "answer": ANSWER_MAX, "agency": SHORT_MAX, "agency_en": SHORT_MAX,
        "category": SHORT_MAX, "source_url": URL_MAX, "translation_of": SHORT_MAX,
    }  # fmt: skip
    problems.update({name: "long" for name, most in longest.items() if len(typed[name]) > most})
    if typed["source_url"] and not _URL.fullmatch(typed["source_url"]):
        problems["source_url"] = "url"
    return problems


def _choices(typed: dict[str, str]) -> dict[str, str]:
    typed["language"] = typed["language"] or LANGUAGES[0]
    problems = {} if typed["language"] in LANGUAGES else {"language": "choice"}
    if typed["opens"] and typed["opens"] not in OPENINGS:
        problems["opens"] = "choice"
    return problems


def _days(typed: Mapping[str, str]) -> dict[str, str]:
    return {name: "day" for name in ("source_date", "valid_until") if typed[name] and not is_day(typed[name])}


def is_day(text: str) -> bool:
    """Whether it is an ISO day of a year that this platform will see."""
    try:
        return date.fromisoformat(text).year in _YEARS and len(text) == len("2026-01-01")
    except ValueError:
        return False


def _lines(text: str) -> tuple[str, ...]:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _as_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
