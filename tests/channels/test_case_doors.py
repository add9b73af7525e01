"""Cases over HTTP open to their own code alone, and tell nobody else even that they exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from gateway.cases.attachments.errors import AttachmentsTooLarge
from gateway.cases.attachments.rules import TOGETHER_MAX_FILES, Purpose
from gateway.cases.models import Case
from tests.console.filing import file_case, finish, version_of
from tests.in_process import Gateway

BODIES: dict[tuple[str, str], dict[str, Any] | None] = {
    ("GET", "/api/v1/cases/{number}"): None,
    ("POST", "/api/v1/cases/{number}/acts"): {"act": "add_info", "note": "還有一個洞"},
    ("POST", "/api/v1/cases/{number}/rating"): {"score": 5},
    ("POST", "/api/v1/cases/{number}/line-code"): None,
    ("GET", "/api/v1/cases/{number}/attachments"): None,
    ("GET", "/api/v1/cases/{number}/attachments/{public_id}"): None,
}
"""What each door takes. A new route about a case must be entered here."""
UNKNOWN = "D20261101-999999"


def routes(gateway: Gateway) -> Iterator[tuple[str, str]]:
    """Every method and path of the interface that names a case."""
    routers = [getattr(route, "original_router", None) for route in gateway.app.routes]
    for route in (route for router in routers if router is not None for route in router.routes):
        if isinstance(route, APIRoute) and route.path.startswith("/api/") and "{number}" in route.path:
            for method in sorted(route.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield method, route.path


@dataclass
class Doors:
    """Knocks at every door of a case."""

    gateway: Gateway
    files: dict[str, str] = field(default_factory=dict)

    def knock(self, method: str, path: str, number: str, code: str | None) -> httpx.Response:
        """Ask with this code, or with none."""
        url = path.format(number=number, public_id=self.files.get(number, "0" * 32))
        headers = {} if code is None else {"x-verification-code": code}
        body = BODIES[method, path]
        return self.gateway.client.request(method, url, headers=headers, **({"json": body} if body else {}))


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    """A gateway with every door there is: with LINE, which is never asked here."""
    nowhere = "http://127.0.0.1:9"
    return start(line_channel_secret="secret", line_channel_access_token="token", line_api_base=nowhere)


@pytest.fixture
def doors(gateway: Gateway) -> Doors:
    """The doors of cases, those of their files among them."""
    return Doors(gateway)


def put_file(doors: Doors, number: str, *, public: bool = True, purpose: Purpose = Purpose.REPORT) -> str:
    """A file of a case, and its public name."""
    attachments = doors.gateway.app.state.attachments
    prepared = attachments.prepare("路燈不亮".encode(), "說明.txt")
    with doors.gateway.database.write() as session:
        case_id = session.scalars(select(Case.id).where(Case.number == number)).one()
        attachments.keep(session, prepared, purpose=purpose, public=public, by="citizen", case_id=case_id)
    name: str = prepared.public_id
    return name


def code_of(gateway: Gateway, number: str) -> str:
    code: str = gateway.app.state.cases.verification_code(number)
    return code


@pytest.mark.parametrize(
    ("full", "free"), [(Purpose.REPORT, Purpose.RESULT), (Purpose.RESULT, Purpose.REPORT)]
)
def test_neither_side_takes_the_other_sides_room_for_files(
    doors: Doors, full: Purpose, free: Purpose
) -> None:
    number = file_case(doors.gateway.app)
    for _ in range(TOGETHER_MAX_FILES):
        put_file(doors, number, purpose=full)
    with pytest.raises(AttachmentsTooLarge):
        put_file(doors, number, purpose=full)
    put_file(doors, number, purpose=free)


def test_every_route_about_a_case_is_in_the_table(gateway: Gateway) -> None:
    assert set(routes(gateway)) <= set(BODIES)


@pytest.mark.parametrize("closed", [False, True])
def test_another_citizens_code_opens_nothing_and_changes_nothing(doors: Doors, closed: bool) -> None:
    gateway = doors.gateway
    mine, yours = file_case(gateway.app), file_case(gateway.app, contact_name="林小姐")
    if closed:
        finish(gateway.app, mine)
        finish(gateway.app, yours)
    doors.files[yours] = put_file(doors, yours)
    version = version_of(gateway.app, yours)
    right = code_of(gateway, yours)
    wrong = [
        None, "", code_of(gateway, mine), right[:-1], right + "0", right[::-1], "0" * len(right), "%", "*",
        "x" * 5000, f"{right}\x00", "' OR 1=1 --",
    ]  # fmt: skip
    for method, path in routes(gateway):
        unknown = doors.knock(method, path, UNKNOWN, right)
        assert unknown.status_code == 404, path
        for code in wrong:
            refused = doors.knock(method, path, yours, code)
            assert refused.status_code == 404, (method, path, code)
            assert _words(refused) == _words(unknown), (method, path, code)
    assert version_of(gateway.app, yours) == version
    assert doors.knock("GET", "/api/v1/cases/{number}", yours, right).status_code == 200


def test_the_right_code_opens_each_door(doors: Doors) -> None:
    """A sweep of closed doors proves nothing unless the key turns."""
    gateway = doors.gateway
    open_one, closed_one = file_case(gateway.app), file_case(gateway.app)
    doors.files[open_one] = put_file(doors, open_one)
    finish(gateway.app, closed_one)
    answers = {
        (method, path): {
            doors.knock(method, path, number, code_of(gateway, number)).status_code
            for number in (open_one, closed_one)
        }
        for method, path in routes(gateway)
    }
    assert set(answers) == set(BODIES)
    assert {door for door, statuses in answers.items() if not statuses & {200, 201}} == set()


def test_a_right_code_opens_no_file_of_another_case_and_none_of_the_staffs(doors: Doors) -> None:
    mine, yours = file_case(doors.gateway.app), file_case(doors.gateway.app)
    code, path = code_of(doors.gateway, mine), "/api/v1/cases/{number}/attachments/{public_id}"
    for name in (put_file(doors, yours), put_file(doors, mine, public=False), "../" * 8 + "etc/passwd"):
        doors.files[mine] = name
        assert doors.knock("GET", path, mine, code).status_code == 404, name
    doors.files[mine] = put_file(doors, mine)
    seen = doors.knock("GET", path, mine, code)
    assert (seen.status_code, seen.content.decode()) == (200, "路燈不亮")
    assert seen.headers["content-disposition"].startswith("attachment")
    listed = doors.knock("GET", "/api/v1/cases/{number}/attachments", mine, code).json()
    assert [one["id"] for one in listed] == [doors.files[mine]]


def test_no_answer_holds_what_the_reporter_left(doors: Doors) -> None:
    """Not even to the holder of the code, who may have found it on a slip of paper."""
    number = file_case(doors.gateway.app)
    answer = doors.knock("GET", "/api/v1/cases/{number}", number, code_of(doors.gateway, number))
    for secret in ("王大明", "0912", "ming@example.org"):
        assert secret not in answer.text


def _words(answer: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    return {name: value for name, value in error.items() if name != "request_id"}
