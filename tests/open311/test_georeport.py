"""GeoReport v2 as its clients see it: shapes, what is public and what never is, filing once, refusals."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import jsonschema
import pytest
from PIL import Image
from sqlalchemy import func, select

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import Attribute
from gateway.cases.catalogue_shelf import SingleCatalogue
from gateway.cases.models import Case, CaseAttachment, CaseDue, CaseEvent
from gateway.cases.rules import Act, Role
from gateway.identity.rules import Permission
from gateway.identity.views import SYSTEM
from tests.console.filing import act, file_case, finish
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


def test_filing_makes_a_case_that_can_be_read(gateway: Gateway, key: str) -> None:
    filed = fits(
        post(gateway, key, first_name="小明", last_name="王", phone="0912345678"), schemas.FILED, 201
    )[0]
    number = filed["service_request_id"]
    assert numbers(gateway) == [number]
    with gateway.database.read() as session:
        row = session.scalars(select(Case).where(Case.number == number)).one()
        assert (row.channel, row.contact_name, row.district) == ("open311", "王小明", "三民區")
        first = session.scalars(select(CaseEvent).where(CaseEvent.case_id == row.id)).first()
        assert first is not None
        assert first.actor == "open311:city-app"
    token = fits(gateway.client.get(f"{V2}/tokens/{number}.json"), schemas.TOKENS)[0]
    assert token["service_request_id"] == number


def test_the_same_token_is_the_same_case(gateway: Gateway, key: str) -> None:
    token = str(uuid.uuid4())
    first, again = post(gateway, key, token=token), post(gateway, key, token=token)
    assert (first.status_code, again.status_code) == (201, 200)
    by_header = gateway.client.post(
        f"{V2}/requests.json", data={**HOLE, "api_key": key}, headers={"idempotency-key": token}
    )
    ids = {answer.json()[0]["service_request_id"] for answer in (first, again, by_header)}
    assert len(ids) == count(gateway) == 1
    found = fits(gateway.client.get(f"{V2}/tokens/{token}.json"), schemas.TOKENS)[0]
    assert {found["service_request_id"]} == ids
    assert refused(post(gateway, key, token="a b"), 400)


def test_the_key_decides(gateway: Gateway, key: str) -> None:
    reader = token_with(gateway, Permission.CASES_READ)
    for bad in (None, "wst_nothing", "%", reader):
        assert refused(post(gateway, bad), 403)
    assert count(gateway) == 0
    bearer = gateway.client.post(f"{V2}/requests.json", data=HOLE, headers={"authorization": f"Bearer {key}"})
    assert bearer.status_code == 201
    in_query = gateway.client.post(f"{V2}/requests.json", params={"api_key": key}, data=HOLE)
    assert in_query.status_code == 201


def photo(position: bool = False) -> bytes:
    buffer = BytesIO()
    picture = Image.new("RGB", (64, 48), "grey")
    exif = picture.getexif()
    if position:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2], gps[3], gps[4] = "N", (22.0, 38.0, 47.76), "E", (120.0, 19.0, 31.08)
    picture.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_multipart_with_a_photo_which_may_say_where(gateway: Gateway, key: str) -> None:
    form = {"service_code": "road_pothole", "api_key": key, "description": "破洞"}
    answer = gateway.client.post(
        f"{V2}/requests.xml", data=form, files={"media": ("hole.jpg", photo(position=True), "image/jpeg")}
    )
    assert answer.status_code == 201, answer.text
    number = tree_of(answer).findtext("request/service_request_id")
    with gateway.database.read() as session:
        row = session.scalars(select(Case).where(Case.number == number)).one()
        kept = session.scalars(select(CaseAttachment)).one()
    assert (row.district, kept.case_id, kept.media_type) == ("三民區", row.id, "image/jpeg")
    assert gateway.client.get(f"{V2}/requests/{number}.json").json()[0]["media_url"] is None


def test_a_file_of_no_known_type_is_refused(gateway: Gateway, key: str) -> None:
    answer = gateway.client.post(
        f"{V2}/requests.json",
        data={**HOLE, "api_key": key},
        files={"media": ("a.jpg", b"MZ\x90\x00", "image/jpeg")},
    )
    assert refused(answer, 400)
    assert count(gateway) == 0


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"service_code": None}, 404, "service_code"),
        ({"service_code": "petition_roads"}, 404, "service_code"),
        ({"lat": None, "long": None, "address_string": None}, 400, "address_string"),
        ({"lat": None}, 400, "lat"),
        ({"lat": "north"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": "95"}, 400, "lat"),
        ({"lat": "25.03", "long": "121.56"}, 400, "lat, long"),
        ({"email": "nobody"}, 400, "email"),
        ({"description": "長" * 4001}, 400, "description"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"attribute[unheard_of]": "1"}, 400, "attribute[unheard_of]"),
        ({"jurisdiction_id": "tainan.gov.tw"}, 404, "jurisdiction_id"),
    ],
)
def test_a_report_with_mistakes(
    gateway: Gateway, key: str, changes: dict[str, str | None], status: int, word: str
) -> None:
    assert word in refused(post(gateway, key, **changes), status)
    assert count(gateway) == 0


def test_attributes_are_kept_and_decide_the_owner(gateway: Gateway, key: str) -> None:
    item = next(
        item for item in gateway.app.state.catalogues.current().items.values()
        if any(attribute.datatype == "number" for attribute in item.attributes)
        and item.kind.value == "dispatch"
    )  # fmt: skip
    attribute = next(attribute for attribute in item.attributes if attribute.datatype == "number")
    wide = post(gateway, key, service_code=item.code, **{f"attribute[{attribute.code}]": "12"})
    assert wide.status_code == 201, wide.text
    with gateway.database.read() as session:
        assert session.scalars(select(Case.attributes)).one() == {attribute.code: 12.0}
    bad = post(gateway, key, service_code=item.code, **{f"attribute[{attribute.code}]": "wide"})
    assert f"attribute[{attribute.code}]" in refused(bad, 400)


def test_a_missing_required_attribute_is_refused(gateway: Gateway, key: str) -> None:
    cases = gateway.app.state.cases
    content = cases.catalogue.content
    width = Attribute(code="road_width", zh="路寬", en="Width", datatype="number", required=True)
    items = tuple(
        item.model_copy(update={"attributes": (width,)}) if item.code == "road_pothole" else item
        for item in content.items
    )
    cases.catalogues = SingleCatalogue(Catalogue(content.model_copy(update={"items": items})))
    assert "attribute[road_width]" in refused(post(gateway, key), 400)
    assert post(gateway, key, **{"attribute[road_width]": "6.5"}).status_code == 201


def test_only_requests_can_be_filed(gateway: Gateway, key: str) -> None:
    assert refused(gateway.client.post(f"{V2}/services.json", data={"api_key": key}), 404)
    assert refused(gateway.client.post(f"{V2}/requests.json", content=b"\xff\x00"), 403)
    broken = gateway.client.post(
        f"{V2}/requests.json", content=b"nothing", headers={"content-type": "multipart/form-data"}
    )
    assert refused(broken, 400)


def test_a_flood_is_refused_in_the_standards_form(start: Any) -> None:
    gateway = start(rate_open311="2/minute")
    answers = [gateway.client.get(f"{V2}/discovery.json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert refused(answers[-1], 429)


def test_more_than_a_form_may_hold_is_refused(gateway: Gateway, key: str) -> None:
    files = [("media", (f"{n}.bin", b"\x00" * 8_000_000, "image/png")) for n in range(3)]
    answer = gateway.client.post(f"{V2}/requests.json", data={**HOLE, "api_key": key}, files=files)
    assert answer.status_code == 413
    assert count(gateway) == 0


def test_reopening_makes_it_open_again(gateway: Gateway) -> None:
    number = file_case(gateway.app)
    finish(gateway.app, number)
    act(gateway.app, number, Act.REOPEN, Role.SUPERVISOR, note="現場仍有破洞，請再查")
    assert gateway.client.get(f"{V2}/requests/{number}.json").json()[0]["status"] == "open"
