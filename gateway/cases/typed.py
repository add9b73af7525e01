"""A case that staff type in for somebody who telephones, comes, writes or faxes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from gateway.cases.answers import Problem
from gateway.cases.catalogue import Catalogue
from gateway.cases.clocks import limits_of
from gateway.cases.deadlines import Limit, due_at
from gateway.cases.filing import Checked, Filled, checked
from gateway.cases.rules import Role, Stage
from gateway.cases.service import CaseService
from gateway.cases.views import RegisteredCase
from gateway.errors import InvalidFields
from gateway.places.service import Places

CHANNELS: Final = ("phone", "counter", "letter", "fax")
"""By which a case comes that staff type in."""
WRITTEN: Final = frozenset({"letter", "fax"})
"""Nobody is there to be asked: without a name or a number it is registered all the same."""
OLDEST: Final = timedelta(days=366)
"""A letter that lay longer is a matter for a talk, not for a form."""
_CHANNEL: Problem = ("請選擇受理管道。", "Please choose how it came in.")
_RECEIVED: Problem = (
    "受理時間須在過去一年內，不可晚於現在。",
    "It was received within the last year, not later than now.",
)


@dataclass(frozen=True)
class Typed:
    """A form as it was typed in. `received_at` None: now."""

    filled: Filled
    channel: str
    received_at: datetime | None
    conversation_id: str | None = None
    """The chat that it was made of, where the citizen is told how it goes on."""


@dataclass(frozen=True)
class ReadBack:
    """What will be registered: read to the citizen before it is."""

    form: Checked
    channel: str
    received_at: datetime
    owner: str
    conversation_id: str | None
    dues: tuple[tuple[Stage, Limit, datetime], ...]

    @property
    def unanswerable(self) -> bool:
        """Whether the item is to be answered, and nothing is known by which."""
        filled = self.form.filled
        return self.form.item.contact_required and not (filled.phone or filled.email)


def check_channel(channel: str, conversation_id: str | None) -> None:
    """Whether staff may say that it came so; what is made of a chat keeps the chat's channel. Raises
    InvalidFields."""
    if channel not in CHANNELS and conversation_id is None:
        raise InvalidFields({"channel": _CHANNEL})


def read_back(session: Session, cases: CaseService, places: Places, typed: Typed) -> ReadBack:
    """Check a typed form and reckon what it will become. Raises InvalidFields, DateOutOfCalendar."""
    catalogue, now = cases.tools(session).catalogue, cases.clock()
    problems: dict[str, Problem] = {}
    received = typed.received_at or now
    try:
        check_channel(typed.channel, typed.conversation_id)
    except InvalidFields as refused:
        problems |= refused.fields
    if not now - OLDEST <= received <= now:
        problems["received_at"] = _RECEIVED
    form = _form(typed, catalogue, places, problems)
    item, filled = form.item, form.filled
    office = cases.office(session)
    limits = limits_of(item, catalogue.channel_limit(typed.channel))
    return ReadBack(
        form,
        typed.channel,
        received,
        catalogue.owner(item, filled.district, filled.attributes),
        typed.conversation_id,
        tuple((stage, limit, due_at(limit, received, office)) for stage, limit in limits),
    )


def register_typed(
    session: Session, cases: CaseService, told: ReadBack, *, key: str, by: str, role: Role
) -> RegisteredCase:
    """Register what was read back; the same `key` again gives the same case."""
    new = told.form.new_case(
        origin_key=f"desk:{key}",
        channel=told.channel,
        received_at=told.received_at,
        review=False,
        recorded_by=by,
    )
    whole = replace(new, recorded_role=role, recorded_at=cases.clock(), conversation_id=told.conversation_id)
    return cases.register(session, whole)


def _form(typed: Typed, catalogue: Catalogue, places: Places, problems: dict[str, Problem]) -> Checked:
    try:
        form = checked(typed.filled, catalogue, places, can_ask=typed.channel not in WRITTEN)
    except InvalidFields as refused:
        raise InvalidFields({**problems, **refused.fields}) from None
    if problems:
        raise InvalidFields(problems)
    return form
