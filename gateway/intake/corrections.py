"""Corrections: which field a citizen says is wrong, and what it should be. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.intake.draft import CONFIRM, DATA_FIELDS, REVIEW, Draft, has_contact, has_place
from gateway.intake.filling import (
    filled,
    matter,
    place_words,
    readable,
    set_contact,
    set_description,
    set_place,
)
from gateway.intake.lexicon import is_yes, lexicon
from gateway.intake.reading import Reading, read_contact

SHORT = 40
OPENING = 8


def correct(draft: Draft, text: str, reading: Reading | None = None) -> Draft:
    """Change exactly the field the text corrects; without a new value that field is asked again.

    `text` may be the name of a field. When it is not clear which field is meant, `review` is asked.
    """
    reading = reading or Reading()
    text = readable(text)
    if text in DATA_FIELDS:
        return edit(draft, text)
    if draft.asking in {REVIEW, CONFIRM} and is_yes(text):
        return filled(draft)
    field = _field(text, reading)
    if field is None:
        return replace(draft, editing=REVIEW)
    return _CORRECT[field](draft, text, reading)


def edit(draft: Draft, field: str) -> Draft:
    """Ask for this field again; what it holds stays until it is answered."""
    draft = replace(draft, editing=field, tries=0, tried="")
    if field == "item":
        return replace(draft, item_confirmed=False)
    return draft


def corrects_another_field(draft: Draft, text: str) -> bool:
    """Whether the text, instead of answering, corrects a field that was answered before."""
    if draft.asking != "place" and _names_another_district(draft, text):
        return True
    # A description may speak of a place or a phone: there a correction has to begin with the field's name.
    field = _named(text[:OPENING] if draft.asking == "description" else text)
    if field is None or field == draft.asking or len(text) > SHORT:
        return False
    told = {
        "item": draft.item_confirmed,
        "place": has_place(draft),
        "description": bool(draft.description),
        "contact": has_contact(draft) and not draft.contact_skipped,
    }
    return told[field] and lexicon().pattern("correction", "marker").search(text) is not None


def _names_another_district(draft: Draft, text: str) -> bool:
    """Whether the text says no more than that it is not the draft's district but another."""
    if draft.district is None:
        return False
    pattern = lexicon().words["correction"]["district"]
    return (
        re.fullmatch(pattern.format(district=re.escape(draft.district.removesuffix("區"))), text) is not None
    )


def _field(text: str, reading: Reading) -> str | None:
    named = _named(text)
    if named:
        return named
    if reading.phone or reading.email or reading.name:
        return "contact"
    return "place" if reading.place or reading.district else None


def _named(text: str) -> str | None:
    """The field whose name comes first in the text."""
    found = {
        field: match.start()
        for field in lexicon().words["correction"]["fields"]
        if (match := lexicon().pattern("correction", "fields", field).search(text))
    }
    return min(found, key=lambda field: found[field]) if found else None


def _value(text: str) -> str | None:
    """What comes after the last 'should be'."""
    matches = list(lexicon().pattern("correction", "value").finditer(text))
    if not matches:
        return None
    value = lexicon().pattern("correction", "closing").sub("", text[matches[-1].end() :])
    return value.strip(" ,，。") or None


def _place(draft: Draft, text: str, reading: Reading) -> Draft:
    if reading.elsewhere and draft.rules.place_required:
        return edit(draft, "place")
    value = _value(text)
    place = reading.place if reading.place and (value is None or reading.place in value) else None
    words = place or (place_words(value, reading) if value and matter(value) else None)
    if words is None and reading.district is None:
        return edit(draft, "place")
    if words is None and reading.district is not None:
        return filled(
            replace(
                draft, district=reading.district.zh, district_skipped=False, lat=None, lng=None, village=None
            )
        )
    return filled(set_place(draft, replace(reading, place=words)))


def _contact(draft: Draft, text: str, reading: Reading) -> Draft:
    value = _value(text)
    told = set_contact(draft, read_contact(value), value) if value else draft
    if told == draft:
        told = set_contact(draft, reading)
    if told == draft:
        return edit(draft, "contact")
    return filled(replace(told, contact_skipped=False))


def _description(draft: Draft, text: str, _reading: Reading) -> Draft:
    value = _value(text)
    return filled(set_description(draft, value)) if value else edit(draft, "description")


def _item(draft: Draft, text: str, _reading: Reading) -> Draft:
    value = _value(text)
    draft = edit(draft, "item")
    return replace(draft, item_words=value, item_candidates=()) if value else draft


_CORRECT = {"place": _place, "contact": _contact, "description": _description, "item": _item}
