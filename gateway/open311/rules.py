"""What GeoReport v2 asks for, and how it is understood. Pure.

Source: wiki.open311.org/GeoReport_v2; `page`, `page_size` and `updated_after` as other cities have them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.rules import CLOSED, OPEN, Kind, Status
from gateway.open311.errors import AddressNotFound, BadQuery, JurisdictionNotFound

PUBLIC_KINDS = frozenset({Kind.DISPATCH, Kind.PUBLIC_WORKS_REPORT})
"""What the public may see and programs may file: things in the street. Petitions are between two."""
WINDOW = timedelta(days=90)
"""Without dates a list goes back so far; with both they may not lie farther apart."""
PAGE_MAX = 1000
IDS_MAX = 200
DEEPEST = 1_000_000
"""How many requests may be paged over."""
TOKEN = re.compile(r"[A-Za-z0-9._~-]{8,64}")
_YEARS = range(1900, 9000)
_SPACE_FOR_PLUS = re.compile(r" (?=\d{2}:?\d{2}$)")
_STATUSES: Mapping[str, frozenset[Status]] = {"open": OPEN, "closed": CLOSED}


class Format(StrEnum):
    """In which of the standard's two formats to answer."""

    JSON = "json"
    XML = "xml"


@dataclass(frozen=True)
class Asked:
    """The parts of an address below `/open311/v2/`, and the format wanted."""

    parts: tuple[str, ...]
    format: Format


@dataclass(frozen=True)
class Wanted:
    """Which requests: by `ids`, or by the rest. `statuses` are those of cases; `page` counts from 1."""

    ids: tuple[str, ...]
    start: datetime
    end: datetime
    updated_after: datetime | None
    statuses: frozenset[Status]
    codes: tuple[str, ...]
    page: int
    page_size: int


def asked(path: str, accept: str) -> Asked:
    """What an address and an Accept header ask for; the suffix counts before the header."""
    trimmed = path.strip("/")
    for form in Format:
        if trimmed.endswith(f".{form}"):
            return Asked(tuple(trimmed.removesuffix(f".{form}").split("/")), form)
    wants_xml = "xml" in accept and Format.JSON not in accept
    return Asked(tuple(trimmed.split("/")), Format.XML if wants_xml else Format.JSON)


def format_of(path: str, accept: str) -> Format:
    """In which format a refusal is told."""
    return asked(path, accept).format


def is_public(item: ServiceItem) -> bool:
    """Whether an item is a service of the standard."""
    return item.kind in PUBLIC_KINDS and item.confidentiality == "normal"


def status_of(status: Status) -> str:
    """`open` or `closed`: the standard has no other."""
    return "open" if status in OPEN else "closed"


def check_jurisdiction(given: Mapping[str, str], ours: str) -> None:
    """Whether the city that was named is this one; it need not be named. Raises JurisdictionNotFound."""
    named = given.get("jurisdiction_id", "").strip()
    if named and named.casefold() != ours.casefold():
        raise JurisdictionNotFound


def wanted(given: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Wanted:
    """Which requests a list asks for. Raises BadQuery."""
    ids = _listed(given.get("service_request_id", ""))
    if len(ids) > IDS_MAX:
        raise BadQuery(f"service_request_id: at most {IDS_MAX}")
    start, end = (moment(given.get(name, ""), name, zone) for name in ("start_date", "end_date"))
    if end is None:
        end = now if start is None else start + WINDOW
    if start is None:
        start = end - WINDOW
    if not start <= end <= start + WINDOW:
        raise BadQuery(f"start_date and end_date: in this order, at most {WINDOW.days} days apart")
    page, page_size = _whole(given, "page", 1, DEEPEST), _whole(given, "page_size", PAGE_MAX, PAGE_MAX)
    if page * page_size > DEEPEST:
        raise BadQuery(f"page: not beyond request {DEEPEST}")
    return Wanted(
        ids=ids,
        start=start,
        end=end,
        updated_after=moment(given.get("updated_after", ""), "updated_after", zone),
        statuses=_statuses(given.get("status", "")),
        codes=_listed(given.get("service_code", "")),
        page=page,
        page_size=page_size,
    )


def moment(text: str, name: str, zone: ZoneInfo) -> datetime | None:
    """An instant in ISO 8601, in the city's time where it names no zone; None: not given. Raises BadQuery."""
    if not text.strip():
        return None
    try:
        # A plus that was not escaped comes as a space.
        at = datetime.fromisoformat(_SPACE_FOR_PLUS.sub("+", text.strip()))
        local = (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(zone)
        if local.year not in _YEARS:
            raise ValueError(local.year)
        return local
    except (ValueError, OverflowError):
        raise BadQuery(f"{name}: not a date and time in ISO 8601") from None


def one_part(parts: tuple[str, ...]) -> str:
    """The only part after the first. Raises AddressNotFound."""
    _, *rest = parts
    if len(rest) != 1 or not rest[0]:
        raise AddressNotFound
    return rest[0]


def _statuses(text: str) -> frozenset[Status]:
    named = _listed(text)
    if any(name not in _STATUSES for name in named):
        raise BadQuery("status: open or closed")
    return frozenset().union(*(_STATUSES[name] for name in named)) if named else frozenset(Status)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _whole(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= most:
        raise BadQuery(f"{name}: a whole number from 1 to {most}")
    return int(text)
