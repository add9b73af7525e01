"""A form that a citizen has filled in: checked field by field, and made a new case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.cases.answers import Problem, checked_answers
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.rules import Kind
from gateway.cases.views import NewCase
from gateway.errors import InvalidFields
from gateway.places.rules import District, OutsideCity
from gateway.places.service import Places

DESCRIPTION_MAX = 4000
SHORT_MAX = 200
NAME_MAX = 40
NOWHERE = "無法分區"
"""What somebody chooses who cannot tell the district."""
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
                    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+")  # fmt: skip
_PHONE = re.compile(r"\+?[\d\s()-]{6,24}(?:\s*(?:#|轉|分機|ext\.?)\s*\d{1,6})?", re.IGNORECASE)
_DIGITS = range(7, 21)
_SEEN = "LNPS"
_UNREADABLE = {"Cc", "Cs", "Co", "Cn"}
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")

WORDS: dict[str, Problem] = {
    "item": ("請選擇要反映的項目。", "Please choose what it is about."),
    "description": ("請說明發生了什麼事。", "Please tell us what happened."),
    "long": ("內容太長了，請精簡。", "This is too long. Please shorten it."),
    "district": (
        "請選擇高雄市的行政區；不確定時請選「無法分區」。",
        "Please choose a district of Kaohsiung, or “Not sure”.",
    ),
    "address": (
        "請填寫地址、路口或明顯地標，或使用您的位置。",
        "Please give an address, a crossing or a landmark, or use your location.",
    ),
    "position": (OutsideCity.zh, OutsideCity.en),
    "elsewhere": (
        "這個地址不在高雄市範圍內，請洽當地縣市政府；如果在高雄市，請修正地址。",
        "This address is outside Kaohsiung City; please turn to the local government there, or correct it.",
    ),
    "name": ("請填寫姓名。", "Please give your name."),
    "reach": ("請填寫電話或電子郵件，才能回覆您。", "Please give a phone number or an e-mail for the reply."),
    "phone": (
        "電話格式不正確，例如 0912345678 或 07-3368333。",
        "That is no phone number, such as 0912345678 or 07-3368333.",
    ),
    "email": ("電子郵件格式不正確。", "That is no e-mail address."),
    "sender_address": ("請填寫您的聯絡地址。", "Please give your postal address."),
}
"""What is said at a field: (zh-TW, en)."""


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in; nothing is checked yet. `district` None: the citizen cannot say."""

    item_code: str
    description: str
    district: str | None = None
    address: str | None = None
    lat: float | None = None
    lng: float | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str = "zh-TW"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    draft_key: str | None = None


@dataclass(frozen=True)
class Reporter:
    """How somebody can be reached; what is given is of the right form."""

    name: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True)
class Checked:
    """A form without mistakes."""

    item: ServiceItem
    filled: Filled
    village: str | None
    district_sure: bool

    def new_case(
        self,
        *,
        origin_key: str,
        channel: str,
        received_at: datetime,
        review: bool,
        recorded_by: str | None = None,
    ) -> NewCase:
        """The case it asks for; `review` asks staff to look at the item before the work begins.

        `recorded_by` is who or what sent it in the citizen's place.
        """
        filled = self.filled
        unsure = "location" in self.item.required_fields and not self.district_sure
        return NewCase(
            kind=self.item.kind,
            item_code=self.item.code,
            description=filled.description,
            origin_key=origin_key,
            received_at=received_at,
            channel=channel,
            language=filled.language,
            district=filled.district,
            village=self.village,
            address=filled.address,
            lat=filled.lat,
            lng=filled.lng,
            contact_name=filled.name,
            contact_phone=filled.phone,
            contact_email=filled.email,
            needs_review=review or unsure,
            attributes=filled.attributes,
            draft_key=filled.draft_key,
            recorded_by=recorded_by,
        )


def checked(filled: Filled, catalogue: Catalogue, places: Places, *, can_ask: bool = True) -> Checked:
    """Check a filled form. Raises InvalidFields with everything that is wrong, each at its field.

    `can_ask`: somebody is there who can be asked for a name and a number where the item needs them.
    """
    problems: dict[str, Problem] = {}
    filled = replace(filled, description=tidy(filled.description), address=tidy(filled.address or "") or None)
    item = catalogue.items.get(filled.item_code)
    if item is None or item.kind is Kind.INQUIRY:
        problems["item_code"] = WORDS["item"]
    if not filled.description:
        problems["description"] = WORDS["description"]
    elif len(filled.description) > DESCRIPTION_MAX:
        problems["description"] = WORDS["long"]
    filled, village, sure = _placed(filled, item, places, problems)
    reporter = _reporter(filled, item is not None and item.contact_required and can_ask, problems)
    filled = replace(filled, name=reporter.name, phone=reporter.phone, email=reporter.email)
    if item is not None:
        given = {
            code: tidy(told) if isinstance(told, str) else told for code, told in filled.attributes.items()
        }
        answers, wrong = checked_answers(item, given)
        problems |= {f"attributes.{code}": problem for code, problem in wrong.items()}
        filled = replace(filled, attributes=answers)
    if problems or item is None:
        raise InvalidFields(problems)
    return Checked(item, filled, village, sure)


def checked_reporter(name: str | None, phone: str | None, email: str | None) -> Reporter:
    """Check how somebody can be reached who joins a case. Raises InvalidFields."""
    problems: dict[str, Problem] = {}
    reporter = _reporter(Filled("", "", name=name, phone=phone, email=email), False, problems)
    if problems:
        raise InvalidFields(problems)
    return reporter


def district_in(address: str | None, places: Places) -> District | None:
    """The district that an address states, or that of the district office it names."""
    return places.find_district(address or "") or places.office_district(address or "")


def tidy(text: str) -> str:
    """The text as it is kept: one kind of line end, nothing that cannot be read or turns the line.

    What has nothing to be seen is empty.
    """
    text = _BIDI.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _UNREADABLE).strip()
    return kept if any(unicodedata.category(char)[0] in _SEEN for char in kept) else ""


def one_line(text: str | None) -> str | None:
    """A short answer on one line; None when there is nothing."""
    return " ".join(tidy(text or "").split()) or None


def _placed(
    filled: Filled, item: ServiceItem | None, places: Places, problems: dict[str, Problem]
) -> tuple[Filled, str | None, bool]:
    """The place with its district, the village at its point, and whether the district is certain."""
    if len(filled.address or "") > SHORT_MAX:
        problems["address"] = WORDS["long"]
    if filled.lat is not None and filled.lng is not None:
        located = places.locate(filled.lat, filled.lng)
        if located is not None:
            return replace(filled, district=located.district.zh), located.village, True
        problems["position"] = WORDS["position"]
        return filled, None, False
    given = None if filled.district == NOWHERE else filled.district
    named = places.by_name(given) if given else None
    if given and named is None:
        problems["district"] = WORDS["district"]
    out_there = item is not None and "location" in item.required_fields
    if out_there and not filled.address:
        problems["address"] = WORDS["address"]
    elif out_there and places.is_elsewhere(filled.address or ""):
        problems["address"] = WORDS["elsewhere"]
    district = named or district_in(filled.address, places)
    return replace(filled, district=district.zh if district else None), None, district is not None


def _reporter(filled: Filled, needed: bool, problems: dict[str, Problem]) -> Reporter:
    name, phone, email = one_line(filled.name), one_line(filled.phone), one_line(filled.email)
    if phone is not None:
        phone = unicodedata.normalize("NFKC", phone)
        if not _PHONE.fullmatch(phone) or sum(map(str.isdigit, phone)) not in _DIGITS:
            problems["phone"] = WORDS["phone"]
    if email is not None and (len(email) > SHORT_MAX or not _EMAIL.fullmatch(email)):
        problems["email"] = WORDS["email"]
    if len(name or "") > NAME_MAX:
        problems["name"] = WORDS["long"]
    if needed:
        if name is None:
            problems["name"] = WORDS["name"]
        if phone is None and email is None:
            problems["phone"] = WORDS["reach"]
    return Reporter(name, phone, email)
