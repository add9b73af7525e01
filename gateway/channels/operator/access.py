"""Who is calling at the desk of conversations: a session's cookie with its form token, or a bearer token."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.requests import HTTPConnection

from gateway.channels.address import bearer_of
from gateway.handoff.views import Person
from gateway.identity.errors import CsrfMismatch, NotPermitted, NotSignedIn
from gateway.identity.rules import Permission
from gateway.identity.views import ApiClient, Staff
from gateway.identity.web import current_staff, remember_holder

_SAFE = frozenset({"GET", "HEAD"})


def caller_at_desk(connection: HTTPConnection) -> Staff | ApiClient:
    """Whoever calls, by token or by session. Raises NotSignedIn."""
    token = bearer_of(connection)
    if not token:
        return current_staff(connection)
    state = connection.app.state
    with state.database.read() as session:
        holder: Staff | ApiClient | None = state.identity.token_holder(session, token)
    if holder is None:
        raise NotSignedIn
    remember_holder(connection, holder)
    return holder


def staff_at_desk(connection: HTTPConnection) -> Staff:
    """The person who calls, if they may take conversations. Raises NotSignedIn, NotPermitted."""
    caller = caller_at_desk(connection)
    if not isinstance(caller, Staff) or not caller.may(Permission.CHAT_TAKE):
        raise NotPermitted(Permission.CHAT_TAKE)
    connection.app.state.handoffs.alive(caller.username)
    return caller


def checked_staff(request: Request, x_csrf_token: Annotated[str, Header(max_length=200)] = "") -> Staff:
    """As `staff_at_desk`; with a cookie, what changes something must carry the session's form token."""
    staff = staff_at_desk(request)
    check_form_token(request, staff, x_csrf_token)
    return staff


def check_form_token(request: Request, staff: Staff, given: str) -> None:
    """Raise CsrfMismatch for a request by cookie that may come from another site's page."""
    if request.method in _SAFE or bearer_of(request):
        return
    if not staff.csrf or not hmac.compare_digest(staff.csrf.encode(), given.encode("utf-8", "replace")):
        raise CsrfMismatch


def person(staff: Staff) -> Person:
    """Somebody of the staff as the room of handoffs knows them."""
    return Person(staff.username, staff.display_name, staff.units, staff.may(Permission.CHAT_OVERSEE))


AT_DESK = Depends(checked_staff)
AtDesk = Annotated[Staff, AT_DESK]
