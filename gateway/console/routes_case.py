"""The page of one case: everything known of it, what may be done with it, and the doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.cases.case_file import CaseFile, case_file
from gateway.cases.duplicates import DuplicateService
from gateway.cases.errors import ActNotAllowed, EmptyClosing, PartMissing, StaleCase
from gateway.cases.matching import MergeSuggestion
from gateway.cases.models import Case
from gateway.cases.numbering import canonical_number
from gateway.cases.offers import Offer, Standing, offers
from gateway.cases.reopening import citizen_may_reopen
from gateway.cases.rules import CLOSED, Act, Status
from gateway.cases.told_working import told_working
from gateway.cases.views import Contact
from gateway.console.act_forms import KEYS, ActForm, Given, act_form, deed_of
from gateway.console.case_letters import letters_of
from gateway.console.case_words import CaseWords, Told
from gateway.console.guards import CHECKED
from gateway.console.routes_cases import BASE, READER, Reader, case_roles, cases_of, reach_of, words_of
from gateway.console.routes_session import Text, frame_of
from gateway.console.visitor import visitor_of
from gateway.errors import PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require

Long = Annotated[str, Form(max_length=8000)]
Many = Annotated[list[str], Form(max_length=50)]
_TYPED: Final = (
    "note", "unit", "arrived_at", "new_due_at", "legal_reason", "call_back", "message", "other_case",
    "item_code",
)  # fmt: skip
ACTOR: Final = Depends(require(Permission.CASES_ACT))
Actor = Annotated[Staff, ACTOR]
router = APIRouter(include_in_schema=False, dependencies=[READER])


@dataclass(frozen=True)
class Failed:
    """An act that was refused: its form is opened again with what was typed."""

    key: str
    label: str
    given: Given
    message: str
    detail: str
    changes: Sequence[Told]
    """What others did meanwhile."""


@router.get(f"{BASE}/{{number}}")
def case_page(request: Request, staff: Reader, number: str) -> Response:
    """One case. Opening a confidential one leaves an entry in the audit trail."""
    with request.app.state.database.write() as session:
        file = read_case(request, session, staff, number)
        if file.case.confidential:
            _note_reading(request, session, staff, file)
        return _page(request, session, staff, file)


@router.post(f"{BASE}/{{number}}/contact", dependencies=[CHECKED])
def show_contact(request: Request, staff: Reader, number: str) -> Response:
    """Show who reported the case; the look is recorded before it is shown."""
    allowed = require(Permission.CONTACT_READ)(request)
    with request.app.state.database.write() as session:
        file = read_case(request, session, staff, number)
        contact = cases_of(request).contact(
            session, file.case.number, actor=allowed.username, role=allowed.role_names,
            sealed_too=allowed.may(Permission.CONFIDENTIAL_READ),
        )  # fmt: skip
    with request.app.state.database.read() as session:
        return _page(request, session, staff, file, contact=contact)


@router.post(f"{BASE}/{{number}}/acts/{{act}}", dependencies=[CHECKED, ACTOR])
def do_act(
    request: Request, staff: Actor, number: str, act: Act, version: int = Form(-1), seen: int = Form(0),
    part: Text = "", note: Long = "", unit: Text = "", arrived_at: Text = "", new_due_at: Text = "",
    legal_reason: Text = "", call_back: Text = "", message: Long = "", other_case: Text = "",
    item_code: Text = "", photos: Many = [],  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Do one act of the lifecycle; refused, the page comes back with its form open and what was typed."""
    typed = (note, unit, arrived_at, new_due_at, legal_reason, call_back, message, other_case, item_code)
    given = Given(dict(zip(_TYPED, typed, strict=True)), photos)
    cases, key = cases_of(request), f"{act}-{part}" if part else act.value
    try:
        with request.app.state.database.write() as session:
            file = read_case(request, session, staff, number)
            offer = _offered(request, staff, file, key)
            if file.case.version != version:
                raise StaleCase(number=number)
            if offer is None:
                raise ActNotAllowed(f"{act} on {file.case.status}")
            deed = deed_of(offer, staff, version, given, cases.office(session).zone)
            state = cases.act(session, file.case.number, deed)
    except PlatformError as refused:
        if refused.status not in {409, 422}:
            raise
        return _again(request, staff, number, (act, key, given, seen), refused)
    label = frame_of(request).words.text(f"acts.label.{act}", visitor_of(request).language)
    url = f"{BASE}/{file.case.number}"
    if state.made:
        return frame_of(request).redirect(request, url, "acts.made", act=label, number=state.made)
    return frame_of(request).redirect(request, url, "acts.done", act=label)


def _again(
    request: Request, staff: Staff, number: str, tried: tuple[Act, str, Given, int], refused: PlatformError
) -> Response:
    act, key, given, seen = tried
    with request.app.state.database.read() as session:
        file = read_case(request, session, staff, number)
        words, zone = words_of(request, session), cases_of(request).office(session).zone
        stale = isinstance(refused, StaleCase)
        changes = [words.told(event, zone) for event in file.events if stale and event.sequence > seen]
        failed = Failed(
            key, words.text(f"acts.label.{act}"), given,
            refused.en if words.english else refused.zh, _detail(words, refused), changes,
        )  # fmt: skip
        return _page(request, session, staff, file, failed=failed, status=refused.status)


def _detail(words: CaseWords, refused: PlatformError) -> str:
    """What exactly is wrong, where the refusal names it."""
    if isinstance(refused, EmptyClosing):
        return words.named("acts.problem", refused.detail) if refused.detail in _PROBLEMS else ""
    if isinstance(refused, PartMissing):
        names = [words.named("acts.field", name.strip()) for name in refused.detail.split(",")]
        return words.text("acts.problem.missing", what=words.text("form.comma").join(names))
    if refused.detail.startswith("arrived_at"):
        return words.text("acts.problem.arrived_at")
    return ""


_PROBLEMS: Final = ("empty", "placeholder", "template")


def read_case(request: Request, session: Session, staff: Staff, number: str) -> CaseFile:
    """The case of this number, if it is this person's to see. Raises CaseNotFound."""
    cases = cases_of(request)
    return case_file(session, canonical_number(number), reach_of(staff), cases.clock(), cases.office(session))


def offers_for(request: Request, staff: Staff, file: CaseFile) -> list[Offer]:
    """What this person may do with the case now."""
    parts = [
        Standing(one.part.id, one.part.unit, Status(one.part.status), one.pending is not None)
        for one in file.parts
        if one.part.active
    ]
    cases = cases_of(request)
    once_more = citizen_may_reopen(file.case, file.events, cases.clock(), cases.rules.reopen_window)
    return offers(file.case, parts, case_roles(staff), staff.units, citizens_reopening=once_more)


def _offered(request: Request, staff: Staff, file: CaseFile, key: str) -> Offer | None:
    return next((one for one in offers_for(request, staff, file) if one.key == key), None)


def _forms(request: Request, staff: Staff, file: CaseFile, words: CaseWords, zone: ZoneInfo) -> list[ActForm]:
    """A form for each offer; each letter belongs to the first act that wants it."""
    made, taken = [], set[str]()
    for offer in offers_for(request, staff, file):
        letter = KEYS.get(offer.act, "")
        letter = "" if letter in taken else letter
        taken.add(letter)
        made.append(act_form(offer, file, words, zone, letter))
    return made


def _page(
    request: Request, session: Session, staff: Staff, file: CaseFile, *, contact: Contact | None = None,
    failed: Failed | None = None, status: int = 200,
) -> Response:  # fmt: skip
    words, office = words_of(request, session), cases_of(request).office(session)
    case = file.case
    forms = _forms(request, staff, file, words, office.zone)
    sealed = case.confidential and not staff.may(Permission.CONFIDENTIAL_READ)
    return frame_of(request).render(
        request, "cases/case.html", status,
        file=file, case=case, words=words,
        letters=letters_of(
            file.messages, request.app.state.outbox_worker.transports, cases_of(request).clock()
        ),
        item=words.item_of(case.item_code),
        whole=[form for form in forms if form.offer.part is None or len(file.parts) == 1],
        of_parts=_by_part(forms) if len(file.parts) > 1 else {},
        forms=forms,
        failed=failed,
        told=[words.told(event, office.zone) for event in reversed(file.events)],
        working=lambda due: told_working(due.rule, due.working, words.language),
        local_text=lambda at: f"{at.astimezone(office.zone):%Y-%m-%d %H:%M}",
        suggestions=_suggestions(request, session, staff, file),
        may_attach=staff.may(Permission.CASES_ACT),
        may_judge=_may_judge(staff, case),
        contact=contact,
        has_contact=bool(case.contact_name or case.contact_phone or case.contact_email),
        contact_refused="cases.contact_sealed" if sealed else (
            "" if staff.may(Permission.CONTACT_READ) else "cases.contact_refused"),
        readable=not case.confidential or staff.may(Permission.CONFIDENTIAL_READ) or bool(case_roles(staff)),
    )  # fmt: skip


def _suggestions(
    request: Request, session: Session, staff: Staff, file: CaseFile
) -> Sequence[MergeSuggestion]:
    """Cases that may be the same matter, for who could merge this one."""
    if not any(offer.act is Act.MERGE for offer in offers_for(request, staff, file)):
        return ()
    duplicates: DuplicateService = request.app.state.duplicates
    return duplicates.merge_suggestions(session, file.case.id)


def _may_judge(staff: Staff, case: Case) -> bool:
    """Whether the closures that are in force now could count for this finished case, if somebody says so."""
    return staff.may(Permission.CALENDAR_CLOSE) and Status(case.status) in CLOSED


def _by_part(forms: Sequence[ActForm]) -> dict[int, list[ActForm]]:
    found: dict[int, list[ActForm]] = {}
    for form in forms:
        if form.offer.part is not None:
            found.setdefault(form.offer.part.id, []).append(form)
    return found


def _note_reading(request: Request, session: Session, staff: Staff, file: CaseFile) -> None:
    cases = cases_of(request)
    cases.trail.append(
        session, act="case.read_confidential", actor=staff.username, role=staff.role_names,
        subject=f"case:{file.case.number}", detail={}, at=cases.clock(),
    )  # fmt: skip
