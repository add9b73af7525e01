"""Monthly files: what is in them and what never is, the same bytes as long as nothing changes, caches."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from gateway.cases.history.reading import JSON_FIELDS
from gateway.cases.models import Case
from gateway.cases.rules import Act, Role
from gateway.opendata.published import FIELDS
from tests.console.filing import act, file_case, finish
from tests.in_process import Gateway

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 5, 4, tzinfo=UTC)
CASES = "/opendata/cases/2026-10.csv"
SECRETS = ("大明", "0912", "ming@example.org", "建工路", "破一個大洞", "100號")


class Clock:
    """The platform's clock, which a test moves."""

    def __init__(self, app: FastAPI) -> None:
        self.now = NOW
        app.state.cases.clock = lambda: self.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def clock(gateway: Gateway) -> Clock:
    return Clock(gateway.app)


def filed(gateway: Gateway, **parts: Any) -> str:
    return file_case(gateway.app, **{"received_at": OCTOBER, "lat": 22.646612, "lng": 120.325377, **parts})


def rows(gateway: Gateway, path: str = CASES) -> list[dict[str, str]]:
    answer = gateway.client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def change(gateway: Gateway, number: str, **values: Any) -> None:
    with gateway.database.write() as session:
        session.execute(
            update(Case).where(Case.number == number).values(version=Case.version + 1, **values)
        )  # fmt: skip


def test_one_row_for_each_public_dispatch_case(gateway: Gateway) -> None:
    first = filed(gateway)
    second = filed(gateway, received_at=OCTOBER + timedelta(days=2), item_code="street_light_out")
    filed(gateway, kind="petition", item_code="petition_roads")
    filed(gateway, received_at=NOW)
    finish(gateway.app, first)
    found = rows(gateway)
    assert [row["number"] for row in found] == [first, second]
    assert list(found[0]) == list(FIELDS)
    assert (found[0]["latitude"], found[0]["longitude"]) == ("22.647", "120.325")
    assert (found[0]["district"], found[0]["status"], found[0]["result"]) == ("三民區", "released", "overdue")
    assert found[0]["received_at"] == "2026-10-05T12:00:00+08:00"
    assert (found[1]["status"], found[1]["result"], found[1]["closed_at"]) == ("assigned", "", "")
    assert found[1]["due_at"] > "2026-10-07"


def test_nothing_that_anybody_wrote_is_in_any_file(gateway: Gateway) -> None:
    number = filed(gateway)
    finish(gateway.app, number)
    for path in (
        CASES,
        "/opendata/cases/2026-10.json",
        "/opendata/open1999/2026-10.json",
        "/city/figures.json",
    ):
        text = gateway.client.get(path).text
        assert not [secret for secret in SECRETS if secret in text], path
        assert "刨除" not in text
    assert number in gateway.client.get(CASES).text


def test_confidential_and_withdrawn_cases_are_in_no_file_and_go_from_the_next(
    gateway: Gateway, clock: Clock
) -> None:
    sealed, gone, stays = filed(gateway), filed(gateway), filed(gateway)
    assert len(rows(gateway)) == 3
    change(gateway, sealed, confidential=True)
    act(gateway.app, gone, Act.WITHDRAW, Role.CITIZEN)
    clock.later(minutes=11)
    assert [row["number"] for row in rows(gateway)] == [stays]
    for path in ("/opendata/cases/2026-10.json", "/opendata/open1999/2026-10.json"):
        text = gateway.client.get(path).text
        assert (sealed in text, gone in text, stays in text) == (False, False, True)


def test_a_finished_months_file_keeps_its_bytes_until_a_case_changes(gateway: Gateway, clock: Clock) -> None:
    number = filed(gateway)
    first = gateway.client.get(CASES)
    clock.later(days=40)
    again = gateway.client.get(CASES)
    assert again.content == first.content
    assert (again.headers["etag"], again.headers["last-modified"]) == (
        first.headers["etag"], first.headers["last-modified"],
    )  # fmt: skip
    finish(gateway.app, number)
    clock.later(minutes=11)
    changed = gateway.client.get(CASES)
    assert changed.headers["etag"] != first.headers["etag"]
    assert "released" in changed.text


def test_caches_are_told_and_believed(gateway: Gateway) -> None:
    filed(gateway)
    first = gateway.client.get(CASES)
    assert first.headers["cache-control"] == "public, max-age=600"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["x-month-complete"] == "true"
    assert "set-cookie" not in first.headers
    for given in (
        {"if-none-match": first.headers["etag"]},
        {"if-none-match": f'"other", W/{first.headers["etag"]}'},
        {"if-none-match": "*"},
        {"if-modified-since": first.headers["last-modified"]},
    ):
        answer = gateway.client.get(CASES, headers=given)
        assert (answer.status_code, answer.content) == (304, b""), given
        assert answer.headers["etag"] == first.headers["etag"]
    for given in (
        {"if-none-match": '"other"', "if-modified-since": first.headers["last-modified"]},
        {"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"if-modified-since": "yesterday"},
    ):
        assert gateway.client.get(CASES, headers=given).status_code == 200, given
    head = gateway.client.head(CASES)
    assert (head.status_code, head.headers["etag"]) == (200, first.headers["etag"])


def test_the_running_month_says_so(gateway: Gateway, clock: Clock) -> None:
    filed(gateway, received_at=NOW - timedelta(hours=1))
    answer = gateway.client.get("/opendata/cases/2026-11.json")
    assert answer.headers["x-month-complete"] == "false"
    found = answer.json()
    assert (found["month"], found["complete"], len(found["cases"])) == ("2026-11", False, 1)
    assert found["as_of"] == "2026-11-20T11:00:00+08:00"
    clock.later(days=15)
    finished = gateway.client.get("/opendata/cases/2026-11.json").json()
    assert finished["complete"]
    assert "as_of" not in finished


@pytest.mark.parametrize(
    "path",
    [
        "cases/2026-12.csv", "cases/2026-09.csv", "cases/2026-10.xlsx", "cases/2026-13.csv",
        "open1999/2026-10.csv",
        "persons/2026-10.csv", "cases/2026-10", "cases/0000-00.csv", "cases/..%2F..%2Fsecret.key",
    ],
)  # fmt: skip
def test_files_that_there_are_not(gateway: Gateway, path: str) -> None:
    filed(gateway)
    assert gateway.client.get(f"/opendata/{path}").status_code == 404


def test_a_month_begins_at_the_citys_midnight(gateway: Gateway) -> None:
    last = filed(gateway, received_at=datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC))
    first = filed(gateway, received_at=datetime(2026, 10, 31, 16, tzinfo=UTC))
    assert [row["number"] for row in rows(gateway)] == [last]
    assert [row["number"] for row in rows(gateway, "/opendata/cases/2026-11.csv")] == [first]


def test_what_a_spreadsheet_would_reckon_out_is_not(gateway: Gateway) -> None:
    number = filed(gateway)
    change(gateway, number, owner_unit='=HYPERLINK("http://example.org")')
    assert rows(gateway)[0]["unit"] == '\'=HYPERLINK("http://example.org")'


def test_the_shape_of_open1999(gateway: Gateway) -> None:
    number = filed(gateway)
    [one] = gateway.client.get("/opendata/open1999/2026-10.json").json()
    assert list(one) == list(JSON_FIELDS.values())
    assert (one["FileNo_"], one["Lat_"], one["Lng_"]) == (number, "22.647", "120.325")
    assert (one["address_"], one["BeforeDesc_"], one["AfterDesc_"]) == ("", "", "")


def test_statistics_hide_small_numbers(gateway: Gateway) -> None:
    for n in range(9):
        filed(gateway, district="三民區" if n < 7 else "左營區")
    found = {(row["dimension"], row["key"]): row for row in rows(gateway, "/opendata/statistics/2026-10.csv")}
    assert found["district", "左營區"]["received"] == "few"
    assert found["district", "三民區"]["received"] in {"held", "7"}
    shown = [row["received"] for row in found.values()]
    assert not {"1", "2", "3", "4"} & set(shown)
    total = found["total", ""]["received"]
    assert not (total.isdigit() and found["district", "三民區"]["received"].isdigit())


def test_the_description_names_every_file_and_field(gateway: Gateway) -> None:
    filed(gateway)
    answer = gateway.client.get("/opendata/catalog.json")
    assert answer.headers["content-type"].startswith("application/ld+json")
    catalogue = answer.json()
    files = [
        one["dcat:downloadURL"]["@id"]
        for dataset in catalogue["dcat:dataset"]
        for one in dataset["dcat:distribution"]
    ]
    assert len(files) == 2 * 5
    for file in files:
        assert gateway.client.get(file.partition("testserver")[2]).status_code == 200, file
    columns = [one["csvw:name"] for one in catalogue["dcat:dataset"][0]["csvw:tableSchema"]["csvw:columns"]]
    assert columns == list(FIELDS)
    assert "政府資料開放授權條款" in json.dumps(catalogue["dct:rights"], ensure_ascii=False)


def test_too_many_requests_are_refused(start: Any) -> None:
    gateway = start(rate_open311="2/minute")
    answers = [gateway.client.get("/opendata/texts.json").status_code for _ in range(3)]
    assert answers == [200, 200, 429]
