"""What others have reported already: offered once for each item and place, joined or left. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.intake.draft import Draft, UnknownOption, has_address
from gateway.intake.filling import filled

NONE = "none"


def place_in_question(draft: Draft) -> str:
    """Item and place to look for; empty while they are not known, or were looked for before."""
    if not draft.item_confirmed or not has_address(draft) or draft.editing:
        return ""
    key = "|".join(
        str(part) for part in (draft.item_code, draft.lat, draft.lng, draft.district, draft.address)
    )
    return "" if key == draft.looked_for else key


def offer(draft: Draft, key: str, found: Sequence[tuple[str, str]]) -> Draft:
    """Offer cases by (token, title) under the item and place they were looked for with."""
    return replace(draft, looked_for=key, offered=tuple(found))


def join(draft: Draft, index: int) -> Draft:
    """The citizen's matter is the one at `index`. Raises UnknownOption."""
    if not 0 <= index < len(draft.offered):
        raise UnknownOption("join")
    return replace(filled(draft), joins=draft.offered[index][0], offered=())


def file_anyway(draft: Draft) -> Draft:
    """None of them is the citizen's matter."""
    return replace(filled(draft), offered=())


def chosen(draft: Draft, value: str) -> Draft:
    """What a button says. Raises UnknownOption when nothing is offered any more."""
    if not draft.offered:
        raise UnknownOption("join")
    if value == NONE:
        return file_anyway(draft)
    places = [str(n) for n in range(len(draft.offered))]
    return join(draft, places.index(value) if value in places else -1)
