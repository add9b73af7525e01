"""A client of GeoReport v2 for the tests: what it posts, and how it looks at answers."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import httpx
import jsonschema
import pytest
from sqlalchemy import func, select

from gateway.cases.models import Case
from gateway.identity.rules import Permission
from gateway.identity.views import SYSTEM
from tests.in_process import Gateway
from tests.open311 import schemas

V2 = "/open311/v2"
HOLE = {
    "service_code": "road_pothole",
    "description": "巷口路面破一個大洞",
    "lat": "22.6466",
    "long": "120.3253",
    "address_string": "建工路100號前",
}


def fits(answer: httpx.Response, schema: dict[str, Any], status: int = 200) -> Any:
    """The answer's facts, which have the shape of the standard."""
    assert answer.status_code == status, answer.text
    facts = answer.json()
    jsonschema.validate(facts, schema, format_checker=jsonschema.FormatChecker())
    return facts


def tree_of(answer: httpx.Response) -> ET.Element:
    return ET.fromstring(answer.content)  # noqa: S314 - our own answer


def refused(answer: httpx.Response, status: int) -> str:
    """What a refusal says."""
    facts = fits(answer, schemas.ERRORS, status)
    assert {one["code"] for one in facts} == {status}
    return " | ".join(one["description"] for one in facts)


def token_with(gateway: Gateway, *scopes: Permission) -> str:
    with gateway.database.write() as session:
        issued = gateway.app.state.identity.issue_token(session, "city-app", scopes=scopes, by=SYSTEM)
    return str(issued.token)


@pytest.fixture
def key(gateway: Gateway) -> str:
    """A program's api_key that may file."""
    return token_with(gateway, Permission.CASES_FILE)


def post(gateway: Gateway, key: str | None, **changes: Any) -> httpx.Response:
    form = {**HOLE, **({"api_key": key} if key else {}), **changes}
    return gateway.client.post(f"{V2}/requests.json", data={k: v for k, v in form.items() if v is not None})


def count(gateway: Gateway, model: type[Any] = Case) -> int:
    with gateway.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def numbers(gateway: Gateway, **given: Any) -> list[str]:
    answer = gateway.client.get(f"{V2}/requests.json", params=given)
    return [one["service_request_id"] for one in fits(answer, schemas.REQUESTS)]
