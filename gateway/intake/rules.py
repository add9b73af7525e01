"""The draft of a report, message by message: what was said, what is missing. Pure.

`asking` is set by the caller to what `next_field` said when it asked; an empty `asking` marks the
first message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.intake.corrections import correct, corrects_another_field
from gateway.intake.draft import (
    ADDRESS_MAX,
    CONFIRM,
    DUPLICATE,
    REVIEW,
    Draft,
    FormRules,
    UnknownForm,
    UnknownOption,
    has_contact,
    has_place,
    new_draft,
    next_field,
)
from gateway.intake.filling import (
    MAX_MISSES,
    confirm_item,
    describes,
    fallback_item,
    filled,
    is_vague,
    matter,
    missed,
    place_words,
    readable,
    set_contact,
    set_description,
    set_place,
    skip_contact,
    volunteered,
)
from gateway.intake.joining import file_anyway, join, offer, place_in_question
from gateway.intake.lexicon import is_cancel, is_no, is_yes, lexicon
from gateway.intake.options import choose
from gateway.intake.prompts import Prompt, Summary, prompt, summary
from gateway.intake.reading import Reading

__all__ = [
    "Draft",
    "FormRules",
    "Prompt",
    "Summary",
    "UnknownForm",
    "UnknownOption",
    "absorb",
    "at_coordinates",
    "choose",
    "correct",
    "has_contact",
    "has_place",
    "is_cancel",
    "is_no",
    "is_yes",
    "new_draft",
    "next_field",
    "offer",
    "place_in_question",
    "prompt",
    "propose_items",
    "summary",
]


def absorb(draft: Draft, reading: Reading, text: str) -> Draft:
    """Take what the text says of the field being asked, and anything else it tells.

    A field that is filled stays filled; it changes only when it is asked for again or corrected.
    """
    text = readable(text)
    if not text:
        return draft
    if not draft.asking:
        return _first(draft, reading, text)
    if draft.asking in {REVIEW, CONFIRM} or corrects_another_field(draft, text):
        return correct(draft, text, reading)
    if draft.editing and is_no(text):
        return filled(replace(draft, item_confirmed=draft.item_confirmed or draft.item_code is not None))
    before = draft
    if draft.editing != "place":
        draft = volunteered(draft, reading)
    return _ANSWERS[draft.asking](draft, before, reading, text)


def propose_items(draft: Draft, codes: tuple[str, ...]) -> Draft:
    """The items to choose from; none, after the matter has been told, means the general item."""
    if codes or not draft.item_text:
        return replace(draft, item_candidates=codes)
    return fallback_item(draft)


def at_coordinates(
    draft: Draft, lat: float, lng: float, district: str, village: str | None, label: str | None = None
) -> Draft:
    """The place as a point; `label` becomes the address, without one an address already told stays."""
    named = readable(label or "")[:ADDRESS_MAX] or None
    if draft.editing == "place":
        draft = replace(draft, address=None)
    if "place" in {draft.editing, draft.asking}:
        draft = filled(draft)
    return replace(
        draft,
        lat=lat,
        lng=lng,
        district=district,
        village=village,
        address=named or draft.address,
        place_known=True,
        district_skipped=False,
    )


def _first(draft: Draft, reading: Reading, text: str) -> Draft:
    draft = volunteered(draft, reading)
    if describes(text, reading):
        draft = set_description(draft, text)
    return replace(draft, first_text=text if matter(text) else "")


def _item(draft: Draft, before: Draft, reading: Reading, text: str) -> Draft:
    candidates = draft.item_candidates
    index = lexicon().ordinal(text)
    if candidates and index is not None and index < len(candidates):
        return confirm_item(draft, candidates[index])
    if candidates and is_yes(text):
        return confirm_item(draft, candidates[0])
    if candidates and lexicon().says("none_of_these", text):
        return fallback_item(draft)
    told_more = draft != before
    if candidates or not matter(text):
        draft = missed(draft)
        if draft.misses > MAX_MISSES:
            return fallback_item(draft)
    if not matter(text) or (told_more and not describes(text, reading)):
        return draft
    if not draft.description and describes(text, reading):
        draft = set_description(draft, text)
    return replace(draft, item_words=text, item_candidates=(), first_text=draft.first_text or text)


def _place(draft: Draft, _before: Draft, reading: Reading, text: str) -> Draft:
    if not draft.rules.place_required and lexicon().says("unknown_place", text):
        return replace(filled(draft), place_known=False)
    if reading.place:
        return filled(set_place(draft, reading))
    words = None if reading.elsewhere and draft.rules.place_required else place_words(text, reading)
    if words is None or is_yes(text) or is_no(text) or lexicon().says("unknown_place", text):
        if reading.district:
            draft = replace(draft, district=reading.district.zh)
            return filled(draft) if has_place(draft) else draft
        return missed(draft)
    if is_vague(words):
        if draft.misses + 1 < MAX_MISSES:
            return missed(draft)
        draft = replace(draft, review=True)
    return filled(set_place(draft, reading, words))


def _district(draft: Draft, _before: Draft, reading: Reading, text: str) -> Draft:
    if reading.district:
        return replace(filled(draft), district=reading.district.zh)
    if draft.misses + 1 >= MAX_MISSES or lexicon().says("unknown_place", text):
        return replace(filled(draft), district_skipped=True, review=True)
    return missed(draft)


def _duplicate(draft: Draft, _before: Draft, _reading: Reading, text: str) -> Draft:
    index = lexicon().ordinal(text)
    if is_no(text) or lexicon().says("none_of_these", text):
        return file_anyway(draft)
    if index is not None and index < len(draft.offered):
        return join(draft, index)
    if is_yes(text) and len(draft.offered) == 1:
        return join(draft, 0)
    draft = missed(draft)
    return file_anyway(draft) if draft.misses >= MAX_MISSES else draft


def _description(draft: Draft, _before: Draft, _reading: Reading, text: str) -> Draft:
    told = draft.first_text or draft.item_words
    if draft.editing != "description" and told:
        if lexicon().says("nothing_more", text):
            return filled(set_description(draft, told))
        if told not in text:
            text = f"{told}；{text}"
    if lexicon().says("nothing_more", text) or not matter(text):
        return filled(draft) if draft.description else missed(draft)
    return filled(set_description(draft, text))


def _contact(draft: Draft, before: Draft, reading: Reading, text: str) -> Draft:
    skipped = lexicon().says("skip", text)
    told = draft if skipped else set_contact(draft, reading, text)
    if has_contact(told) and told != before:
        return replace(filled(told), contact_skipped=False)
    if not draft.rules.contact_required and (skipped or told.misses + 1 >= MAX_MISSES):
        return skip_contact(told)
    # A name alone is progress; the next question asks for the rest.
    return told if told != before else missed(told)


_ANSWERS: Mapping[str, Callable[[Draft, Draft, Reading, str], Draft]] = {
    "item": _item,
    "place": _place,
    "district": _district,
    DUPLICATE: _duplicate,
    "description": _description,
    "contact": _contact,
}
