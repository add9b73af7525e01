"""Reading by GeoReport v2: shapes, what is public and what never is, refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.cases.models import Case, CaseDue
from gateway.cases.rules import Act, Role
from tests.console.filing import act, file_case, finish
from tests.in_process import Gateway
from tests.open311 import schemas
from tests.open311.client import V2, fits, numbers, refused, tree_of


def test_discovery_names_this_place_and_both_formats(gateway: Gateway) -> None:
    found = fits(gateway.client.get(f"{V2}/discovery.json"), schemas.DISCOVERY)
    assert found["endpoints"][0]["url"] == f"http://testserver{V2}"
    tree = tree_of(gateway.client.get(f"{V2}/discovery.xml"))
    assert [one.text for one in tree.iter("format")] == ["text/xml", "application/json"]


def test_services_are_the_public_items_alone(gateway: Gateway) -> None:
    found = fits(gateway.client.get(f"{V2}/services.json"), schemas.SERVICES)
    items = gateway.app.state.catalogues.current().items
    kinds = {items[one["service_code"]].kind.value for one in found}
    assert kinds == {"dispatch", "public_works_report"}
    assert all(items[one["service_code"]].confidentiality == "normal" for one in found)
    assert {one["service_code"] for one in found if one["metadata"]} == {
        item.code for item in items.values() if item.attributes and item.kind.value in kinds
    }
    english = gateway.client.get(f"{V2}/services.json", headers={"accept-language": "en"}).json()
    assert [one["service_name"] for one in english] == [items[one["service_code"]].name_en for one in found]


def test_every_definition_has_the_standards_shape(gateway: Gateway) -> None:
    asked = 0
    for service in gateway.client.get(f"{V2}/services.json").json():
        answer = gateway.client.get(f"{V2}/services/{service['service_code']}.json")
        found = fits(answer, schemas.DEFINITION)
        asked += len(found["attributes"])
        assert bool(found["attributes"]) == service["metadata"]
    assert asked > 0
    petition = gateway.client.get(f"{V2}/services/petition_roads.json")
    assert refused(petition, 404)


@pytest.mark.parametrize(
    ("path", "accept", "xml"),
    [
        ("requests.json", "*/*", False),
        ("requests.xml", "*/*", True),
        ("requests", "*/*", False),
        ("requests/", "text/xml", True),
        ("requests.json/", "text/xml", False),
        ("requests", "application/json, text/xml", False),
    ],
)
def test_format_by_suffix_then_by_header(gateway: Gateway, path: str, accept: str, xml: bool) -> None:
    answer = gateway.client.get(f"{V2}/{path}", headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml" if xml else "application/json")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_xml_tells_what_json_tells(gateway: Gateway) -> None:
    number = file_case(gateway.app, description="路面<破洞>&積水\ufffe", lat=22.6466, lng=120.3253)
    one = gateway.client.get(f"{V2}/requests/{number}.json").json()[0]
    tree = tree_of(gateway.client.get(f"{V2}/requests/{number}.xml"))
    assert tree.tag == "service_requests"
    told = {part.tag: part.text for part in tree[0]}
    assert told == {
        name: None if value is None else str(value).replace("\ufffe", "") for name, value in one.items()
    }


def test_a_case_is_told_with_its_due_time_and_without_its_citizen(gateway: Gateway) -> None:
    number = file_case(
        gateway.app, description="王大明先生電話0912-345-678，車號ABC-1234，住建工路100號，路面破洞",
        lat=22.6466, lng=120.3253,
    )  # fmt: skip
    answer = gateway.client.get(f"{V2}/requests/{number}.json")
    one = fits(answer, schemas.REQUESTS)[0]
    assert not any(word in answer.text for word in ("大明", "0912", "345-678", "1234", "example.org"))
    assert one["status"] == "open"
    assert one["address"] == "三民區建工路100號前"
    assert one["zipcode"] == "807"
    with gateway.database.read() as session:
        due = session.scalars(
            select(CaseDue.due_at).join(Case, Case.id == CaseDue.case_id).where(
                Case.number == number, CaseDue.stage == "completion"
            )
        ).one()  # fmt: skip
    assert datetime.fromisoformat(one["expected_datetime"]) == due.replace(microsecond=0)
    assert one["expected_datetime"].endswith("+08:00")


def test_the_reporters_own_name_is_hidden_wherever_it_stands(gateway: Gateway) -> None:
    number = file_case(gateway.app, description="我是王大明，巷口路面破洞", address="王大明豆花店前")
    for path in (f"{V2}/requests/{number}.json", "/open1999/ServiceRequestsQuery"):
        answer = gateway.client.get(path)
        assert "巷口路面破洞" in answer.text
        assert "大明" not in answer.text


def test_the_answer_and_the_close_are_told(gateway: Gateway) -> None:
    number = file_case(gateway.app)
    before = gateway.client.get(f"{V2}/requests/{number}.json").json()[0]
    finish(gateway.app, number)
    after = gateway.client.get(f"{V2}/requests/{number}.json").json()[0]
    assert (before["status"], after["status"]) == ("open", "closed")
    assert "刨除破損路面" in after["status_notes"]
    assert after["updated_datetime"] >= before["updated_datetime"]
    assert numbers(gateway, status="closed") == [number]
    assert numbers(gateway, status="open") == []
    assert numbers(gateway, status="open,closed") == [number]


def hidden_cases(gateway: Gateway) -> list[str]:
    """A petition, a confidential report, an inquiry: whatever the public must not see."""
    items = gateway.app.state.catalogues.current().items.values()
    shut = [
        item for item in items
        if item.kind.value == "petition" or item.confidentiality == "confidential"
    ]  # fmt: skip
    assert {item.confidentiality for item in shut} == {"normal", "confidential"}
    return [file_case(gateway.app, kind=item.kind.value, item_code=item.code, attributes={}) for item in shut]


def test_what_is_not_public_never_appears(gateway: Gateway) -> None:
    hidden = hidden_cases(gateway)
    shown = file_case(gateway.app)
    assert numbers(gateway) == [shown]
    assert numbers(gateway, service_request_id=",".join([*hidden, shown])) == [shown]
    for number in hidden:
        for path in ("requests", "tokens"):
            assert number not in refused(gateway.client.get(f"{V2}/{path}/{number}.json"), 404)


def test_one_reassigned_to_a_confidential_item_disappears(gateway: Gateway) -> None:
    number = file_case(gateway.app)
    with gateway.database.write() as session:
        row = session.scalars(select(Case).where(Case.number == number)).one()
        row.confidential = True
    assert numbers(gateway) == []
    assert refused(gateway.client.get(f"{V2}/requests/{number}.json"), 404)


def test_lists_by_time_code_page_and_update(gateway: Gateway) -> None:
    old = file_case(gateway.app, hours_ago=24 * 100)
    older, newer = (
        file_case(gateway.app, hours_ago=48),
        file_case(gateway.app, hours_ago=1, item_code="street_light_out"),
    )
    assert numbers(gateway) == [newer, older]
    assert numbers(gateway, page_size=1, page=2) == [older]
    assert numbers(gateway, page=3, page_size=1) == []
    assert numbers(gateway, service_code="street_light_out") == [newer]
    assert numbers(gateway, service_code="street_light_out,road_pothole") == [newer, older]
    now = datetime.now(UTC)
    since = (now - timedelta(days=101)).isoformat()
    assert numbers(gateway, start_date=since) == [old]
    until = (now - timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert numbers(gateway, end_date=until) == [older]
    assert numbers(gateway, service_request_id=old, status="closed", service_code="none") == [old]
    finish(gateway.app, older)
    assert numbers(gateway, updated_after=(now - timedelta(minutes=5)).isoformat()) == [older]


def test_a_plus_that_was_not_escaped_is_one(gateway: Gateway) -> None:
    file_case(gateway.app)
    year = datetime.now(UTC).year
    answer = gateway.client.get(f"{V2}/requests.json?end_date={year + 1}-01-01T00:00:00+08:00")
    assert len(fits(answer, schemas.REQUESTS)) <= 1


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"status": "done"}, "status"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"start_date": "2026-01-01", "end_date": "2026-06-01"}, "90 days"),
        ({"start_date": "2026-06-01", "end_date": "2026-01-01"}, "order"),
        ({"page": "0"}, "page"),
        ({"page": "two"}, "page"),
        ({"page_size": "1001"}, "page_size"),
        ({"page": "1000000", "page_size": "1000"}, "page"),
        ({"page": "９"}, "page"),
        ({"end_date": "0001-01-01"}, "end_date"),
        ({"updated_after": "9999-99-99"}, "updated_after"),
        ({"service_request_id": ",".join(map(str, range(201)))}, "service_request_id"),
    ],
)
def test_what_cannot_be_asked_is_said(gateway: Gateway, given: dict[str, str], word: str) -> None:
    assert word in refused(gateway.client.get(f"{V2}/requests.json", params=given), 400)


def test_another_city_is_not_found_and_none_is_this_one(gateway: Gateway) -> None:
    asked = gateway.client.get(f"{V2}/services.json", params={"jurisdiction_id": "kaohsiung.gov.tw"})
    assert asked.status_code == 200
    assert refused(
        gateway.client.get(f"{V2}/services.json", params={"jurisdiction_id": "tainan.gov.tw"}), 404
    )


@pytest.mark.parametrize(
    "path", ["requests/none.json", "services/none.json", "tokens/none-here.json", "nothing.json", "",
             "a/b/c.json", "requests.json?service_code=none", "services/a/b.json", "discovery/x.json"],
)  # fmt: skip
def test_unknown_things_are_not_found(gateway: Gateway, path: str) -> None:
    assert refused(gateway.client.get(f"{V2}/{path}"), 404)


def test_refusals_in_xml(gateway: Gateway) -> None:
    answer = gateway.client.get(f"{V2}/requests/none.xml", headers={"accept-language": "en"})
    assert answer.status_code == 404
    tree = tree_of(answer)
    assert [(part.tag, part.text) for part in tree[0]] == [
        ("code", "404"), ("description", "The service_request_id was not found."),
    ]  # fmt: skip
    assert tree.tag == "errors"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_refused_in_the_standards_form(gateway: Gateway, method: str) -> None:
    number = file_case(gateway.app)
    answer = gateway.client.request(method, f"{V2}/requests/{number}.json")
    assert refused(answer, 405)
    assert answer.headers["allow"] == "GET, POST"
    assert tree_of(gateway.client.request(method, f"{V2}/requests.xml")).tag == "errors"


def test_a_flood_is_refused_in_the_standards_form(start: Any) -> None:
    gateway = start(rate_open311="2/minute")
    answers = [gateway.client.get(f"{V2}/discovery.json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert refused(answers[-1], 429)


def test_reopening_makes_it_open_again(gateway: Gateway) -> None:
    number = file_case(gateway.app)
    finish(gateway.app, number)
    act(gateway.app, number, Act.REOPEN, Role.SUPERVISOR, note="現場仍有破洞，請再查")
    assert gateway.client.get(f"{V2}/requests/{number}.json").json()[0]["status"] == "open"
