"""The desk of conversations over HTTP. Every act is committed before it is answered and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.cases.rules import STATUS_TEXT, Status
from gateway.channels.address import client_address
from gateway.channels.errors import refusals
from gateway.channels.operator.access import AT_DESK, AtDesk, person
from gateway.channels.operator.schemas import (
    Card,
    Cards,
    CaseLink,
    ConversationOut,
    EarlierTalk,
    EventOut,
    NewNote,
    NoteOut,
    People,
    PresenceIn,
    PresenceOut,
    ReadyReply,
    Reason,
    Replies,
    Said,
    SaidOut,
    SignedIn,
    SignIn,
    Suggestion,
    Suggestions,
    Taken,
    Target,
)
from gateway.channels.web.feedback_routes import VoteOut
from gateway.channels.web.schemas import MessageOut
from gateway.conversations.feedback import votes_of
from gateway.conversations.models import Conversation, Message
from gateway.conversations.rules import Kind, Owner, Sender, clean_text
from gateway.conversations.speech import answer
from gateway.errors import InvalidInput, NotFound
from gateway.handoff import reading
from gateway.handoff.call_back_reading import calls
from gateway.handoff.earlier import earlier_cases, earlier_talks
from gateway.handoff.presence import everybody
from gateway.handoff.replies import replies
from gateway.handoff.rules import Presence
from gateway.handoff.service import Handoffs
from gateway.handoff.views import ConversationCard, InCharge
from gateway.identity.errors import LoginRefused, NotPermitted
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import set_session_cookie

SEEN = refusals(401, 403, 404, 422)
DONE = refusals(400, 401, 403, 404, 409, 413, 422)
SUGGESTED = 3
ASKED_CHARS = 300
Id = Annotated[str, Path(max_length=36)]
After = Annotated[int, Query(ge=0, le=2**31 - 1)]

Read = TypeVar("Read", ConversationCard, Conversation)
Seen = TypeVar("Seen", ConversationCard, InCharge, Conversation)

router = APIRouter(prefix="/api/v1", tags=["operator"])


def room(request: Request) -> Handoffs:
    """The room of handoffs."""
    handoffs: Handoffs = request.app.state.handoffs
    return handoffs


@router.post("/operator/session", responses=refusals(400, 401, 413, 422, 429))
def sign_in(request: Request, response: Response, given: SignIn) -> SignedIn:
    """Sign in; the cookie is the session. Programs use a bearer token instead."""
    state = request.app.state
    result = state.identity.login(
        given.username, given.password, given.code, client_address(request, state.settings)
    )
    if result.staff is None or result.needs is not None:
        raise LoginRefused
    set_session_cookie(response, request, result.token)
    response.headers["cache-control"] = "no-store"
    staff: Staff = result.staff
    return SignedIn(username=staff.username, display_name=staff.display_name, csrf=staff.csrf)


@router.get("/operator/queue", responses=refusals(401, 403, 422), dependencies=[AT_DESK])
def queue(request: Request) -> Cards:
    """Who waits, in the order in which they are answered."""
    with request.app.state.database.read() as session:
        return _cards(reading.queue(session), reading.queue_length(session))


@router.get("/operator/conversations", responses=refusals(401, 403, 422))
def conversations(request: Request, staff: AtDesk, mine: Annotated[bool, Query()] = True) -> Cards:
    """One's own conversations; everybody's (`mine=0`) for who oversees."""
    if not mine and not staff.may(Permission.CHAT_OVERSEE):
        raise NotPermitted(Permission.CHAT_OVERSEE)
    with request.app.state.database.read() as session:
        if mine:
            found = reading.conversations_of(session, staff.username)
            return _cards(found, len(found))
        return _cards(reading.everyones(session), reading.open_ones(session))


@router.get("/operator/conversations/{conversation_id}", responses=SEEN)
def conversation(request: Request, staff: AtDesk, conversation_id: Id) -> ConversationOut:
    """Everything that is needed to answer one. Looking at a colleague's is for who oversees."""
    state = request.app.state
    with state.database.write() as session:
        card = may_read(request, session, reading.card_of(session, conversation_id), staff)
        if card.operator not in {None, staff.username}:
            state.cases.trail.append(
                session, act="chat.listen", actor=staff.username, role=staff.role_names,
                subject=f"conversation:{conversation_id}", detail={"operator": card.operator},
                at=room(request).clock(),
            )  # fmt: skip
        notes = [NoteOut.model_validate(one) for one in reading.notes_of(session, conversation_id)]
        events = [EventOut.model_validate(one) for one in reading.events_of(session, conversation_id)]
        votes = [VoteOut.model_validate(one) for one in votes_of(session, conversation_id)]
        whole = session.get_one(Conversation, conversation_id)
        talks = earlier_talks(session, whole)
        here = session.scalars(
            select(Case).where(Case.conversation_id == conversation_id).order_by(Case.id)
        ).all()
        cases = _links(state, session, here, staff)
        earlier = _links(state, session, earlier_cases(session, whole, talks), staff)
    return ConversationOut(
        card=Card.model_validate(card), messages=_messages(state, conversation_id, 0), notes=notes,
        events=events, cases=cases, votes=votes, earlier_cases=earlier,
        earlier=[EarlierTalk.model_validate(one) for one in talks],
    )  # fmt: skip


@router.get("/operator/conversations/{conversation_id}/messages", responses=SEEN)
def messages(
    request: Request, staff: AtDesk, conversation_id: Id, after: After = 0
) -> dict[str, list[MessageOut]]:
    """Every message with a number above `after`, in order, without a gap."""
    state = request.app.state
    with state.database.read() as session:
        may_read(request, session, reading.card_of(session, conversation_id), staff)
    return {"messages": _messages(state, conversation_id, after)}


@router.post("/operator/next", responses=DONE)
def take_next(request: Request, staff: AtDesk) -> Taken:
    """Take whoever has waited longest of those one can serve."""
    taken = room(request).take_next(person(staff))
    request.app.state.hub.announce(taken)
    return Taken(id=taken)


@router.post("/operator/conversations/{conversation_id}/take", responses=DONE)
def take(request: Request, staff: AtDesk, conversation_id: Id) -> Taken:
    """Take this conversation; who oversees takes it over from a colleague."""
    room(request).take(conversation_id, person(staff))
    return _told(request, conversation_id)


@router.post("/operator/conversations/{conversation_id}/decline", responses=DONE)
def decline(request: Request, staff: AtDesk, conversation_id: Id) -> Taken:
    """Not now: what was offered is offered to the next."""
    request.app.state.offers.decline(conversation_id, person(staff))
    return _told(request, conversation_id)


@router.post("/operator/conversations/{conversation_id}/release", responses=DONE)
def release(request: Request, staff: AtDesk, conversation_id: Id, why: Reason) -> Taken:
    """Hand the citizen back to the bot."""
    room(request).release(conversation_id, person(staff), why.note)
    return _told(request, conversation_id)


@router.post("/operator/conversations/{conversation_id}/transfer", responses=DONE)
def transfer(request: Request, staff: AtDesk, conversation_id: Id, to: Target) -> Taken:
    """Hand it to a colleague, a group or agency, or back to the queue."""
    room(request).transfer(conversation_id, person(staff), operator=to.operator, unit=to.unit, note=to.note)
    return _told(request, conversation_id)


@router.post("/operator/conversations/{conversation_id}/close", responses=DONE)
def close(request: Request, staff: AtDesk, conversation_id: Id, why: Reason) -> Taken:
    """End the conversation."""
    room(request).close(conversation_id, person(staff), why.note)
    return _told(request, conversation_id)


@router.post(
    "/operator/conversations/{conversation_id}/messages",
    status_code=201,
    responses={200: {"model": SaidOut, "description": "Sent before: the same result again"}, **DONE},
)
def say(request: Request, response: Response, staff: AtDesk, conversation_id: Id, said: Said) -> SaidOut:
    """Say something to the citizen, or send an entry of the FAQ with its source."""
    state = request.app.state
    entry = None
    if said.faq_id is not None:
        with state.database.read() as session:
            card = reading.card_of(session, conversation_id)
        hit = state.knowledge_base.entry(said.faq_id, card.language if card else "zh-TW")
        if hit is None:
            raise InvalidInput("faq_id")
        entry = answer(hit, hit.language)[0]
    text = clean_text(said.text, state.settings.message_max_chars) if said.text is not None else ""
    kept, created = room(request).say(conversation_id, person(staff), str(said.client_id), text, entry)
    if not created:
        response.status_code = 200
    state.hub.announce(conversation_id)
    return SaidOut(message=MessageOut.of(kept))


@router.post("/operator/conversations/{conversation_id}/notes", status_code=201, responses=DONE)
def add_note(request: Request, staff: AtDesk, conversation_id: Id, note: NewNote) -> Taken:
    """Write something for colleagues; the citizen never sees it."""
    with request.app.state.database.read() as session:
        may_read(request, session, reading.card_of(session, conversation_id), staff)
    room(request).note(conversation_id, person(staff), note.text, note.kind)
    return _told(request, conversation_id)


@router.get("/operator/conversations/{conversation_id}/suggestions", responses=SEEN)
def suggestions(request: Request, staff: AtDesk, conversation_id: Id) -> Suggestions:
    """Entries of the FAQ for what the citizen wrote last."""
    state = request.app.state
    with state.database.read() as session:
        card = may_read(request, session, reading.card_of(session, conversation_id), staff)
        asked = session.scalar(
            select(Message.text)
            .where(
                Message.conversation_id == conversation_id,
                Message.sender == Sender.CITIZEN,
                Message.kind != Kind.FILE,
            )
            .order_by(Message.seq.desc())
            .limit(1)
        )
    if not asked:
        return Suggestions(suggestions=[])
    language = "en" if card.language == "en" else "zh-TW"
    found = state.knowledge_base.search(asked[:ASKED_CHARS], k=SUGGESTED, language=language)
    return Suggestions(suggestions=[_suggestion(hit) for hit in found.hits if not hit.expired])


@router.get("/operator/replies", responses=refusals(401, 403, 422))
def ready_replies(request: Request, staff: AtDesk) -> Replies:
    """Sentences that are ready, with who answers filled in; `{case}` is left for the desk."""
    with request.app.state.database.read() as session:
        rows = replies(session)
    name = staff.display_name
    return Replies(
        replies=[
            ReadyReply(
                title=row.title, zh=row.zh.replace("{operator}", name), en=row.en.replace("{operator}", name)
            )
            for row in rows
        ]
    )


@router.get("/operator/presence", responses=refusals(401, 403, 422), dependencies=[AT_DESK])
def people(request: Request) -> People:
    """Who is there or was lately."""
    with request.app.state.database.read() as session:
        found = everybody(session, room(request).clock())
    return People(people=[PresenceOut.model_validate(one) for one in found])


@router.post("/operator/presence", responses=DONE)
def be(request: Request, staff: AtDesk, given: PresenceIn) -> People:
    """Say whether one is there."""
    room(request).be(
        person(staff), Presence(given.state), reason=given.reason, capacity=given.capacity,
        languages=given.languages,
    )  # fmt: skip
    return people(request)


def _told(request: Request, conversation_id: str) -> Taken:
    request.app.state.hub.announce(conversation_id)
    return Taken(id=conversation_id)


def _messages(state: Any, conversation_id: str, after: int) -> list[MessageOut]:
    """In a transaction of its own: nobody holds one connection and waits for another."""
    return [MessageOut.of(one) for one in state.conversations.since(conversation_id, after)[1]]


def _cards(found: list[ConversationCard], total: int) -> Cards:
    return Cards(conversations=[Card.model_validate(one) for one in found], total=total)


def may_see(card: Seen | None, staff: Staff) -> Seen:
    """Who waits, and one's own; everything else is for who oversees."""
    if card is None:
        raise NotFound("no such conversation")
    open_to_all = card.owner == Owner.QUEUE or card.operator == staff.username
    if not open_to_all and not staff.may(Permission.CHAT_OVERSEE):
        raise NotPermitted(Permission.CHAT_OVERSEE)
    return card


def may_read(request: Request, session: Session, card: Read | None, staff: Staff) -> Read:
    """As `may_see`, and the conversation of whom one calls back."""
    if card is not None and calls(session, card.id, staff.username, room(request).clock()):
        return card
    return may_see(card, staff)


def _links(state: Any, session: Session, rows: Sequence[Case], staff: Staff) -> list[CaseLink]:
    english = staff.language == "en"
    links = []
    for row in rows:
        item = state.cases.catalogues.by_version(session, row.catalogue_version).item(row.item_code)
        name = item.name_en if english else item.name_zh
        links.append(CaseLink(number=row.number, item=name, status=STATUS_TEXT[Status(row.status)][english]))
    return links


def _suggestion(hit: Any) -> Suggestion:
    return Suggestion(
        faq_id=hit.id, question=hit.question, answer=hit.answer, agency=hit.agency,
        source_url=hit.source_url or "", score=round(hit.score, 4),
        source_date=hit.source_date.isoformat() if hit.source_date else None,
        older_than_3_years=hit.older_than_3_years,
    )  # fmt: skip
