"""What the buttons of a form do. Payloads are opaque to everyone else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.intake import joining
from gateway.intake.corrections import edit
from gateway.intake.draft import DATA_FIELDS, REVIEW, Draft, UnknownOption, next_field
from gateway.intake.filling import confirm_item, fallback_item, filled, set_description, skip_contact
from gateway.places.service import Places

ITEM_OTHER = "item:other"
SKIP_CONTACT = "skip:contact"
SKIP_DESCRIPTION = "skip:description"
PLACE_UNKNOWN = "place:unknown"
DISTRICT_UNKNOWN = "district:unknown"
CONFIRM_YES = "confirm:yes"
CONFIRM_EDIT = "confirm:edit"
CANCEL = "form:cancel"
JOIN = "join"


def choose(draft: Draft, payload: str) -> Draft:
    """The draft after a button. Confirming and cancelling change nothing here: the caller acts on them.

    Raises UnknownOption when the button does not belong to this draft.
    """
    act, _, value = payload.partition(":")
    if payload == CANCEL or (payload == CONFIRM_YES and next_field(draft) == "confirm"):
        return draft
    if payload == CONFIRM_EDIT:
        return replace(draft, editing=REVIEW)
    if act == "edit" and value in DATA_FIELDS:
        return edit(draft, value)
    if act in _CHOICES:
        return _CHOICES[act](draft, value)
    return _skip(draft, payload)


def _item(draft: Draft, code: str) -> Draft:
    if code == "other":
        return fallback_item(draft)
    if code not in draft.item_candidates:
        raise UnknownOption("item")
    return confirm_item(draft, code)


def _district(draft: Draft, name: str) -> Draft:
    if name == "unknown":
        return replace(filled(draft), district_skipped=True, review=True)
    district = Places.load().by_name(name)
    if district is None:
        raise UnknownOption("district")
    if draft.district == district.zh:
        return filled(draft)
    return replace(
        filled(draft), district=district.zh, district_skipped=False, lat=None, lng=None, village=None
    )


def _skip(draft: Draft, payload: str) -> Draft:
    told = draft.first_text or draft.item_words
    if payload == SKIP_CONTACT and not draft.rules.contact_required:
        return skip_contact(draft)
    if payload == PLACE_UNKNOWN and not draft.rules.place_required:
        return replace(filled(draft), place_known=False)
    if payload == SKIP_DESCRIPTION and (draft.description or told):
        return filled(draft if draft.description else set_description(draft, told))
    raise UnknownOption("option")


_CHOICES: Mapping[str, Callable[[Draft, str], Draft]] = {
    "item": _item,
    "district": _district,
    JOIN: joining.chosen,
}
