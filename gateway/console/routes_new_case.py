"""A new case from the telephone, the counter, a letter or a fax: typed in, read back, registered once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.duplicates import Duplicate, DuplicateService, NewReporter
from gateway.cases.filing import DESCRIPTION_MAX, Filled, checked_reporter
from gateway.cases.rules import Role
from gateway.cases.typed import CHANNELS, ReadBack, Typed, check_channel, read_back, register_typed
from gateway.cases.views import RegisteredCase
from gateway.cases.working import limit_text
from gateway.channels.operator.routes import may_read
from gateway.console import conversation_files
from gateway.console.act_forms import LOCAL
from gateway.console.guards import CHECKED
from gateway.console.routes_cases import BASE, case_roles, cases_of, words_of
from gateway.console.routes_session import frame_of
from gateway.conversations import case_message
from gateway.conversations.models import Conversation, Message
from gateway.conversations.rules import Kind, Sender
from gateway.conversations.transcript import append, locked
from gateway.errors import InvalidFields, Unavailable
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require

NEW: Final = f"{BASE}/new"
GUESSES: Final = 5
FIELDS: Final = (
    "channel", "received_at", "item_code", "description", "district", "address", "name", "phone", "email",
    "language", "conversation",
)  # fmt: skip
_STEPS: Final = ("form_key", "step", "join")
ATTRIBUTE: Final = "attribute."
_KEY_BYTES: Final = 16
_AS_WHOM: Final = (Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR)
FILER: Final = Depends(require(Permission.CASES_FILE))
Filer = Annotated[Staff, FILER]
Given = Mapping[str, Any]
router = APIRouter(include_in_schema=False, dependencies=[FILER])


async def typed_form(request: Request) -> dict[str, Any]:
    """What was typed: the fields of every item, and the answers to its questions."""
    form = await request.form(max_files=0)
    given: dict[str, Any] = {name: str(form.get(name, ""))[:8000] for name in (*FIELDS, *_STEPS)}
    for name in form:
        if name.startswith(ATTRIBUTE):
            given[name] = [str(value)[:2000] for value in form.getlist(name) if str(value).strip()]
    given[conversation_files.FIELD] = [str(value)[:32] for value in form.getlist(conversation_files.FIELD)]
    return given


FormGiven = Annotated[dict[str, Any], Depends(typed_form)]


@router.get(NEW)
def new_case(
    request: Request, staff: Filer, conversation: Annotated[str, Query(max_length=36)] = ""
) -> Response:
    """An empty form, or one with what the citizen said in a conversation that this person may see."""
    given: dict[str, Any] = {
        "channel": CHANNELS[0],
        "language": "zh-TW",
        "form_key": secrets.token_hex(_KEY_BYTES),
    }
    with request.app.state.database.read() as session:
        if conversation:
            given |= _said_in(request, session, staff, conversation)
            rows = conversation_files.offered(request, session, given)
            given[conversation_files.FIELD] = [row.public_id for row in rows]
        return _form(request, session, given)


@router.get(f"{NEW}/help")
def help_choose(
    request: Request,
    description: Annotated[str, Query(max_length=8000)] = "",
    item_code: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Items that fit the words typed so far, and the questions of the item that is chosen."""
    with request.app.state.database.read() as session:
        words = words_of(request, session)
        return frame_of(request).render(
            request, "cases/new_help.html", guesses=_guesses(request, description), words=words,
            item=words.item_of(item_code), given={}, problems={},
        )  # fmt: skip


@router.post(NEW, dependencies=[CHECKED])
def take_case(request: Request, staff: Filer, given: FormGiven) -> Response:
    """Read the case back first; then register it, or join one that was there before."""
    state, cases = request.app.state, cases_of(request)
    try:
        if given["conversation"]:
            with state.database.read() as session:
                talk = may_read(request, session, session.get(Conversation, given["conversation"]), staff)
                given["channel"] = talk.channel
        if given["step"] == "join":
            return _join(request, staff, given)
        if given["step"] == "edit":
            with state.database.read() as session:
                return _form(request, session, given)
        with state.database.write() as session:
            told = read_back(session, cases, state.places, _typed(request, session, given))
            if given["step"] != "register":
                return _read_back(request, session, given, told)
            role = next(role for role in _AS_WHOM if role in case_roles(staff))
            key = f"{staff.username}:{given['form_key'][:64]}"
            # As in a turn of the chat the conversation is locked before the case is numbered.
            talk = locked(session, told.conversation_id) if told.conversation_id else None
            told = conversation_files.with_files(request, session, told, given)
            case = register_typed(session, cases, told, key=key, by=staff.username, role=role)
            if talk is not None and case.created:
                session.add(_told_in_chat(talk, case, cases.clock()))
    except InvalidFields as refused:
        with state.database.read() as session:
            return _form(request, session, given, refused)
    if told.conversation_id is not None:
        state.hub.announce(told.conversation_id)
    return frame_of(request).redirect(
        request, f"{BASE}/{case.number}", "new_case.done", number=case.number, code=case.verification_code
    )


def _said_in(request: Request, session: Session, staff: Staff, conversation_id: str) -> dict[str, str]:
    """What the citizen has said, as the beginning of a report."""
    conversation = may_read(request, session, session.get(Conversation, conversation_id), staff)
    texts = session.scalars(
        select(Message.text)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == Sender.CITIZEN,
            Message.kind != Kind.FILE,
        )
        .order_by(Message.seq)
    )
    return {
        "conversation": conversation_id,
        "channel": conversation.channel,
        "language": conversation.language,
        "description": "\n".join(texts)[:DESCRIPTION_MAX],
    }


def _told_in_chat(talk: Conversation, case: RegisteredCase, now: datetime) -> Message:
    """Number and code for the citizen, as the next message of the conversation."""
    reply = replace(case_message.replies(case, talk.language)[0], sender=Sender.SYSTEM)
    return append(talk, reply, now)


def _join(request: Request, staff: Staff, given: Given) -> Response:
    state, cases = request.app.state, cases_of(request)
    who = checked_reporter(given["name"] or None, given["phone"] or None, given["email"] or None)
    check_channel(given["channel"], given["conversation"] or None)
    with state.database.write() as session:
        joined = _duplicates(request).join(
            session, given["join"],
            NewReporter(
                origin_key=f"desk:{staff.username}:{given['form_key'][:64]}", channel=given["channel"],
                language=given["language"] if given["language"] == "en" else "zh-TW",
                name=who.name, phone=who.phone, email=who.email, note=given["description"][:1000] or None,
                conversation_id=given["conversation"] or None,
            ),
            cases.clock(),
        )  # fmt: skip
        conversation_files.give_to_joined(request, session, joined.number, given)
    return frame_of(request).redirect(
        request, f"{BASE}/{joined.number}", "new_case.joined", number=joined.number,
        code=joined.verification_code,
    )  # fmt: skip


def _typed(request: Request, session: Session, given: Given) -> Typed:
    zone = cases_of(request).office(session).zone
    item = cases_of(request).tools(session).catalogue.items.get(given["item_code"])
    return Typed(
        Filled(
            item_code=given["item_code"],
            description=given["description"],
            district=given["district"] or None,
            address=given["address"] or None,
            name=given["name"] or None,
            phone=given["phone"] or None,
            email=given["email"] or None,
            language="en" if given["language"] == "en" else "zh-TW",
            attributes=_answers(item, given),
        ),
        given["channel"],
        _instant(given["received_at"], zone),
        given["conversation"] or None,
    )


def _answers(item: ServiceItem | None, given: Given) -> dict[str, Any]:
    """The answers to the questions of the chosen item; those of one chosen before are dropped."""
    answers: dict[str, Any] = {}
    for attribute in item.attributes if item else ():
        values = given.get(f"{ATTRIBUTE}{attribute.code}", [])
        if values:
            answers[attribute.code] = values if attribute.datatype == "multivaluelist" else values[-1]
    return answers


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return datetime.max.replace(tzinfo=zone)  # refused with the field's own words


def _form(request: Request, session: Session, given: Given, refused: InvalidFields | None = None) -> Response:
    words, zone = words_of(request, session), cases_of(request).office(session).zone
    now = cases_of(request).clock().astimezone(zone)
    channels = (given["channel"],) if given.get("conversation") else CHANNELS
    problems = {name: pair[words.english] for name, pair in refused.fields.items()} if refused else {}
    return frame_of(request).render(
        request, "cases/new.html", 422 if refused else 200,
        given={**dict.fromkeys(FIELDS, ""), **given}, problems=problems, words=words,
        channels=[(name, words.named("cases.channels", name)) for name in channels],
        item=words.item_of(given.get("item_code", "")), latest=f"{now:{LOCAL}}",
        guesses=_guesses(request, given.get("description", "")) if refused else (),
        files=conversation_files.offered(request, session, given),
    )  # fmt: skip


def _read_back(request: Request, session: Session, given: Given, told: ReadBack) -> Response:
    words = words_of(request, session)
    filled = told.form.filled
    found: Sequence[Duplicate] = _duplicates(request).find(
        session, told.form.item.code, lat=None, lng=None, district=filled.district, address=filled.address,
        now=cases_of(request).clock(),
    )  # fmt: skip
    dues = [(stage, at, limit_text(limit, words.language)) for stage, limit, at in told.dues]
    return frame_of(request).render(
        request, "cases/new_check.html", given=given, told=told, words=words, duplicates=found, dues=dues,
        hidden=_hidden(given), answers=_told_answers(told, words.english),
        files=conversation_files.ticked(request, session, given),
    )  # fmt: skip


def _hidden(given: Given) -> list[tuple[str, str]]:
    pairs = [(name, given.get(name, "")) for name in (*FIELDS, "form_key")]
    for name, values in given.items():
        if name.startswith(ATTRIBUTE):
            pairs += [(name, value) for value in values]
    pairs += [(conversation_files.FIELD, value) for value in given.get(conversation_files.FIELD, ())]
    return pairs


def _told_answers(told: ReadBack, english: bool) -> list[tuple[str, str]]:
    answers = []
    for attribute in told.form.item.attributes:
        value = told.form.filled.attributes.get(attribute.code)
        if value is not None:
            names = {one.key: one.en if english else one.zh for one in attribute.values}
            shown = [names.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value])]
            answers.append((attribute.en if english else attribute.zh, "、".join(shown)))
    return answers


def _guesses(request: Request, text: str) -> Sequence[str]:
    """Codes of the items that fit the words best; none while the index is not there."""
    try:
        return [guess.code for guess in request.app.state.catalogues.current().guess(text, k=GUESSES)]
    except Unavailable:
        return ()


def _duplicates(request: Request) -> DuplicateService:
    duplicates: DuplicateService = request.app.state.duplicates
    return duplicates
