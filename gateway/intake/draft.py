"""The draft of a report, and what each kind of report needs. Pure; the draft travels as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from gateway.errors import InvalidInput

DESCRIPTION_MAX = 2000
ADDRESS_MAX = 200
NAME_MAX = 40
PHONE_MAX = 30
EMAIL_MAX = 254
DATA_FIELDS = ("item", "place", "description", "contact")
"""What can be corrected, in the order it is asked."""
REVIEW = "review"
"""Asked when something is wrong and it is not known what."""
DUPLICATE = "duplicate"
"""Asked while cases are offered that others have filed of the same matter."""
CONFIRM = "confirm"
"""The read-back: nothing is missing."""


class UnknownOption(InvalidInput):
    """The option does not belong to this form as it stands."""

    code = "unknown_option"
    zh = "這個選項已失效，請依最新的訊息選擇。"
    en = "This option is no longer valid. Please choose from the latest message."


class UnknownForm(InvalidInput):
    """There is no report of this kind."""

    code = "unknown_form"
    zh = "沒有這種類型的案件。"
    en = "There is no report of this kind."


@dataclass(frozen=True)
class FormRules:
    """What one kind of report needs before it can be filed."""

    place_required: bool
    district_required: bool
    contact_required: bool
    fallback_item: str
    """Service item for a matter that fits no other; staff review it."""


FORMS: Mapping[str, FormRules] = {
    "dispatch": FormRules(True, True, False, "dispatch_other"),
    "petition": FormRules(False, False, True, "petition_general"),
    "public_works_report": FormRules(True, True, False, "works_other"),
}


@dataclass(frozen=True)
class Draft:
    """What has been said about one report. Functions of this room return changed copies."""

    kind: str
    language: str = "zh-TW"
    asking: str = ""
    """The field last asked for; empty before the first message."""
    item_code: str | None = None
    item_confirmed: bool = False
    item_candidates: tuple[str, ...] = ()
    item_words: str = ""
    """What the citizen said when asked which item it is."""
    district: str | None = None
    """Full Chinese name, e.g. of Sanmin District."""
    district_skipped: bool = False
    village: str | None = None
    address: str | None = None
    lat: float | None = None
    lng: float | None = None
    place_known: bool = True
    """False once the citizen has said that the matter has no particular place."""
    description: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    contact_skipped: bool = False
    first_text: str = ""
    """The first message, when it tells anything of the matter."""
    review: bool = False
    """Staff should look at item or place before the case goes out."""
    editing: str = ""
    """The field under correction; `review` when it is not known which."""
    tries: int = 0
    """Answers in a row that did not fit the field in `tried`."""
    tried: str = ""
    looked_for: str = ""
    """Item and place for which other cases were looked up last."""
    offered: tuple[tuple[str, str], ...] = ()
    """Such cases, by the token that joins one and what it is called."""
    joins: str = ""
    """The token of the case that the citizen joins instead of filing."""
    files: tuple[tuple[str, str], ...] = ()
    """What was sent to go with it, by id and name."""

    @property
    def rules(self) -> FormRules:
        """What this kind of report needs."""
        return FORMS[self.kind]

    @property
    def item_text(self) -> str:
        """The words from which to guess the service item; empty when nothing was told yet."""
        return self.item_words or self.description or self.first_text

    @property
    def misses(self) -> int:
        """How many answers in a row did not fit what is being asked."""
        return self.tries if self.tried == self.asking else 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        lists = {
            "item_candidates": list(self.item_candidates),
            "offered": [list(one) for one in self.offered],
            "files": [list(one) for one in self.files],
        }
        return {**asdict(self), **lists}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Draft:
        """Back from JSON; missing, unknown and null keys are as at the start. Raises UnknownForm."""
        names = {f.name for f in fields(cls)}
        known = {k: v for k, v in raw.items() if k in names and v is not None}
        if known.get("kind") not in FORMS:
            raise UnknownForm(str(known.get("kind")))
        known["item_candidates"] = tuple(known.get("item_candidates", ()))
        known["offered"] = tuple((token, title) for token, title in known.get("offered", ()))
        known["files"] = tuple((public_id, name) for public_id, name in known.get("files", ()))
        return cls(**known)


def new_draft(kind: str, language: str = "zh-TW", files: tuple[tuple[str, str], ...] = ()) -> Draft:
    """An empty draft, but for the files that were sent before. Raises UnknownForm."""
    if kind not in FORMS:
        raise UnknownForm(kind)
    return Draft(kind=kind, language=language, files=files)


def next_field(draft: Draft) -> str:
    """The field to ask for now; `confirm` when the draft is ready to be read back."""
    if draft.editing:
        return draft.editing
    missing = {
        "item": not draft.item_confirmed,
        "place": not has_place(draft),
        "district": draft.rules.district_required and not (draft.district or draft.district_skipped),
        DUPLICATE: bool(draft.offered),
        "description": not draft.description,
        "contact": not has_contact(draft),
    }
    return next((name for name, absent in missing.items() if absent), CONFIRM)


def has_address(draft: Draft) -> bool:
    """Whether more is known of the place than its district."""
    return bool(draft.address) or draft.lat is not None


def has_place(draft: Draft) -> bool:
    """Whether the place is known as well as this kind of report needs."""
    if has_address(draft):
        return True
    return not draft.rules.place_required and (bool(draft.district) or not draft.place_known)


def has_contact(draft: Draft) -> bool:
    """Whether the citizen can be reached, or need not be."""
    reachable = bool(draft.contact_phone or draft.contact_email)
    if draft.rules.contact_required:
        return reachable and bool(draft.contact_name)
    return reachable or draft.contact_skipped
