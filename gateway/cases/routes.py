"""The citizen's case over HTTP: look it up, act on it, rate it. The code opens it; all else is 404."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.cases.next_steps import NEXT_STEP
from gateway.cases.rules import Act
from gateway.cases.views import PublicCase
from gateway.places.service import Places

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])
NOTE_MAX = 2000
CitizensAct = Literal["add_info", "supply_info", "withdraw", "reopen"]


class DueOut(BaseModel):
    """One clock: RFC 3339 in UTC. `example`: the limit is an example value (示範值)."""

    stage: str
    due_at: str
    verdict: Literal["open", "on_time", "overdue"]
    paused: bool
    example: bool


class EventOut(BaseModel):
    """One thing that happened, in words; `note` where words were written to the citizen."""

    at: str
    text: str
    note: str | None


class CaseOut(BaseModel):
    """The public view of a case in one language.

    `next_step` says what happens now; `question` what the citizen was asked; `allowed` which acts
    they may post; `reopen_until` until when a reopening may be asked for.
    """

    number: str
    kind: str
    item: str
    status: str
    status_text: str
    next_step: str
    owner: str
    district: str | None
    received_at: str
    due: list[DueOut]
    last_reply: str | None
    question: str | None
    continues_as: str | None
    allowed: list[CitizensAct]
    reopen_until: str | None
    may_rate: bool
    co_reporters: int
    events: list[EventOut]


class ActIn(BaseModel):
    """What the citizen does: add information, answer what was asked, withdraw, or ask to reopen."""

    model_config = ConfigDict(extra="forbid")

    act: CitizensAct
    note: Annotated[str, Field(max_length=NOTE_MAX)] = ""


class RatingIn(BaseModel):
    """How content the citizen is: 1 (very dissatisfied) to 5 (very satisfied)."""

    model_config = ConfigDict(extra="forbid")

    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, Field(max_length=1000)] = ""


def caller_address(request: Request) -> str:
    """Whose look-ups are counted together; the application knows which proxies it trusts.

    Not by `dependency_overrides`: with any of them FastAPI builds every request's dependencies anew.
    """
    address: str = request.app.state.address_of(request)
    return address


class Holder:
    """Somebody with a number and a code, counted against the limit of look-ups."""

    def __init__(
        self,
        request: Request,
        response: Response,
        number: str,
        address: Annotated[str, Depends(caller_address)],
        *,
        x_verification_code: Annotated[str, Header()] = "",
        language: Annotated[Literal["zh-TW", "en"] | None, Query()] = None,
        accept_language: Annotated[str, Header()] = "",
    ) -> None:
        self.state = request.app.state
        self.state.limits.check("case_lookup", address)
        self.number, self.code = number[:64], x_verification_code[:64]
        self._english = (language or accept_language.strip().lower()).startswith("en")
        response.headers["Cache-Control"] = "no-store"

    def sees(self) -> dict[str, Any]:
        """The case as it stands, for the holder. Raises CaseNotFound."""
        with self.state.database.read() as session:
            case = self.state.cases.public_view(session, self.number, self.code)
        return case_json(case, self._english, self.state.places)


@router.get("/{number}", response_model=CaseOut)
def look_up(holder: Annotated[Holder, Depends()]) -> dict[str, Any]:
    """Status, owner, due times and history of a case, for who holds its verification code."""
    return holder.sees()


@router.post("/{number}/acts", response_model=CaseOut)
def act(body: ActIn, holder: Annotated[Holder, Depends()]) -> dict[str, Any]:
    """Do one of the acts that `allowed` names; the answer is the case after it."""
    with holder.state.database.write() as session:
        holder.state.cases.citizen_act(session, holder.number, holder.code, Act(body.act), body.note)
    return holder.sees()


@router.post("/{number}/rating", response_model=CaseOut)
def rate(body: RatingIn, holder: Annotated[Holder, Depends()]) -> dict[str, Any]:
    """Rate the closing of a case, once."""
    with holder.state.database.write() as session:
        holder.state.cases.rate(session, holder.number, holder.code, body.score, body.comment)
    return holder.sees()


def case_json(case: PublicCase, english: bool, places: Places) -> dict[str, Any]:
    """The public view as JSON, in English or Traditional Chinese."""
    district = places.by_name(case.district) if english and case.district else None
    return {
        "number": case.number,
        "kind": case.kind.value,
        "item": case.item_name_en if english else case.item_name_zh,
        "status": case.status.value,
        "status_text": case.status_en if english else case.status_zh,
        "next_step": NEXT_STEP[case.status][int(english)],
        "owner": case.owner_en if english else case.owner,
        "district": district.en if district else case.district,
        "received_at": case.received_at.isoformat(),
        "due": [
            {
                "stage": due.stage.value,
                "due_at": due.due_at.isoformat(),
                "verdict": due.verdict.value,
                "paused": due.paused,
                "example": due.example,
            }
            for due in case.due
        ],
        "last_reply": case.last_reply,
        "question": case.question,
        "continues_as": case.continues_as,
        "allowed": [act.value for act in case.allowed],
        "reopen_until": _instant(case.reopen_until),
        "may_rate": case.may_rate,
        "co_reporters": case.co_reporters,
        "events": [
            {"at": event.at.isoformat(), "text": event.en if english else event.zh, "note": event.note}
            for event in case.events
        ],
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
