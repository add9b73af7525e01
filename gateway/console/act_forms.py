"""The forms of acts, made from the lifecycle's table: which fields an act needs, and what it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from gateway.cases.case_file import CaseFile, PartFile
from gateway.cases.numbering import canonical_number
from gateway.cases.offers import Offer
from gateway.cases.rules import (
    CALL_BACK_TEXT,
    LEGAL_REASON_TEXT,
    Act,
    CallBack,
    LegalReason,
    Need,
    Role,
    Stage,
)
from gateway.cases.views import Deed
from gateway.console.case_words import CaseWords
from gateway.errors import InvalidInput
from gateway.identity.views import Staff

KEYS: Final[Mapping[Act, str]] = {
    Act.ACCEPT: "a",
    Act.INSPECT: "v",
    Act.HANDLE: "h",
    Act.RELEASE: "r",
    Act.SEND_BACK: "b",
    Act.COMMENT: "n",
    Act.REQUEST_INFO: "q",
    Act.ASSIGN: "s",
    Act.REASSIGN: "m",
    Act.EXTEND: "e",
    Act.ASK_EXTENSION: "e",
    Act.RETURN: "t",
}
"""Letters of the commonest acts."""
FORWARD: Final = frozenset({Act.ASSIGN, Act.ACCEPT, Act.HANDLE, Act.RELEASE, Act.SUPPLY_INFO, Act.EXTEND})
"""Acts that bring a case on: their buttons stand out."""
LOCAL: Final = "%Y-%m-%dT%H:%M"
"""As browsers write the value of `datetime-local`."""
_NOTE_MAX: Final = 4000
_RESULT_ROWS: Final = 7
_IMAGES: Final = "image/"


@dataclass(frozen=True)
class ActField:
    """One field of an act's form. `kind` is `textarea`, `select`, `datetime`, `text` or `checks`."""

    name: str
    label: str
    kind: str
    required: bool = False
    value: str = ""
    hint: str = ""
    options: Sequence[tuple[str, str]] = ()
    rows: int = 3


@dataclass(frozen=True)
class ActForm:
    """A button and its dialog."""

    offer: Offer
    label: str
    letter: str
    forward: bool
    fields: Sequence[ActField]

    @property
    def key(self) -> str:
        """Names button and dialog on the page."""
        return self.offer.key


@dataclass(frozen=True)
class Given:
    """What was typed into an act's form."""

    texts: Mapping[str, str] = field(default_factory=dict)
    photos: Sequence[str] = ()

    def text(self, name: str) -> str | None:
        """A field's words, None when it is blank or was not there."""
        return self.texts.get(name, "").strip() or None


def act_form(offer: Offer, file: CaseFile, words: CaseWords, zone: ZoneInfo, letter: str) -> ActForm:
    """The form of one offered act on this case."""
    made = [_FIELDS[need](offer, file, words, zone) for need in _ORDER if need in offer.step.needs]
    if Need.NOTE not in offer.step.needs and Need.RESULT not in offer.step.needs:
        made.append(_note(offer, file, words, zone))
    if offer.act is Act.RELEASE:
        made.append(_message(file, words))
    if offer.act is Act.HANDLE:
        made.append(_photos(file, words))
    fields = [one for one in made if one is not None]
    return ActForm(offer, words.text(f"acts.label.{offer.act}"), letter, offer.act in FORWARD, fields)


def deed_of(offer: Offer, staff: Staff, version: int | None, given: Given, zone: ZoneInfo) -> Deed:
    """The act as it was filled in. Raises InvalidInput for a time that is none."""
    other = given.text("other_case")
    legal, call_back = given.text("legal_reason"), given.text("call_back")
    return Deed(
        act=offer.act,
        actor=staff.username,
        role=offer.role,
        expected_version=version,
        note=given.text("note"),
        units=staff.units if offer.role is Role.HANDLER else None,
        assignment_id=offer.part.id if offer.part else None,
        unit=given.text("unit"),
        arrived_at=_instant(given.text("arrived_at"), zone),
        new_due_at=_instant(given.text("new_due_at"), zone),
        legal_reason=LegalReason(legal) if legal in set(LegalReason) else None,
        call_back=CallBack(call_back) if call_back in set(CallBack) else None,
        message=given.text("message"),
        other_case=canonical_number(other) if other else None,
        item_code=given.text("item_code"),
        photos=tuple(given.photos),
    )


def _instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        raise InvalidInput(text[:40]) from None


def _part(offer: Offer, file: CaseFile) -> PartFile | None:
    return next((one for one in file.parts if offer.part and one.part.id == offer.part.id), None)


def _note(offer: Offer, file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField:
    part = _part(offer, file)
    pending = part.pending if part and offer.act is Act.EXTEND else None
    step = offer.step
    hint = "acts.telling" if step.note_public else "acts.inside" if not step.public else ""
    owed = offer.act is Act.WITHDRAW and file.reopened
    hint = "acts.hint.message" if owed else hint
    return ActField(
        "note", words.text(f"acts.note_of.{offer.act}"), "textarea", required=owed or Need.NOTE in step.needs,
        value=pending.reason if pending else "", hint=words.text(hint) if hint else "",
    )  # fmt: skip


def _result(offer: Offer, file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField:
    item = words.item_of(file.case.item_code)
    template = item.reply_template if item else None
    text = ""
    if template is not None and offer.part is not None:
        english = file.case.language.startswith("en")
        unit = words.catalogue.unit_name(offer.part.unit, file.case.language)
        text = (template.en if english else template.zh).replace("{unit}", unit)
    return ActField(
        "note", words.text("acts.field.result"), "textarea", required=True, value=text,
        hint=words.text("acts.hint.result"), rows=_RESULT_ROWS,
    )  # fmt: skip


def _unit(_offer: Offer, file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField:
    taken = {one.part.unit for one in file.parts if one.part.active}
    options = [pair for pair in words.units() if pair[0] not in taken]
    return ActField("unit", words.text("acts.field.unit"), "select", required=True, options=_choose(options))


def _external(_offer: Offer, _file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField:
    options = _choose(words.units(external=True))
    return ActField("unit", words.text("acts.field.external_unit"), "select", required=True, options=options)


def _arrival(offer: Offer, file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField | None:
    part = _part(offer, file)
    waits = part is not None and any(
        clock.stage is Stage.INSPECTION and clock.due.met_at is None for clock in part.clocks
    )
    if offer.act is Act.HANDLE and not waits:
        return None
    return ActField("arrived_at", words.text("acts.field.arrival"), "datetime", required=True)


def _new_due(offer: Offer, file: CaseFile, words: CaseWords, zone: ZoneInfo) -> ActField:
    part = _part(offer, file)
    wanted = part.pending.new_due_at if part and part.pending and offer.act is Act.EXTEND else None
    value = f"{wanted.astimezone(zone):{LOCAL}}" if wanted else ""
    return ActField("new_due_at", words.text("acts.field.new_due"), "datetime", required=True, value=value)


def _legal(_offer: Offer, _file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField:
    options = [(reason.value, text[words.english]) for reason, text in LEGAL_REASON_TEXT.items()]
    label = words.text("acts.field.legal_reason")
    return ActField("legal_reason", label, "select", required=True, options=_choose(options))


def _call_back(_offer: Offer, _file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField:
    options = [(how.value, text[words.english]) for how, text in CALL_BACK_TEXT.items()]
    label = words.text("acts.field.call_back")
    return ActField("call_back", label, "select", required=True, options=_choose(options))


def _other_case(_offer: Offer, _file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField:
    return ActField("other_case", words.text("acts.field.other_case"), "text", required=True)


def _item(offer: Offer, file: CaseFile, words: CaseWords, _zone: ZoneInfo) -> ActField:
    converts = offer.act is Act.CONVERT
    options = [
        (code, name)
        for code, name in words.items()
        if (words.catalogue.items[code].kind != file.case.kind) == converts and code != file.case.item_code
    ]
    label = words.text("acts.field.item")
    return ActField("item_code", label, "select", required=True, options=_choose(options))


def _message(file: CaseFile, words: CaseWords) -> ActField:
    must = file.reopened
    hint = words.text("acts.hint.message" if must else "acts.telling")
    return ActField("message", words.text("acts.field.message"), "textarea", required=must, hint=hint)


def _photos(file: CaseFile, words: CaseWords) -> ActField | None:
    item = words.item_of(file.case.item_code)
    must = item is not None and item.photo_required
    options = [
        (one.public_id, one.name)
        for one in file.attachments
        if one.purpose == "result" and one.media_type.startswith(_IMAGES)
    ]
    if not options and not must:
        return None
    hint = words.text("acts.hint.photos_must") if must else ""
    if not options:
        hint = f"{hint} {words.text('acts.hint.photos_none')}"
    return ActField("photos", words.text("acts.field.photos"), "checks", options=options, hint=hint)


def _choose(options: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", "—"), *options]


_FIELDS: Final = {
    Need.UNIT: _unit,
    Need.EXTERNAL_UNIT: _external,
    Need.ITEM: _item,
    Need.OTHER_CASE: _other_case,
    Need.LEGAL_REASON: _legal,
    Need.CALL_BACK: _call_back,
    Need.ARRIVAL: _arrival,
    Need.NEW_DUE: _new_due,
    Need.RESULT: _result,
    Need.NOTE: _note,
}
_ORDER: Final = tuple(_FIELDS)
