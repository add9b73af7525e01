"""What the forms ask, and the read-back of a draft. Pure; the sentences are in `messages.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from gateway.intake.draft import CONFIRM, DATA_FIELDS, DUPLICATE, REVIEW, Draft, has_address, next_field
from gateway.intake.joining import NONE
from gateway.intake.options import (
    CANCEL,
    CONFIRM_YES,
    DISTRICT_UNKNOWN,
    ITEM_OTHER,
    JOIN,
    PLACE_UNKNOWN,
    SKIP_CONTACT,
    SKIP_DESCRIPTION,
)
from gateway.places.service import Places

MESSAGES = Path(__file__).with_name("messages.yml")
DEFAULT_LANGUAGE = "zh-TW"
Option = tuple[str, str]
"""Title and payload of a button."""


@dataclass(frozen=True)
class Prompt:
    """A question with the buttons that answer it."""

    text: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Summary:
    """The read-back: as text, and as fields with labels and the buttons under it."""

    text: str
    payload: dict[str, Any]


def prompt(draft: Draft, language: str | None = None, item_names: Mapping[str, str] | None = None) -> Prompt:
    """The question for `next_field(draft)`. `item_names` names the candidates by their codes."""
    say = _Voice(language or draft.language, draft.kind)
    field = next_field(draft)
    if field == "item":
        return _item(draft, say, item_names or {})
    return _QUESTIONS[field](draft, say)


def summary(draft: Draft, language: str | None = None, item_name: str | None = None) -> Summary:
    """Everything the draft holds, read back for confirmation."""
    say = _Voice(language or draft.language, draft.kind)
    rows = [
        ("kind", say(f"kind_{draft.kind}")),
        ("item", item_name or draft.item_code or ""),
        *([("district", say.district(draft.district))] if draft.district else []),
        *([("place", _place_value(draft, say))] if has_address(draft) or not draft.district else []),
        ("description", draft.description or ""),
        ("contact", _contact_value(draft, say)),
        *([("files", say("separator").join(name for _, name in draft.files))] if draft.files else []),
    ]
    fields = [{"field": name, "label": say(f"label_{name}"), "value": value} for name, value in rows]
    lines = [f"{row['label']}{say('colon')}{row['value']}" for row in fields]
    review = [say("summary_review")] if draft.review else []
    text = "\n".join([say.of_kind("summary_title"), *lines, *review, say("summary_close")])
    options = [{"title": title, "payload": payload} for title, payload in _confirm_options(say)]
    return Summary(text, {"kind": draft.kind, "fields": fields, "options": options, "review": draft.review})


class _Voice:
    """The catalogue in one language, for one kind of report."""

    def __init__(self, language: str, kind: str) -> None:
        self._language = language
        self._kind = kind

    def __call__(self, key: str, **values: object) -> str:
        sentences = _messages()[key]
        return sentences.get(self._language, sentences[DEFAULT_LANGUAGE]).format(**values)

    def of_kind(self, key: str, **values: object) -> str:
        """The sentence for this kind of report where there is one."""
        special = f"{key}_{self._kind}"
        return self(special if special in _messages() else key, **values)

    def district(self, name: str) -> str:
        """The district's name in this language."""
        found = Places.load().by_name(name) if self._language == "en" else None
        return found.en if found else name


def _item(draft: Draft, say: _Voice, names: Mapping[str, str]) -> Prompt:
    if not draft.item_candidates:
        return Prompt(say.of_kind("item_open"))
    offered = [(names.get(code, code), f"item:{code}") for code in draft.item_candidates]
    key = "item_choose_again" if draft.misses else "item_choose"
    return Prompt(say(key), (*offered, (say("item_none"), ITEM_OTHER)))


def _place(draft: Draft, say: _Voice) -> Prompt:
    optional = () if draft.rules.place_required else ((say("place_none"), PLACE_UNKNOWN),)
    if draft.misses:
        return Prompt(say("place_again"), optional)
    if draft.district and not draft.editing:
        return Prompt(say("place_in_district", district=say.district(draft.district)), optional)
    return Prompt(say.of_kind("place"), optional)


def _district(draft: Draft, say: _Voice) -> Prompt:
    text = say("district_again") if draft.misses else say("district", address=draft.address or "")
    return Prompt(text, ((say("district_unknown"), DISTRICT_UNKNOWN),))


def _description(draft: Draft, say: _Voice) -> Prompt:
    if draft.editing:
        return Prompt(say("description_edit"))
    told = draft.first_text or draft.item_words
    options = ((say("description_enough"), SKIP_DESCRIPTION),) if told else ()
    return Prompt(say.of_kind("description"), options)


def _contact(draft: Draft, say: _Voice) -> Prompt:
    reachable = bool(draft.contact_phone or draft.contact_email)
    options = () if draft.rules.contact_required else ((say("contact_skip"), SKIP_CONTACT),)
    if draft.editing:
        return Prompt(say("contact_edit"), options)
    if reachable and draft.rules.contact_required:
        return Prompt(say("contact_name"), options)
    if draft.misses:
        return Prompt(say.of_kind("contact_again"), options)
    if draft.contact_name:
        return Prompt(say("contact_reach", name=draft.contact_name), options)
    return Prompt(say.of_kind("contact"), options)


def _duplicate(draft: Draft, say: _Voice) -> Prompt:
    offered = [(title, f"{JOIN}:{n}") for n, (_, title) in enumerate(draft.offered)]
    return Prompt(say("duplicate"), (*offered, (say("duplicate_none"), f"{JOIN}:{NONE}")))


def _review(_draft: Draft, say: _Voice) -> Prompt:
    return Prompt(say("review"), _edit_options(say))


def _confirm(_draft: Draft, say: _Voice) -> Prompt:
    return Prompt(say("confirm"), _confirm_options(say))


def _edit_options(say: _Voice) -> tuple[Option, ...]:
    return tuple((say(f"button_edit_{field}"), f"edit:{field}") for field in DATA_FIELDS)


def _confirm_options(say: _Voice) -> tuple[Option, ...]:
    confirm, cancel = (say("button_confirm"), CONFIRM_YES), (say("button_cancel"), CANCEL)
    return (confirm, *_edit_options(say), cancel)


def _place_value(draft: Draft, say: _Voice) -> str:
    if draft.address:
        return draft.address
    if draft.lat is not None and draft.lng is not None:
        return say("value_shared_place", lat=draft.lat, lng=draft.lng)
    return say("value_no_place")


def _contact_value(draft: Draft, say: _Voice) -> str:
    told = [v for v in (draft.contact_name, draft.contact_phone, draft.contact_email) if v]
    return say("separator").join(told) or say("value_no_contact")


_QUESTIONS = {
    "place": _place,
    "district": _district,
    DUPLICATE: _duplicate,
    "description": _description,
    "contact": _contact,
    REVIEW: _review,
    CONFIRM: _confirm,
}


@lru_cache(maxsize=1)
def _messages() -> dict[str, dict[str, str]]:
    catalogue: dict[str, dict[str, str]] = yaml.safe_load(MESSAGES.read_text(encoding="utf-8"))
    return catalogue
