"""Cases for the desk's tests, registered by the real case room."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from sqlalchemy import select

from gateway.cases.models import Case
from gateway.cases.rules import Act, CallBack, Role
from gateway.cases.views import Deed, NewCase

RESULT = "上午十點到場，刨除破損路面後重新鋪設柏油並壓實"
CITIZEN = {"contact_name": "王大明", "contact_phone": "0912-345-678", "contact_email": "ming@example.org"}


def file_case(app: FastAPI, **parts: Any) -> str:
    """The number of a new case, received now; keyword arguments change parts of it."""
    cases = app.state.cases
    hours = parts.pop("hours_ago", 0)
    facts: dict[str, Any] = {
        "kind": "dispatch",
        "item_code": "road_pothole",
        "description": "巷口路面破一個大洞",
        "received_at": cases.clock() - timedelta(hours=hours),
        "channel": "phone",
        "district": "三民區",
        "address": "建工路100號前",
        **CITIZEN,
    }
    with app.state.database.write() as session:
        new = NewCase(origin_key=uuid.uuid4().hex, **{**facts, **parts})
        number: str = cases.register(session, new).number
        return number


def act(app: FastAPI, number: str, what: Act, role: Role, **parts: Any) -> None:
    """An act by a colleague, on the case as it stands."""
    cases = app.state.cases
    with app.state.database.write() as session:
        deed = Deed(what, "colleague", role, expected_version=version_of(app, number), **parts)
        cases.act(session, number, deed)


def version_of(app: FastAPI, number: str) -> int:
    """The version of a case."""
    with app.state.database.read() as session:
        return int(session.scalars(select(Case.version).where(Case.number == number)).one())


def finish(app: FastAPI, number: str, *, release: bool = True) -> None:
    """Accept and handle a case, and release it."""
    now = app.state.cases.clock()
    act(app, number, Act.ACCEPT, Role.SUPERVISOR)
    act(app, number, Act.HANDLE, Role.SUPERVISOR, note=RESULT, arrived_at=now)
    if release:
        act(app, number, Act.RELEASE, Role.SUPERVISOR, call_back=CallBack.SATISFIED)
