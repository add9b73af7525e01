"""Putting what was said into one field of a draft. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.intake.draft import (
    ADDRESS_MAX,
    DESCRIPTION_MAX,
    EMAIL_MAX,
    NAME_MAX,
    PHONE_MAX,
    Draft,
    has_address,
    has_contact,
)
from gateway.intake.lexicon import lexicon
from gateway.intake.reading import Reading, clean, name_alone

MAX_MISSES = 2
MIN_MATTER = 6
MIN_BEYOND_PLACE = 2
MIN_ADDRESS = 2


def missed(draft: Draft) -> Draft:
    """One more answer that did not fit the field being asked."""
    return replace(draft, tries=draft.misses + 1, tried=draft.asking)


def filled(draft: Draft) -> Draft:
    """The field being asked has been answered; a correction is over."""
    return replace(draft, tries=0, tried="", editing="")


def matter(text: str) -> str:
    """The text without greetings, thanks and phrases such as 'I want to report'."""
    return lexicon().frames.sub("", text)


def describes(text: str, reading: Reading) -> bool:
    """Whether the text tells what is wrong, and not only that or where something is."""
    rest = text
    known = [reading.place, reading.email, reading.name, reading.case_number]
    if reading.district:
        known += [reading.district.zh, reading.district.short, reading.district.en]
    for words in filter(None, known):
        rest = rest.replace(words, " ")
    rest = re.sub(r"[\d\s#-]{6,}", " ", rest)
    rest = lexicon().pattern("place", "lead").sub("", rest.strip())
    return len(matter(text)) >= MIN_MATTER and len(matter(rest)) >= MIN_BEYOND_PLACE


def set_place(draft: Draft, reading: Reading, text: str | None = None) -> Draft:
    """The place of the reading, or the text itself; coordinates of an earlier place are dropped."""
    district = reading.district or reading.implied_district
    address = reading.place or text
    return replace(
        draft,
        district=district.zh if district else draft.district,
        address=address[:ADDRESS_MAX] if address else draft.address,
        lat=None,
        lng=None,
        village=None,
        place_known=True,
    )


def place_words(text: str, reading: Reading) -> str | None:
    """An answer to 'where?' that no pattern knew: the text without lead-in and district; None when empty."""
    rest = lexicon().pattern("place", "lead").sub("", text)
    if reading.district:
        for name in (reading.district.zh, reading.district.short, reading.district.en):
            rest = re.sub(rf"^{re.escape(name)}", "", rest.strip(), flags=re.IGNORECASE)
    rest = rest.strip(" ,，。.、!！?？")
    return rest if len(matter(rest)) >= MIN_ADDRESS else None


def is_vague(words: str) -> bool:
    """Whether the words say where somebody is without saying where that is."""
    return lexicon().pattern("place", "vague").fullmatch(words.strip()) is not None


def set_description(draft: Draft, text: str) -> Draft:
    """The description."""
    return replace(draft, description=text[:DESCRIPTION_MAX])


def set_contact(draft: Draft, reading: Reading, text: str = "") -> Draft:
    """Name, phone and e-mail that were told; what was not told stays."""
    name = reading.name or (name_alone(text) if text else None)
    return replace(
        draft,
        contact_name=name[:NAME_MAX] if name else draft.contact_name,
        contact_phone=reading.phone[:PHONE_MAX] if reading.phone else draft.contact_phone,
        contact_email=reading.email[:EMAIL_MAX] if reading.email else draft.contact_email,
    )


def volunteered(draft: Draft, reading: Reading) -> Draft:
    """What the message tells besides what was asked: only fields that are still empty."""
    if not has_address(draft) and draft.place_known and reading.place:
        draft = replace(draft, address=reading.place[:ADDRESS_MAX])
    district = reading.district or reading.implied_district
    if not draft.district and district and draft.lat is None:
        draft = replace(draft, district=district.zh)
    told = set_contact(draft, reading)
    return replace(
        draft,
        contact_name=draft.contact_name or told.contact_name,
        contact_phone=draft.contact_phone or told.contact_phone,
        contact_email=draft.contact_email or told.contact_email,
    )


def fallback_item(draft: Draft) -> Draft:
    """No item fits: the general one, and staff look at it."""
    return replace(filled(draft), item_code=draft.rules.fallback_item, item_confirmed=True, review=True)


def confirm_item(draft: Draft, code: str) -> Draft:
    """The citizen chose this item."""
    return replace(filled(draft), item_code=code, item_confirmed=True)


def skip_contact(draft: Draft) -> Draft:
    """The citizen leaves no contact, or none that was understood."""
    return replace(filled(draft), contact_skipped=not has_contact(draft) or draft.contact_skipped)


def readable(text: str) -> str:
    """The citizen's words, free of characters that cannot be stored or shown."""
    return clean(text)[:DESCRIPTION_MAX]
