"""What the case room takes in and gives out: frozen values, no rows of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.cases.deadlines import Verdict
from gateway.cases.rules import Kind, Stage, Status


@dataclass(frozen=True)
class NewCase:
    """A case to register. `origin_key` names what asked for it: the same key never makes two cases."""

    kind: Kind | str
    item_code: str
    description: str
    origin_key: str
    received_at: datetime
    channel: str
    language: str = "zh-TW"
    district: str | None = None
    village: str | None = None
    address: str | None = None
    lat: float | None = None
    lng: float | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    needs_review: bool = False


@dataclass(frozen=True)
class RegisteredCase:
    """What the citizen is told; `created` is False when the same origin key had made the case before."""

    number: str
    verification_code: str
    kind: Kind
    item_code: str
    item_name_zh: str
    item_name_en: str
    district: str | None
    owner: str
    owner_en: str
    due: tuple[tuple[Stage, datetime], ...]
    created: bool


@dataclass(frozen=True)
class CaseState:
    """Where a case stands after an act."""

    number: str
    status: Status
    version: int
    owner_unit: str


@dataclass(frozen=True)
class PublicDue:
    """One clock as the citizen sees it."""

    stage: Stage
    due_at: datetime
    verdict: Verdict


@dataclass(frozen=True)
class PublicEvent:
    """One act as the citizen sees it."""

    at: datetime
    zh: str
    en: str


@dataclass(frozen=True)
class PublicCase:
    """A case without anything personal, in both languages."""

    number: str
    kind: Kind
    item_code: str
    item_name_zh: str
    item_name_en: str
    status: Status
    status_zh: str
    status_en: str
    owner: str
    owner_en: str
    district: str | None
    received_at: datetime
    due: tuple[PublicDue, ...]
    last_reply: str | None
    events: tuple[PublicEvent, ...]
