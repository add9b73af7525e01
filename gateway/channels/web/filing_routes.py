"""Filing without the chat: items, cases, joining a case, letters to the mayor."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.duplicates import NewReporter
from gateway.cases.filing import checked, checked_reporter
from gateway.cases.mailbox import ConfirmationExpired, Letter
from gateway.cases.rules import Kind
from gateway.channels.address import client_address
from gateway.channels.errors import ErrorOut, refusals
from gateway.channels.web.filing_schemas import (
    ConfirmIn,
    DuplicateOut,
    FiledOut,
    FormIn,
    ItemOut,
    JoinedOut,
    JoinIn,
    LetterIn,
    LetterOut,
    LookIn,
    QuestionOut,
)

router = APIRouter(prefix="/api/v1", tags=["filing"])
CHANNEL = "web_form"
FOUND_MAX = 8
REFUSED = refusals(400, 409, 413, 422, 429)
EXPIRED: dict[int | str, dict[str, Any]] = {
    **refusals(404),
    ConfirmationExpired.status: {"model": ErrorOut, "description": ConfirmationExpired.en},
}
ByLanguage = Annotated[str, Header()]


@router.get("/service-items", response_model=list[ItemOut], responses=refusals(422))
def items(
    request: Request,
    q: Annotated[str, Query(max_length=400)] = "",
    kind: Annotated[Literal["dispatch", "petition", "public_works_report"] | None, Query()] = None,
    language: Annotated[Literal["zh-TW", "en"], Query()] = "zh-TW",
) -> list[ItemOut]:
    """What can be reported: all of it, or what fits `q` best, the likeliest first."""
    catalogue = request.app.state.catalogues.current()
    if q.strip():
        found = [
            catalogue.item(guess.code) for guess in catalogue.guess(q, kind=kind, k=len(catalogue.items))
        ]
    else:
        found = [item for item in catalogue.items.values() if kind is None or item.kind == kind]
    wanted = [item for item in found if item.kind is not Kind.INQUIRY]
    return [_described(item, language == "en") for item in (wanted[:FOUND_MAX] if q.strip() else wanted)]


@router.post("/cases", status_code=201, response_model=FiledOut, responses=REFUSED)
def file(request: Request, response: Response, form: FormIn) -> FiledOut:
    """File a report or a petition. The same `client_id` again gives the same case."""
    state = request.app.state
    state.limits.check("filing", client_address(request, state.settings))
    response.headers["cache-control"] = "no-store"
    with state.database.write() as session:
        catalogue = state.cases.tools(session).catalogue
        whole = checked(form.filled(), catalogue, state.places)
        new = whole.new_case(
            origin_key=f"form:{form.client_id}",
            channel=CHANNEL,
            received_at=state.cases.clock(),
            review=False,
        )
        filed = state.cases.register(session, new)
    return FiledOut.of(filed, form.language)


@router.post("/cases/duplicates", response_model=list[DuplicateOut], responses=REFUSED)
def look_for_duplicates(
    request: Request, response: Response, place: LookIn, accept_language: ByLanguage = ""
) -> list[DuplicateOut]:
    """Cases of the same item near the place: some can be joined, some were answered lately."""
    state = request.app.state
    state.limits.check("case_lookup", client_address(request, state.settings))
    response.headers["cache-control"] = "no-store"
    with state.database.read() as session:
        found = state.duplicates.find(
            session,
            place.item_code,
            lat=place.lat if place.lng is not None else None,
            lng=place.lng if place.lat is not None else None,
            district=place.of_district(state.places),
            address=place.address,
            now=state.cases.clock(),
        )
    english = accept_language.strip().lower().startswith("en")
    return [DuplicateOut.of(one, english) for one in found]


@router.post("/cases/join", status_code=201, response_model=JoinedOut, responses=REFUSED)
def join(request: Request, response: Response, wish: JoinIn) -> JoinedOut:
    """Join a case that another citizen has filed; the answer's code is the joiner's alone."""
    state = request.app.state
    state.limits.check("filing", client_address(request, state.settings))
    response.headers["cache-control"] = "no-store"
    who = checked_reporter(wish.name, wish.phone, wish.email)
    with state.database.write() as session:
        joined = state.duplicates.join(
            session,
            wish.token,
            NewReporter(
                origin_key=f"form:{wish.client_id}",
                channel=CHANNEL,
                language=wish.language,
                name=who.name,
                phone=who.phone,
                email=who.email,
                note=wish.note,
            ),
            state.cases.clock(),
        )
    return JoinedOut(number=joined.number, verification_code=joined.verification_code)


@router.post("/mailbox", status_code=202, response_model=LetterOut, responses=REFUSED)
def write_to_the_mayor(request: Request, response: Response, letter: LetterIn) -> LetterOut:
    """Keep a letter and send the link that confirms it; it becomes a case only then."""
    state = request.app.state
    state.limits.check("filing", client_address(request, state.settings))
    response.headers["cache-control"] = "no-store"
    base = state.settings.public_url or str(request.base_url)
    given = Letter(str(letter.client_id), letter.filled(), letter.sender_address)
    with state.database.write() as session:
        until = state.mailbox.receive(session, given, f"{base.rstrip('/')}/mailbox/confirm")
    return LetterOut(confirm_until=until.isoformat())


@router.post("/mailbox/confirm", response_model=FiledOut, responses={**REFUSED, **EXPIRED})
def confirm(
    request: Request, response: Response, confirmation: ConfirmIn, accept_language: ByLanguage = ""
) -> FiledOut:
    """Make a case of a letter. A second time the same case is shown."""
    state = request.app.state
    state.limits.check("case_lookup", client_address(request, state.settings))
    response.headers["cache-control"] = "no-store"
    with state.database.write() as session:
        filed = state.mailbox.confirm(session, confirmation.token)
    return FiledOut.of(filed, "en" if accept_language.strip().lower().startswith("en") else "zh-TW")


def _described(item: ServiceItem, english: bool) -> ItemOut:
    return ItemOut(
        code=item.code,
        kind=item.kind.value,
        main=item.main_en if english else item.main_zh,
        name=item.name_en if english else item.name_zh,
        place_required="location" in item.required_fields,
        contact_required=item.contact_required,
        questions=[
            QuestionOut(
                code=question.code,
                text=question.en if english else question.zh,
                datatype=question.datatype,
                required=question.required,
                values=[
                    {"key": value.key, "text": value.en if english else value.zh} for value in question.values
                ],
            )
            for question in item.attributes
        ],
    )
