"""What a citizen sees of a case with the code, and that nobody sees anything without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from gateway.cases.errors import CaseNotFound
from gateway.cases.numbering import parse_number
from gateway.cases.routes import router
from gateway.cases.rules import Act, Stage
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase, RegisteredCase
from gateway.database import Database
from gateway.errors import PlatformError, TooManyRequests
from gateway.places.service import Places
from tests.cases.life import Life

Make = Callable[..., NewCase]


class Limits:
    """Counts look-ups and refuses after `allowed`."""

    def __init__(self) -> None:
        self.allowed = 100
        self.asked: list[tuple[str, str]] = []

    def check(self, name: str, who: str) -> None:
        self.asked.append((name, who))
        if len(self.asked) > self.allowed:
            raise TooManyRequests


@pytest.fixture
def filed(cases: CaseService, database: Database, new_case: Make) -> RegisteredCase:
    with database.write() as session:
        return cases.register(session, new_case(contact_name="王小明", contact_phone="0912345678"))


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def client(cases: CaseService, database: Database, limits: Limits) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.address_of = lambda request: request.client.host
    app.include_router(router)
    app.state.cases, app.state.database, app.state.limits = cases, database, limits
    app.state.places = Places.load()

    @app.exception_handler(PlatformError)
    def refuse(_request: Request, error: PlatformError) -> JSONResponse:
        return JSONResponse({"code": error.code, "message": error.zh}, status_code=error.status)

    with TestClient(app) as opened:
        yield opened


def act(cases: CaseService, database: Database, number: str, act: Act, **parts: Any) -> None:
    with database.write() as session:
        Life(cases, session).do(number, act, **parts)


def test_the_whole_story_in_plain_words(
    cases: CaseService,
    database: Database,
    filed: RegisteredCase,
    client: TestClient,
    now: list[datetime],
) -> None:
    number, headers = filed.number, {"X-Verification-Code": filed.verification_code}
    first = client.get(f"/api/v1/cases/{number}", headers=headers)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-store"
    body = first.json()
    assert (body["number"], body["item"], body["owner"], body["district"]) == (
        number,
        "路面坑洞",
        "養工處",
        "三民區",
    )
    assert [(due["stage"], due["verdict"]) for due in body["due"]] == [
        ("inspection", "open"),
        ("completion", "open"),
    ]
    assert [event["text"] for event in body["events"]] == ["案件已受理立案", "已分派給承辦單位"]
    assert body["last_reply"] is None

    now[0] += timedelta(hours=5)
    act(cases, database, number, Act.ACCEPT)
    act(cases, database, number, Act.HANDLE, note="已於上午到場鋪平坑洞，並完成壓實")
    act(cases, database, number, Act.RELEASE)
    body = client.get(f"/api/v1/cases/{number}", headers=headers).json()
    assert (body["status"], body["status_text"]) == ("released", "已結案")
    assert [(due["stage"], due["verdict"]) for due in body["due"]] == [
        ("inspection", "overdue"),
        ("completion", "on_time"),
    ]
    assert body["last_reply"] == "已於上午到場鋪平坑洞，並完成壓實"
    assert len(body["events"]) == 5


def test_nothing_personal_is_shown(filed: RegisteredCase, client: TestClient) -> None:
    answer = client.get(
        f"/api/v1/cases/{filed.number}", headers={"X-Verification-Code": filed.verification_code}
    )
    for private in ("王小明", "0912345678", "建工路", "破一個大洞", filed.verification_code):
        assert private not in answer.text


@pytest.mark.parametrize(
    ("query", "accept", "item"),
    [
        ("", "", "路面坑洞"),
        ("", "en-US,en;q=0.9", "Pothole in the road"),
        ("?language=en", "zh-TW", "Pothole in the road"),
        ("?language=zh-TW", "en", "路面坑洞"),
    ],
)
def test_in_the_language_asked_for(
    filed: RegisteredCase, client: TestClient, query: str, accept: str, item: str
) -> None:
    headers = {"X-Verification-Code": filed.verification_code, "Accept-Language": accept}
    assert client.get(f"/api/v1/cases/{filed.number}{query}", headers=headers).json()["item"] == item


def test_number_and_code_are_read_as_people_type_them(filed: RegisteredCase, client: TestClient) -> None:
    typed = filed.number.replace("-", "").lower()
    code = filed.verification_code.lower().replace("0", "o").replace("1", "l")
    answer = client.get(f"/api/v1/cases/{typed}", headers={"X-Verification-Code": f"{code[:4]} {code[4:]}"})
    assert answer.status_code == 200


def test_wrong_code_unknown_number_and_nonsense_look_the_same(
    cases: CaseService, filed: RegisteredCase, client: TestClient
) -> None:
    unknown = "D1151123-000777-"
    unknown += next(digit for digit in "0123456789" if _is_number(unknown + digit))
    wrong = "00000000" if filed.verification_code != "00000000" else "11111111"
    answers = [
        client.get(f"/api/v1/cases/{filed.number}", headers={"X-Verification-Code": wrong}),
        client.get(f"/api/v1/cases/{filed.number}"),
        client.get(
            f"/api/v1/cases/{unknown}", headers={"X-Verification-Code": cases.verification_code(unknown)}
        ),
        client.get("/api/v1/cases/D1", headers={"X-Verification-Code": cases.verification_code("")}),
        client.get("/api/v1/cases/" + "9" * 3000, headers={"X-Verification-Code": "%00" * 500}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_look_ups_are_counted_by_address_whatever_their_result(
    filed: RegisteredCase, client: TestClient, limits: Limits
) -> None:
    limits.allowed = 1
    assert client.get(f"/api/v1/cases/{filed.number}").status_code == 404
    refused = client.get(
        f"/api/v1/cases/{filed.number}", headers={"X-Verification-Code": filed.verification_code}
    )
    assert refused.status_code == 429
    assert limits.asked == [("case_lookup", "testclient")] * 2


def test_the_view_gives_the_clocks_by_stage(
    cases: CaseService, database: Database, filed: RegisteredCase
) -> None:
    with database.read() as session:
        case = cases.public_view(session, filed.number, filed.verification_code)
        assert [due.stage for due in case.due] == [Stage.INSPECTION, Stage.COMPLETION]
        with pytest.raises(CaseNotFound):
            cases.public_view(session, filed.number, "")


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except PlatformError:
        return False
    return True
