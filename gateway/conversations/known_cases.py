"""What others have reported of the same matter, as a report's form offers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.cases.catalogue import Catalogue
from gateway.cases.duplicates import Duplicate, DuplicateService
from gateway.conversations import speech
from gateway.conversations.catalogue import say
from gateway.conversations.outcome import DialogueState
from gateway.conversations.rules import Kind, Reply
from gateway.database import Database
from gateway.intake import rules as intake
from gateway.intake.draft import CONFIRM
from gateway.intake.rules import Draft

OFFERED_MAX = 3
KnownCases = Callable[[Draft, str], Sequence[tuple[str, str]]]
"""Open cases near a draft's place, by (token, title), in a language."""


def open_cases_nearby(
    database: Database,
    duplicates: DuplicateService,
    clock: Callable[[], datetime],
    draft: Draft,
    language: str,
) -> Sequence[tuple[str, str]]:
    """Cases of the draft's item near its place that can be joined, the nearest first."""
    with database.read() as session:
        found = duplicates.find(
            session, draft.item_code or "", lat=draft.lat, lng=draft.lng, district=draft.district,
            address=draft.address, now=clock(),
        )  # fmt: skip
    return [(one.token, _title(one, language)) for one in found if one.open][:OFFERED_MAX]


def reopened(draft: dict[str, object], language: str, catalogue: Catalogue) -> tuple[Reply, DialogueState]:
    """The form of a draft whose chosen case cannot be joined any more: what it asks next, and its state."""
    going_on = Draft.from_dict({**draft, "joins": "", "offered": []})
    field = intake.next_field(going_on)
    going_on = Draft.from_dict({**going_on.to_dict(), "asking": field})
    sorry = say("join_refused", language)
    if field == CONFIRM:
        item = catalogue.item(going_on.item_code or "")
        told = intake.summary(going_on, language, item.name_en if language == "en" else item.name_zh)
        reply = Reply(f"{sorry}\n{told.text}", Kind.SUMMARY, told.payload)
    else:
        asked = intake.prompt(going_on, language)
        text = f"{sorry}\n{asked.text}"
        reply = speech.options(text, asked.options) if asked.options else Reply(text)
    return reply, DialogueState(going_on.kind, going_on.to_dict())


def _title(found: Duplicate, language: str) -> str:
    english = language == "en"
    return say(
        "known_case", language, place=found.place or found.district or "",
        on=f"{found.received_on:%m/%d}", status=found.status_en if english else found.status_zh,
    )  # fmt: skip
