"""Where units' own systems are told what happens to their cases: entered, tried, paused, removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.routes_session import Text, frame_of
from gateway.console.visitor import visitor_of
from gateway.errors import InvalidFields
from gateway.identity.rules import GRANTS, Permission, StaffRole
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.outbox.webhooks.addresses import Destinations
from gateway.outbox.webhooks.errors import AddressRefused, EndpointNotActive
from gateway.outbox.webhooks.rules import GRACE, URL_MAX, EndpointState, Topic
from gateway.outbox.webhooks.service import By, Standing, Webhooks, endpoints, standings

BASE: Final = "/console/webhooks"
MANAGER: Final = Depends(require(Permission.OUTBOX_MANAGE))
Manager = Annotated[Staff, MANAGER]
Topics = Annotated[list[str], Form(max_length=50)]
Url = Annotated[str, Form(max_length=2 * URL_MAX)]
UNKNOWN_UNIT: Final = ("請選擇單位。", "Choose a unit.")
NO_TOPIC: Final = ("請至少勾選一種事件。", "Tick at least one event.")

router = APIRouter(include_in_schema=False, dependencies=[MANAGER])


class Doing(StrEnum):
    """What can be done with an endpoint without being told anything in return."""

    TEST = "test"
    PAUSE = "pause"
    RESUME = "resume"
    REMOVE = "remove"


Act = Callable[[Webhooks, Session, int, By, datetime], None]
ACTS: Final[Mapping[Doing, Act]] = {
    Doing.TEST: Webhooks.test,
    Doing.PAUSE: Webhooks.pause,
    Doing.RESUME: Webhooks.resume,
    Doing.REMOVE: Webhooks.remove,
}


@router.get(BASE)
def listed(request: Request) -> Response:
    """Every endpoint with how deliveries go, and the form for another."""
    return _page(request)


@router.post(BASE, dependencies=[CHECKED])
def add(request: Request, staff: Manager, unit: Text = "", url: Url = "", topics: Topics = []) -> Response:  # noqa: B006 - FastAPI copies it
    """Enter an endpoint; its secret is shown this once."""
    try:
        known, where = _checked(request, unit, url.strip(), topics)
    except InvalidFields as refused:
        return _page(request, {"unit": unit, "url": url, "topics": topics}, refused)
    with request.app.state.database.write() as session:
        _, secret = _webhooks(request).add(
            session, unit=unit, url=where, topics=known, by=_by(staff), now=_now(request)
        )
    return _secret(request, where, secret, rotated=False)


@router.post(BASE + "/{endpoint_id}/secret", dependencies=[CHECKED])
def rotate(request: Request, staff: Manager, endpoint_id: int) -> Response:
    """Another secret, shown this once; the one before signs for a while too."""
    with request.app.state.database.write() as session:
        secret = _webhooks(request).rotate(session, endpoint_id, _by(staff), _now(request))
        where = next(one.url for one in endpoints(session) if one.id == endpoint_id)
    return _secret(request, where, secret, rotated=True)


@router.post(BASE + "/{endpoint_id}/{doing}", dependencies=[CHECKED])
def manage(request: Request, staff: Manager, endpoint_id: int, doing: Doing) -> Response:
    """Send it a test event, pause it, resume it, or remove it."""
    flash = f"webhooks.done.{doing}"
    try:
        with request.app.state.database.write() as session:
            ACTS[doing](_webhooks(request), session, endpoint_id, _by(staff), _now(request))
    except EndpointNotActive:
        flash = "webhooks.not_active"
    return frame_of(request).redirect(request, BASE, flash)


def _checked(request: Request, unit: str, url: str, topics: list[str]) -> tuple[list[Topic], str]:
    """The topics and the address. Raises InvalidFields."""
    problems: dict[str, tuple[str, str]] = {}
    if not request.app.state.cases.catalogue.knows_unit(unit):
        problems["unit"] = UNKNOWN_UNIT
    known = [topic for topic in Topic if topic in topics]
    if not known:
        problems["topics"] = NO_TOPIC
    destinations: Destinations = request.app.state.destinations
    where = url
    try:
        where = destinations.checked(url)
    except AddressRefused as refused:
        problems["url"] = refused.why
    if problems:
        raise InvalidFields(problems)
    return known, where


def _page(
    request: Request, given: Mapping[str, object] | None = None, refused: InvalidFields | None = None
) -> Response:
    catalogue, language = request.app.state.cases.catalogue, visitor_of(request).language
    with request.app.state.database.read() as session:
        rows, how = endpoints(session), standings(session)
    units = [("", "—"), *((name, catalogue.unit_name(name, language)) for name in catalogue.units)]
    return frame_of(request).render(
        request, "webhooks/list.html", 422 if refused else 200, rows=rows, units=dict(units), how=how,
        blank=Standing(), given=given or {"unit": "", "url": "", "topics": list(Topic)},
        problems=refused.fields if refused else {}, topics=list(Topic), states=EndpointState,
        plain_http=request.app.state.settings.webhook_plain_http, url_max=URL_MAX, now_at=_now(request),
    )  # fmt: skip


def _secret(request: Request, url: str, secret: str, *, rotated: bool) -> Response:
    hours = int(GRACE.total_seconds() // 3600)
    return frame_of(request).render(
        request, "webhooks/secret.html", url=url, secret=secret, rotated=rotated, hours=hours
    )


def _webhooks(request: Request) -> Webhooks:
    webhooks: Webhooks = request.app.state.webhooks
    return webhooks


def _by(staff: Staff) -> By:
    role = next(role for role in StaffRole if role in staff.roles & GRANTS[Permission.OUTBOX_MANAGE])
    return By(staff.username, role.value)


def _now(request: Request) -> datetime:
    at: datetime = request.app.state.cases.clock()
    return at
