"""The public case look-up over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel

from gateway.cases.views import PublicCase

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


class DueOut(BaseModel):
    """One clock: RFC 3339 in UTC."""

    stage: str
    due_at: str
    verdict: Literal["open", "on_time", "overdue"]


class EventOut(BaseModel):
    """One thing that happened, in words."""

    at: str
    text: str


class CaseOut(BaseModel):
    """The public view of a case in one language."""

    number: str
    kind: str
    item: str
    status: str
    status_text: str
    owner: str
    district: str | None
    received_at: str
    due: list[DueOut]
    last_reply: str | None
    events: list[EventOut]


def caller_address(request: Request) -> str:
    """Whose look-ups are counted together; the application replaces it where it trusts proxies."""
    return request.client.host if request.client else "unknown"


@router.get("/{number}", response_model=CaseOut)
def look_up(
    request: Request,
    response: Response,
    number: str,
    address: Annotated[str, Depends(caller_address)],
    *,
    x_verification_code: Annotated[str, Header()] = "",
    language: Annotated[Literal["zh-TW", "en"] | None, Query()] = None,
    accept_language: Annotated[str, Header()] = "",
) -> dict[str, Any]:
    """Status, owner, due times and history of a case, for who holds its verification code."""
    request.app.state.limits.check("case_lookup", address)
    with request.app.state.database.read() as session:
        case = request.app.state.cases.public_view(session, number[:64], x_verification_code[:64])
    response.headers["Cache-Control"] = "no-store"
    english = (language or accept_language.strip().lower()).startswith("en")
    return case_json(case, english)


def case_json(case: PublicCase, english: bool) -> dict[str, Any]:
    """The public view as JSON, in English or Traditional Chinese."""
    return {
        "number": case.number,
        "kind": case.kind.value,
        "item": case.item_name_en if english else case.item_name_zh,
        "status": case.status.value,
        "status_text": case.status_en if english else case.status_zh,
        "owner": case.owner_en if english else case.owner,
        "district": case.district,
        "received_at": case.received_at.isoformat(),
        "due": [
            {"stage": due.stage.value, "due_at": due.due_at.isoformat(), "verdict": due.verdict.value}
            for due in case.due
        ],
        "last_reply": case.last_reply,
        "events": [
            {"at": event.at.isoformat(), "text": event.en if english else event.zh} for event in case.events
        ],
    }
