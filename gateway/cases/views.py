"""What the case room takes in and gives out: frozen values, no rows of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.cases.deadlines import Verdict
from gateway.cases.rules import Act, CallBack, Kind, LegalReason, Role, Stage, Status


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
    conversation_id: str | None = None
    """The chat in which the citizen can be told."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    draft_key: str | None = None
    """Under which attachments were kept before there was a case."""
    recorded_by: str | None = None
    """Who typed in what came by telephone, letter or at the counter; None: the citizen did it."""
    recorded_role: Role = Role.CITIZEN
    recorded_at: datetime | None = None
    """When it was typed in, where that is later than its receipt."""


@dataclass(frozen=True)
class Deed:
    """An act that somebody wants to do on a case, with all that it may need.

    `expected_version` is the case's version as the person saw it (None only for citizen and system);
    `units` are the units a handler works for (None: no such bound); `assignment_id` names one of
    several parts of a split case.
    """

    act: Act
    actor: str
    role: Role
    expected_version: int | None = None
    note: str | None = None
    units: frozenset[str] | None = None
    assignment_id: int | None = None
    unit: str | None = None
    arrived_at: datetime | None = None
    new_due_at: datetime | None = None
    legal_reason: LegalReason | None = None
    call_back: CallBack | None = None
    message: str | None = None
    """What the reporter is told with the release; required after a reopening."""
    other_case: str | None = None
    item_code: str | None = None
    photos: tuple[str, ...] = ()
    """Public ids of attachments that show the result."""
    finished_too: bool = False
    """For a moved calendar: whether clocks that have stopped are reckoned anew as well."""
    at: datetime | None = None
    """When it was done; default: now."""


@dataclass(frozen=True)
class Contact:
    """Who reported a matter; handed out only where the reading is audited."""

    name: str | None
    phone: str | None
    email: str | None


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
    made: str | None = None
    """The number of the case that a conversion has made."""


@dataclass(frozen=True)
class PublicDue:
    """One clock as the citizen sees it."""

    stage: Stage
    due_at: datetime
    verdict: Verdict
    paused: bool = False
    """Whether the clock stands still, waiting for the citizen."""
    example: bool = False
    """Whether the limit is an example value (示範值)."""


@dataclass(frozen=True)
class PublicEvent:
    """One act as the citizen sees it, with its words where they are meant for them."""

    at: datetime
    zh: str
    en: str
    note: str | None = None


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
    version: int = 0
    address: str | None = None
    question: str | None = None
    """What the citizen was asked, while the case waits for the answer."""
    continues_as: str | None = None
    """The number of the case into which this one was merged or converted."""
    allowed: tuple[Act, ...] = ()
    """What the holder of the code may do now."""
    may_rate: bool = False
    co_reporters: int = 0
    reopen_until: datetime | None = None
    """Until when the citizen may ask to reopen it; None where they may not."""
