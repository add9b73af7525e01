"""What a citizen does with number and code over HTTP: answer, add, withdraw, reopen, rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from gateway.cases.next_steps import NEXT_STEP
from gateway.cases.routes import router
from gateway.cases.rules import Act, Status
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.errors import PlatformError
from gateway.places.service import Places
from tests.cases.life import PATHS, Life

Make = Callable[..., NewCase]


class NoLimits:
    def check(self, name: str, who: str) -> None:
        assert name == "case_lookup"


@pytest.fixture
def client(cases: CaseService, database: Database) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.address_of = lambda request: request.client.host
    app.include_router(router)
    app.state.cases, app.state.database, app.state.limits = cases, database, NoLimits()
    app.state.places = Places.load()

    @app.exception_handler(PlatformError)
    def refuse(_request: Request, error: PlatformError) -> JSONResponse:
        return JSONResponse({"code": error.code}, status_code=error.status)

    with TestClient(app) as opened:
        yield opened


class Citizen:
    """Somebody with a case in a state, and a client to act on it."""

    def __init__(self, cases: CaseService, database: Database, client: TestClient, number: str) -> None:
        self.cases, self.database, self.client, self.number = cases, database, client, number
        self.headers = {"X-Verification-Code": cases.verification_code(number)}

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/v1/cases/{self.number}", headers=self.headers).json()
        return found

    def act(self, act: str, note: str = "") -> tuple[int, dict[str, Any]]:
        return self.post("acts", {"act": act, "note": note})

    def rate(self, score: int, comment: str = "") -> tuple[int, dict[str, Any]]:
        return self.post("rating", {"score": score, "comment": comment})

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(f"/api/v1/cases/{self.number}/{path}", json=body, headers=self.headers)
        return answer.status_code, answer.json()


@pytest.fixture
def in_state(
    cases: CaseService, database: Database, client: TestClient, new_case: Make
) -> Callable[[Status], Citizen]:
    def bring(status: Status) -> Citizen:
        with database.write() as session:
            number = Life(cases, session).bring(new_case(), status)
        return Citizen(cases, database, client, number)

    return bring


ALLOWED = {
    Status.REGISTERED: {"add_info", "withdraw"},
    Status.ASSIGNED: {"add_info", "withdraw"},
    Status.IN_PROGRESS: {"add_info", "withdraw"},
    Status.WITH_EXTERNAL: {"add_info", "withdraw"},
    Status.AWAITING_CITIZEN: {"supply_info", "withdraw"},
    Status.HANDLED: {"add_info"},
    Status.RELEASED: {"reopen"},
}


@pytest.mark.parametrize("status", list(PATHS))
def test_every_act_in_every_state_is_done_where_it_is_offered_and_refused_elsewhere(
    in_state: Callable[[Status], Citizen], status: Status
) -> None:
    citizen = in_state(status)
    offered = set(citizen.look()["allowed"])
    assert offered == ALLOWED.get(status, set())
    for act in {"add_info", "supply_info", "withdraw", "reopen"} - offered:
        assert citizen.act(act, "請再看一次") == (409, {"code": "act_not_allowed"})
    assert citizen.look()["allowed"] == sorted(offered, key=citizen.look()["allowed"].index)
    for act in sorted(offered)[:1]:
        code, after = citizen.act(act, "巷口轉角那一個")
        assert code == 200
        assert after == citizen.look()


def test_a_question_is_asked_and_answered(in_state: Callable[[Status], Citizen]) -> None:
    citizen = in_state(Status.AWAITING_CITIZEN)
    waiting = citizen.look()
    assert waiting["question"]
    assert waiting["next_step"] == NEXT_STEP[Status.AWAITING_CITIZEN][0]
    assert waiting["events"][-1]["note"] == waiting["question"]
    assert citizen.act("supply_info", "   ")[0] == 422
    code, after = citizen.act("supply_info", "在建工路與大昌二路口")
    assert (code, after["status"], after["question"]) == (200, "in_progress", None)
    assert "大昌二路" not in str(after)


def test_reopening_once_with_a_reason_and_in_time(
    in_state: Callable[[Status], Citizen], now: list[datetime]
) -> None:
    citizen = in_state(Status.RELEASED)
    until = datetime.fromisoformat(citizen.look()["reopen_until"])
    assert until == now[0] + timedelta(days=14)
    now[0] = until + timedelta(seconds=1)
    late = citizen.look()
    assert (late["allowed"], late["reopen_until"]) == ([], None)
    assert citizen.act("reopen", "洞又出現了")[0] == 409
    now[0] = until
    assert citizen.act("reopen")[0] == 422
    code, after = citizen.act("reopen", "洞又出現了")
    assert (code, after["status"], after["reopen_until"]) == (200, "assigned", None)


def test_rating_a_closing_once(in_state: Callable[[Status], Citizen]) -> None:
    citizen = in_state(Status.RELEASED)
    assert citizen.look()["may_rate"]
    for bad in (0, 6, -1):
        assert citizen.rate(bad)[0] == 422
    code, after = citizen.rate(4, "很快，謝謝")
    assert (code, after["may_rate"]) == (200, False)
    assert citizen.rate(5) == (409, {"code": "cannot_rate"})
    assert "很快" not in str(citizen.look())


def test_a_merged_case_says_where_it_continues(in_state: Callable[[Status], Citizen]) -> None:
    citizen = in_state(Status.MERGED)
    found = citizen.look()
    assert found["continues_as"].startswith("D")
    assert found["continues_as"] != citizen.number
    assert found["allowed"] == []


def test_without_the_code_nothing_can_be_done(in_state: Callable[[Status], Citizen]) -> None:
    citizen = in_state(Status.ASSIGNED)
    before = citizen.look()
    for headers in ({}, {"X-Verification-Code": "AAAAAAAA"}):
        citizen_without = {"headers": headers}
        for path, body in (("acts", {"act": "withdraw"}), ("rating", {"score": 5})):
            answer = citizen.client.post(
                f"/api/v1/cases/{citizen.number}/{path}", json=body, **citizen_without
            )
            assert (answer.status_code, answer.json()) == (404, {"code": "case_not_found"})
    assert citizen.look() == before


def test_staffs_acts_are_not_for_citizens(in_state: Callable[[Status], Citizen]) -> None:
    citizen = in_state(Status.ASSIGNED)
    for act in set(Act) - {Act.ADD_INFO, Act.SUPPLY_INFO, Act.WITHDRAW, Act.REOPEN}:
        assert citizen.act(act, "請處理")[0] == 422


def test_every_status_says_what_happens_next_in_both_languages() -> None:
    assert set(NEXT_STEP) == set(Status)
    assert all(zh and en and zh != en for zh, en in NEXT_STEP.values())


def test_an_english_answer_has_the_citys_english_names(in_state: Callable[[Status], Citizen]) -> None:
    citizen = in_state(Status.ASSIGNED)
    path = f"/api/v1/cases/{citizen.number}"
    found = citizen.client.get(path, params={"language": "en"}, headers=citizen.headers).json()
    assert found["district"] == "Sanmin District"
    assert citizen.look()["district"] == "三民區"
