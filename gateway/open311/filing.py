"""A report that a program files by GeoReport v2: its form read, checked, and made a case once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.attachments.rules import TOGETHER_MAX_FILES, Purpose
from gateway.cases.attachments.service import AttachmentService, Prepared
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.filing import DESCRIPTION_MAX, Checked, Filled, checked
from gateway.cases.models import Case
from gateway.cases.service import CaseService
from gateway.cases.views import RegisteredCase
from gateway.open311.errors import BadQuery
from gateway.open311.requests import ORIGIN
from gateway.open311.rules import TOKEN
from gateway.open311.services import public_item
from gateway.places.service import Places

CHANNEL = "open311"
LATITUDE_MAX, LONGITUDE_MAX = 90, 180
_ATTRIBUTE = re.compile(r"attribute\[(?P<code>[^\[\]]{1,60})\](?:\[\d*\])?")
_CHINESE = re.compile("[\u3400-\u9fff]")
_LINK = re.compile(r"https?://[^\s<>\"]{4,500}")
LINK_LINE = "{description}\n{url}"
FIELDS: Mapping[str, str] = {
    "item_code": "service_code",
    "address": "address_string",
    "district": "address_string",
    "position": "lat, long",
    "name": "first_name",
}
"""What our fields are called in the standard; the others have the same name."""


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Submission:
    """The form of a report, nothing checked; `token` is the program's own name for it."""

    fields: Mapping[str, str]
    attributes: Mapping[str, Sequence[str]]
    uploads: Sequence[Upload]
    token: str

    @classmethod
    def read(cls, pairs: Sequence[tuple[str, str]], uploads: Sequence[Upload], token: str) -> Submission:
        """From the form's pairs, of which a later one replaces an earlier. Raises BadQuery."""
        fields: dict[str, str] = {}
        attributes: dict[str, list[str]] = {}
        for name, value in pairs:
            found = _ATTRIBUTE.fullmatch(name)
            if found is None:
                fields[name] = value.strip()
            elif value.strip():
                attributes.setdefault(found["code"], []).append(value.strip())
        if len(uploads) > TOGETHER_MAX_FILES:
            raise BadQuery(f"media: at most {TOGETHER_MAX_FILES} files")
        token = token or fields.get("token", "") or str(uuid.uuid4())
        if not TOKEN.fullmatch(token):
            raise BadQuery("token: 8 to 64 of A-Z a-z 0-9 . _ ~ -")
        return cls(fields, attributes, uploads, token)


class Filing:
    """Files what programs send. Preparing files takes time; the case itself is one transaction."""

    def __init__(self, cases: CaseService, places: Places, attachments: AttachmentService) -> None:
        self._cases = cases
        self._places = places
        self._attachments = attachments

    def known(self, session: Session, sent: Submission) -> RegisteredCase | None:
        """The case that the same token has made before."""
        case = session.scalar(select(Case).where(Case.origin_key == f"{ORIGIN}{sent.token}"))
        return None if case is None else self._cases.registered(session, case, created=False)

    def prepare(self, session: Session, sent: Submission) -> list[Prepared]:
        """Refuse what cannot become a case, then look through its files, of which one may say where it is.

        Raises BadQuery, ServiceNotFound, InvalidFields, and what AttachmentService.prepare raises.
        """
        catalogue = self._cases.tools(session).catalogue
        if not sent.fields.get("service_code"):
            raise BadQuery("service_code: needed")
        public_item(catalogue, sent.fields["service_code"])
        if not sent.uploads:
            self._checked(sent, catalogue, None)
        return [self._attachments.prepare(upload.data, upload.name) for upload in sent.uploads]

    def file(self, session: Session, sent: Submission, files: Sequence[Prepared], by: str) -> RegisteredCase:
        """Make the case with its files. Raises as `prepare`, and AttachmentsTooLarge."""
        draft = self._attachments.new_draft() if files else None
        for prepared in files:
            self._attachments.keep(
                session, prepared, purpose=Purpose.REPORT, public=True, by=by, draft_key=draft
            )
        seen_at = next((prepared.position for prepared in files if prepared.position), None)
        form = self._checked(sent, self._cases.tools(session).catalogue, seen_at, draft)
        new = form.new_case(
            origin_key=f"{ORIGIN}{sent.token}",
            channel=CHANNEL,
            received_at=self._cases.clock(),
            review=False,
            recorded_by=by,
        )
        return self._cases.register(session, new)

    def _checked(
        self,
        sent: Submission,
        catalogue: Catalogue,
        seen_at: tuple[float, float] | None,
        draft: str | None = None,
    ) -> Checked:
        fields = sent.fields
        item = public_item(catalogue, fields.get("service_code", ""))
        lat, lng = _position(fields) or seen_at or (None, None)
        if lat is None and not fields.get("address_string") and not sent.uploads:
            raise BadQuery("lat and long, or address_string: one of them is needed")
        return checked(
            Filled(
                item_code=item.code,
                description=_description(fields, item),
                address=fields.get("address_string") or None,
                lat=lat,
                lng=lng,
                name=_name(fields),
                phone=fields.get("phone") or None,
                email=fields.get("email") or None,
                language="en" if fields.get("locale", "").lower().startswith("en") else "zh-TW",
                attributes=_answers(sent, item),
                draft_key=draft,
            ),
            catalogue,
            self._places,
        )


def _position(fields: Mapping[str, str]) -> tuple[float, float] | None:
    given = [fields.get("lat", ""), fields.get("long", "")]
    if not any(given):
        return None
    try:
        lat, lng = (float(part) for part in given)
    except ValueError:
        raise BadQuery("lat, long: both as decimal degrees (WGS 84)") from None
    if not (abs(lat) <= LATITUDE_MAX and abs(lng) <= LONGITUDE_MAX):
        raise BadQuery("lat, long: both as decimal degrees (WGS 84)")
    return lat, lng


def _description(fields: Mapping[str, str], item: ServiceItem) -> str:
    """The words of the report; the standard does not ask for any, so the service's name stands in."""
    text = fields.get("description", "") or item.name_zh
    url = fields.get("media_url", "")
    if not url:
        return text
    if not _LINK.fullmatch(url):
        raise BadQuery("media_url: an address with http or https")
    if len(text) + len(url) >= DESCRIPTION_MAX:
        raise BadQuery(f"description and media_url: at most {DESCRIPTION_MAX} characters together")
    return LINK_LINE.format(description=text, url=url)


def _name(fields: Mapping[str, str]) -> str | None:
    first, last = fields.get("first_name", ""), fields.get("last_name", "")
    if _CHINESE.search(first + last):
        return f"{last}{first}" or None
    return f"{first} {last}".strip() or None


def _answers(sent: Submission, item: ServiceItem) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for code, values in sent.attributes.items():
        attribute = item.attribute(code)
        many = attribute is not None and attribute.datatype == "multivaluelist"
        answers[code] = list(values) if many else values[-1]
    return answers
