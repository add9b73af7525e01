"""From a confirmed draft to a case, and from a case to what the citizen reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.cases.duplicates import NewReporter
from gateway.cases.views import NewCase, PublicCase, RegisteredCase
from gateway.conversations.catalogue import say
from gateway.conversations.rules import Kind, Reply

NOTE_MAX = 1000
TAIPEI = ZoneInfo("Asia/Taipei")


def new_case(
    draft: dict[str, Any],
    language: str,
    channel: str,
    origin_key: str,
    received_at: datetime,
    conversation_id: str | None = None,
) -> NewCase:
    """The case that a confirmed draft asks for. `origin_key` makes a repeated turn find it again; in the
    conversation the citizen is told how the case goes on."""
    return NewCase(
        kind=draft["kind"],
        item_code=draft["item_code"],
        description=draft["description"],
        district=draft.get("district"),
        village=draft.get("village"),
        address=draft.get("address"),
        lat=draft.get("lat"),
        lng=draft.get("lng"),
        contact_name=draft.get("contact_name"),
        contact_phone=draft.get("contact_phone"),
        contact_email=draft.get("contact_email"),
        needs_review=bool(draft.get("review")),
        language=language,
        channel=channel,
        origin_key=origin_key,
        received_at=received_at,
        conversation_id=conversation_id,
    )


def replies(case: RegisteredCase, language: str) -> list[Reply]:
    """The number, the code and the due times, in one message of kind `case`."""
    english = language == "en"
    item = case.item_name_en if english else case.item_name_zh
    owner = case.owner_en if english else case.owner
    lines = [
        say("case_filed", language, number=case.number, code=case.verification_code),
        say("case_registered_details", language, item=item, owner=owner),
        *(due_line(stage, due_at, language) for stage, due_at in case.due),
    ]
    payload = {
        "number": case.number,
        "verification_code": case.verification_code,
        "kind": str(case.kind),
        "item": item,
        "item_code": case.item_code,
        "district": case.district,
        "owner": owner,
        "due": [{"stage": str(stage), "due_at": due_at.isoformat()} for stage, due_at in case.due],
    }
    return [Reply("\n".join(lines), Kind.CASE, payload)]


def reporter(
    draft: dict[str, Any], language: str, channel: str, origin_key: str, conversation_id: str
) -> NewReporter:
    """Who joins a case instead of filing one; told in this conversation how it goes on."""
    told = draft.get("description") or draft.get("first_text") or draft.get("item_words") or ""
    return NewReporter(
        origin_key=origin_key,
        channel=channel,
        language=language,
        name=draft.get("contact_name"),
        phone=draft.get("contact_phone"),
        email=draft.get("contact_email"),
        conversation_id=conversation_id,
        note=told[:NOTE_MAX] or None,
    )


def joined_reply(case: RegisteredCase, code: str, language: str) -> Reply:
    """The case that was joined, with the code that is the joiner's alone."""
    known = replies(replace(case, verification_code=code), language)[0]
    first = say("case_joined", language, number=case.number, code=code)
    return replace(known, text="\n".join([first, *known.text.split("\n")[1:]]))


def due_line(stage: str, due_at: datetime, language: str) -> str:
    """One due time, to the minute, on the city's clock."""
    at = due_at.astimezone(TAIPEI)
    shown = at.strftime("%Y-%m-%d %H:%M") if language == "en" else f"{at.year - 1911}/{at:%m/%d %H:%M}"
    return say(f"due_{stage}", language, at=shown)


def status_text(case: PublicCase, language: str) -> str:
    """A case's status in a few lines."""
    english = language == "en"
    text = say(
        "case_status", language, number=case.number,
        item=case.item_name_en if english else case.item_name_zh,
        status=case.status_en if english else case.status_zh,
        owner=case.owner_en if english else case.owner,
        due="\n".join(due_line(due.stage, due.due_at, language) for due in case.due),
    )  # fmt: skip
    if case.question:
        text += "\n" + say("case_question", language, question=case.question)
    if case.continues_as:
        text += "\n" + say("case_continues", language, number=case.continues_as)
    if case.last_reply:
        text += "\n" + say("case_last_reply", language, reply=case.last_reply)
    return text
