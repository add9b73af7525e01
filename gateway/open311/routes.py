"""GeoReport v2 over HTTP: `.json` or `.xml`, with or without a slash at the end, forms and multipart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from gateway.cases.attachments.rules import FILE_MAX_BYTES, TOGETHER_MAX_FILES
from gateway.cases.views import RegisteredCase
from gateway.channels.address import bearer_of, client_address
from gateway.errors import InvalidFields, InvalidInput, PlatformError, TooLarge
from gateway.identity.rules import Permission
from gateway.open311 import rules, services
from gateway.open311.errors import AddressNotFound, BadQuery, KeyRefused, MethodRefused
from gateway.open311.filing import FIELDS, Filing, Submission, Upload
from gateway.open311.requests import PublicRequests
from gateway.open311.writing import written

log = structlog.get_logger()
router = APIRouter(prefix="/open311/v2", include_in_schema=False)
FIELDS_MAX = 100
BY = "open311:{name}"
"""How a program is named in the history of a case."""
NOTICE = ("由{owner}處理。", "{owner} will see to it.")
_SERVER_ERROR = 500
_ANY_PAGE = {"access-control-allow-origin": "*"}
"""What is public may be read by pages of any origin; no cookie is asked for."""
Given = Mapping[str, str]
Answer = tuple[str, Any]
"""The name of XML's outermost element, and the facts."""


@dataclass(frozen=True)
class Question:
    """What is to be read, by whom and in which language."""

    request: Request
    parts: tuple[str, ...]
    given: Given
    english: bool

    @property
    def state(self) -> Any:
        """The platform's rooms."""
        return self.request.app.state


@router.get("/{path:path}")
def read(request: Request, path: str) -> Response:
    """Everything that is read."""
    given = dict(request.query_params)
    form = rules.format_of(path, request.headers.get("accept", ""))
    try:
        _count(request)
        rules.check_jurisdiction(given, request.app.state.settings.open311_jurisdiction)
        parts = rules.asked(path, "").parts
        reader = _READERS.get(parts[0])
        if reader is None:
            raise AddressNotFound
        response = written(*reader(Question(request, parts, given, _english(request, given))), form)
    except PlatformError as error:
        response = _refused(request, error, form, given)
    response.headers.update(_ANY_PAGE)
    return response


@router.post("/{path:path}")
async def file(request: Request, path: str) -> Response:
    """A report is filed: `POST requests`."""
    form = rules.format_of(path, request.headers.get("accept", ""))
    given = dict(request.query_params)
    try:
        if rules.asked(path, "").parts != ("requests",):
            raise AddressNotFound
        _count(request)
        sent = await _submission(request)
        given |= sent.fields
        rules.check_jurisdiction(given, request.app.state.settings.open311_jurisdiction)
        filed = await run_in_threadpool(_file, request, sent, _key(request, given))
        english = _english(request, given)
        owner = filed.owner_en if english else filed.owner
        told = {
            "service_request_id": filed.number,
            "service_notice": NOTICE[english].format(owner=owner),
            "account_id": None,
        }
        return written("service_requests", [told], form, 201 if filed.created else 200)
    except PlatformError as error:
        return _refused(request, error, form, given)


@router.api_route("/{path:path}", methods=["PUT", "PATCH", "DELETE", "OPTIONS"])
def nothing_else(request: Request, path: str) -> Response:
    """What the standard has no method for, refused in its form."""
    form = rules.format_of(path, request.headers.get("accept", ""))
    response = _refused(request, MethodRefused(), form, dict(request.query_params))
    response.headers["allow"] = "GET, POST"
    return response


async def _submission(request: Request) -> Submission:
    pairs: list[tuple[str, str]] = []
    uploads: list[Upload] = []
    try:
        async with request.form(max_files=TOGETHER_MAX_FILES, max_fields=FIELDS_MAX) as form:
            for name, value in form.multi_items():
                if not isinstance(value, UploadFile):
                    pairs.append((name, value))
                elif value.size:
                    data = await value.read(FILE_MAX_BYTES + 1)
                    uploads.append(Upload(value.filename or name, data))
    except HTTPException as error:
        if error.status_code == TooLarge.status:
            raise TooLarge from None
        raise BadQuery("the body cannot be read as a form") from None
    query = [(name, value) for name, value in request.query_params.multi_items()]
    return Submission.read([*query, *pairs], uploads, request.headers.get("idempotency-key", ""))


def _file(request: Request, sent: Submission, key: str) -> RegisteredCase:
    state = request.app.state
    filing = Filing(state.cases, state.places, state.attachments)
    with state.database.read() as session:
        _holder(state, session, key)
        known = filing.known(session, sent)
        if known is not None:
            return known
        files = filing.prepare(session, sent)
    with state.database.write() as session:
        return filing.file(session, sent, files, BY.format(name=_holder(state, session, key)))


def _holder(state: Any, session: Session, key: str) -> str:
    holder = state.identity.token_holder(session, key) if key else None
    if holder is None or not holder.may(Permission.CASES_FILE):
        raise KeyRefused
    name: str = getattr(holder, "username", None) or holder.name
    return name


def _key(request: Request, given: Given) -> str:
    return given.get("api_key", "") or bearer_of(request)


def _count(request: Request) -> None:
    """Count a request against its address, before anything of it is read."""
    state = request.app.state
    state.limits.check("open311", client_address(request, state.settings))


def _english(request: Request, given: Given) -> bool:
    """Chinese, but for a client that asks for English."""
    wish = given.get("locale", "") or request.headers.get("accept-language", "")
    return wish.strip().lower().startswith("en")


def _discovery(asked: Question) -> Answer:
    if len(asked.parts) > 1:
        raise AddressNotFound
    base = asked.state.settings.public_url or str(asked.request.base_url)
    return "discovery", services.discovery(base.rstrip("/"), asked.english)


def _services(asked: Question) -> Answer:
    catalogue = asked.state.catalogues.current()
    if len(asked.parts) == 1:
        return "services", services.services(catalogue, asked.english)
    item = services.public_item(catalogue, rules.one_part(asked.parts))
    return "service_definition", services.definition(item, asked.english)


def _requests(asked: Question) -> Answer:
    state = asked.state
    found = PublicRequests(state.cases, state.places)
    with state.database.read() as session:
        if len(asked.parts) > 1:
            return "service_requests", [found.one(session, rules.one_part(asked.parts), asked.english)]
        wanted = rules.wanted(asked.given, state.cases.clock(), state.cases.office(session).zone)
        return "service_requests", found.listed(session, wanted, asked.english)


def _tokens(asked: Question) -> Answer:
    found = PublicRequests(asked.state.cases, asked.state.places)
    with asked.state.database.read() as session:
        return "service_requests", [found.token(session, rules.one_part(asked.parts))]


_READERS: Mapping[str, Callable[[Question], Answer]] = {
    "discovery": _discovery,
    "services": _services,
    "requests": _requests,
    "tokens": _tokens,
}


def _refused(request: Request, error: PlatformError, form: rules.Format, given: Given) -> Response:
    """The standard's shape of a refusal: one entry for each thing that is wrong."""
    english = _english(request, given)
    level = log.error if error.status >= _SERVER_ERROR else log.info
    level("refused", code=error.code, detail=error.detail[:200], **error.context)
    status = BadQuery.status if isinstance(error, InvalidInput) else error.status
    if isinstance(error, InvalidFields):
        told = [f"{_named(name)}: {words[english]}" for name, words in sorted(error.fields.items())]
    else:
        detail = error.detail if isinstance(error, InvalidInput) else ""
        told = [" ".join(part for part in (error.en if english else error.zh, detail) if part)]
    return written("errors", [{"code": status, "description": text} for text in told], form, status)


def _named(field: str) -> str:
    head, _, code = field.partition(".")
    return f"attribute[{code}]" if head == "attributes" else FIELDS.get(field, field)
