"""Filing without the chat: one case of one form, mistakes told at their fields, letters confirmed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseAttachment, CaseReporter, MailboxDraft
from gateway.outbox.models import OutboxMessage
from tests.console.filing import finish
from tests.in_process import Gateway

HOLE = {
    "item_code": "road_pothole",
    "description": "巷口路面破一個大洞，機車容易摔倒",
    "district": "三民區",
    "address": "建工路 100 號前",
    "lat": 22.6466,
    "lng": 120.3253,
}
LETTER = {
    "item_code": "petition_roads",
    "description": "請全面重鋪我們這條路",
    "district": "三民區",
    "address": "建工路",
    "name": "王小明",
    "phone": "0912345678",
    "email": "ming@example.org",
    "sender_address": "高雄市三民區建工路 1 號",
}


def fresh(form: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), **form, **changes}


def count(gateway: Gateway, model: type[Any]) -> int:
    with gateway.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def clock(gateway: Gateway) -> list[datetime]:
    """The platform's clock, which a test can move."""
    now = [datetime(2026, 11, 23, 1, 30, tzinfo=UTC)]
    gateway.app.state.cases.clock = lambda: now[0]
    return now


def test_items_are_listed_and_found_by_words(gateway: Gateway) -> None:
    everything = gateway.client.get("/api/v1/service-items").json()
    assert {item["kind"] for item in everything} == {"dispatch", "petition", "public_works_report"}
    found = gateway.client.get("/api/v1/service-items", params={"q": "路面坑洞", "kind": "dispatch"}).json()
    assert found[0]["code"] == "road_pothole"
    assert len(found) <= 8
    english = gateway.client.get("/api/v1/service-items", params={"language": "en"}).json()
    assert {"Pothole in the road"} <= {item["name"] for item in english}


def test_a_form_becomes_one_case_however_often_it_is_sent(gateway: Gateway) -> None:
    form = fresh(HOLE)
    first = gateway.client.post("/api/v1/cases", json=form)
    again = gateway.client.post("/api/v1/cases", json=form)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    filed = first.json()
    assert (filed["item"], filed["owner"], filed["district"]) == ("路面坑洞", "養工處", "三民區")
    assert [due["stage"] for due in filed["due"]] == ["inspection", "completion"]
    assert count(gateway, Case) == 1
    opened = gateway.client.get(
        f"/api/v1/cases/{filed['number']}", headers={"X-Verification-Code": filed["verification_code"]}
    )
    assert opened.status_code == 200
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item_code": "nothing"}, "item_code"),
        ({"description": " \n "}, "description"),
        ({"description": "長" * 4001}, "description"),
        ({"district": "信義區", "lat": None, "lng": None}, "district"),
        ({"address": "", "lat": None, "lng": None}, "address"),
        ({"lat": 25.03, "lng": 121.56}, "position"),
        ({"address": "臺北市信義區市府路 1 號", "lat": None, "lng": None}, "address"),
        ({"description": "\u200b\u200d"}, "description"),
        ({"phone": "打給我"}, "phone"),
        ({"email": "ming@"}, "email"),
        ({"attributes": {"no_such_question": "1"}}, "attributes.no_such_question"),
    ],
)
def test_a_mistake_is_told_at_its_field_in_both_languages(
    gateway: Gateway, changes: dict[str, Any], field: str
) -> None:
    refused = gateway.client.post("/api/v1/cases", json=fresh(HOLE, **changes))
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_fields")
    assert set(refused.json()["error"]["fields"]) == {field}
    english = gateway.client.post(
        "/api/v1/cases", json=fresh(HOLE, **changes), headers={"Accept-Language": "en"}
    )
    said = english.json()["error"]["fields"][field]
    assert said != refused.json()["error"]["fields"][field]
    assert said.isascii() or "“" in said
    assert count(gateway, Case) == 0


@pytest.mark.parametrize(
    ("place", "district"),
    [
        ({"district": "無法分區", "address": "中山路 100 號"}, None),
        ({"district": None, "address": "鳳山區公所前面"}, "鳳山區"),
        ({"district": "Cijin", "address": "中洲三路"}, "旗津區"),
        ({"district": "Qijin District", "address": "中洲三路"}, "旗津區"),
        ({"district": None, "address": "Zhongshan Road, Dashu, Kaohsiung"}, "大樹區"),
    ],
)
def test_a_district_may_be_said_in_many_ways_or_not_at_all(
    gateway: Gateway, place: dict[str, Any], district: str | None
) -> None:
    filed = gateway.client.post("/api/v1/cases", json=fresh(HOLE, lat=None, lng=None, **place))
    assert (filed.status_code, filed.json()["district"]) == (201, district)
    with gateway.app.state.database.read() as session:
        assert session.scalar(select(Case.needs_review)) is (district is None)


def test_a_petition_may_be_about_an_address_elsewhere(gateway: Gateway) -> None:
    letter = fresh(LETTER, district=None, address="台南市永康區中正路的高雄客運站牌")
    del letter["sender_address"]
    assert gateway.client.post("/api/v1/cases", json=letter).status_code == 201


def test_what_was_reported_is_found_however_its_district_is_said(gateway: Gateway) -> None:
    where = {"lat": None, "lng": None, "district": "三民區"}
    assert gateway.client.post("/api/v1/cases", json=fresh(HOLE, **where)).status_code == 201
    for place in (
        {"district": "三民", "address": "建工路100號"},
        {"district": "Sanmin District", "address": "建工路一百號"},
        {"address": "高雄市三民區建工路 100 號對面"},
    ):
        look = {"item_code": HOLE["item_code"], **place}
        assert len(gateway.client.post("/api/v1/cases/duplicates", json=look).json()) == 1, place


def test_a_petition_needs_somebody_to_answer(gateway: Gateway) -> None:
    petition = fresh(LETTER, name=None, phone=None, email=None)
    petition.pop("sender_address")
    refused = gateway.client.post("/api/v1/cases", json=petition)
    assert set(refused.json()["error"]["fields"]) == {"name", "phone"}


def test_photos_go_with_the_case(gateway: Gateway) -> None:
    sent = gateway.client.post("/api/v1/attachments", files={"file": ("說明.txt", "路面破洞".encode())})
    assert sent.status_code == 201
    filed = gateway.client.post("/api/v1/cases", json=fresh(HOLE, draft=sent.json()["draft"])).json()
    listed = gateway.client.get(
        f"/api/v1/cases/{filed['number']}/attachments",
        headers={"X-Verification-Code": filed["verification_code"]},
    ).json()
    assert [one["name"] for one in listed] == ["說明.txt"]
    with gateway.database.read() as session:
        assert session.scalars(select(CaseAttachment.draft_key)).all() == [None]


def test_a_commit_that_fails_gives_no_number(gateway: Gateway) -> None:
    def no_space_left(_session: Session) -> None:
        raise OSError("no space left")

    event.listen(Session, "before_commit", no_space_left)
    try:
        broken = gateway.client.post("/api/v1/cases", json=fresh(HOLE))
    finally:
        event.remove(Session, "before_commit", no_space_left)
    assert broken.status_code == 500
    assert "number" not in broken.json()
    assert count(gateway, Case) == 0


def test_what_others_reported_is_offered_and_joined(gateway: Gateway) -> None:
    first = gateway.client.post("/api/v1/cases", json=fresh(HOLE, name="王小明", phone="0912345678")).json()
    place = {name: HOLE[name] for name in ("item_code", "district", "address", "lat", "lng")}
    offered = gateway.client.post("/api/v1/cases/duplicates", json=place).json()
    assert [(one["item"], one["open"]) for one in offered] == [("路面坑洞", True)]
    assert first["number"] not in str(offered)
    assert "王小明" not in str(offered)
    wish = {"client_id": str(uuid.uuid4()), "token": offered[0]["token"], "email": "b@example.org"}
    joined = gateway.client.post("/api/v1/cases/join", json=wish)
    again = gateway.client.post("/api/v1/cases/join", json=wish)
    assert joined.status_code == 201
    assert joined.json() == again.json()
    assert joined.json()["number"] == first["number"]
    assert joined.json()["verification_code"] != first["verification_code"]
    assert count(gateway, CaseReporter) == 1
    seen = gateway.client.get(
        f"/api/v1/cases/{first['number']}",
        headers={"X-Verification-Code": joined.json()["verification_code"]},
    ).json()
    assert seen["allowed"] == ["add_info"]
    forged = gateway.client.post(
        "/api/v1/cases/join", json={**wish, "client_id": str(uuid.uuid4()), "token": "x"}
    )
    assert forged.status_code == 409


@pytest.mark.parametrize(("metres", "offered"), [(0, 1), (249, 1), (251, 0)])
def test_the_same_item_within_250_metres_is_offered(gateway: Gateway, metres: int, offered: int) -> None:
    gateway.client.post("/api/v1/cases", json=fresh(HOLE))
    look = {"item_code": HOLE["item_code"], "lat": HOLE["lat"] + metres / 111_195.08, "lng": HOLE["lng"]}
    assert len(gateway.client.post("/api/v1/cases/duplicates", json=look).json()) == offered
    other = {**look, "item_code": "street_light_out"}
    assert gateway.client.post("/api/v1/cases/duplicates", json=other).json() == []


def test_what_was_answered_lately_is_told_of_for_a_while(gateway: Gateway, clock: list[datetime]) -> None:
    filed = gateway.client.post("/api/v1/cases", json=fresh(HOLE)).json()
    finish(gateway.app, filed["number"])
    look = {name: HOLE[name] for name in ("item_code", "lat", "lng")}
    days = gateway.app.state.settings.duplicate_days
    (told,) = gateway.client.post("/api/v1/cases/duplicates", json=look).json()
    assert (told["open"], told["place"]) == (False, "建工路")
    wish = {"client_id": str(uuid.uuid4()), "token": told["token"], "email": "b@example.org"}
    assert gateway.client.post("/api/v1/cases/join", json=wish).status_code == 409
    closed = clock[0]
    for after, still in ((days - 1, 1), (days + 1, 0)):
        clock[0] = closed + timedelta(days=after)
        assert len(gateway.client.post("/api/v1/cases/duplicates", json=look).json()) == still


def test_a_letter_becomes_a_case_when_it_is_confirmed(gateway: Gateway, clock: list[datetime]) -> None:
    letter = fresh(LETTER)
    kept = gateway.client.post("/api/v1/mailbox", json=letter)
    assert kept.status_code == 202
    assert gateway.client.post("/api/v1/mailbox", json=letter).json() == kept.json()
    assert count(gateway, Case) == 0
    token = _token(gateway)
    clock[0] += timedelta(days=7)
    done = gateway.client.post("/api/v1/mailbox/confirm", json={"token": token})
    assert done.status_code == 200, done.text
    assert gateway.client.post("/api/v1/mailbox/confirm", json={"token": token}).json() == done.json()
    assert done.json()["number"].startswith("P1151130-")
    # Confirmed on Monday the 30th: five working days end on Monday the 7th at 17:30.
    assert done.json()["due"][0]["due_at"] == "2026-12-07T09:30:00+00:00"
    with gateway.database.read() as session:
        case = session.scalars(select(Case)).one()
        assert (case.channel, case.received_at) == ("mayor_mailbox", clock[0])


def test_a_letter_is_not_accepted_after_seven_days_or_with_a_false_token(
    gateway: Gateway, clock: list[datetime]
) -> None:
    gateway.client.post("/api/v1/mailbox", json=fresh(LETTER))
    token = _token(gateway)
    assert gateway.client.post("/api/v1/mailbox/confirm", json={"token": token[:-1]}).status_code == 404
    clock[0] += timedelta(days=7, seconds=1)
    late = gateway.client.post("/api/v1/mailbox/confirm", json={"token": token})
    assert (late.status_code, late.json()["error"]["code"]) == (410, "confirmation_expired")
    assert count(gateway, Case) == 0
    clock[0] += timedelta(days=1)
    with gateway.database.write() as session:
        assert gateway.app.state.mailbox.purge(session) == 1
    assert count(gateway, MailboxDraft) == 0
    assert gateway.client.post("/api/v1/mailbox/confirm", json={"token": token}).status_code == 404


@pytest.mark.parametrize("missing", ["name", "phone", "email", "sender_address"])
def test_a_letter_needs_all_of_its_sender(gateway: Gateway, missing: str) -> None:
    refused = gateway.client.post("/api/v1/mailbox", json=fresh(LETTER, **{missing: " "}))
    assert refused.status_code == 422
    assert set(refused.json()["error"]["fields"]) == {missing}
    assert count(gateway, OutboxMessage) == 0


def test_nobody_fills_anothers_postbox(gateway: Gateway) -> None:
    statuses = [gateway.client.post("/api/v1/mailbox", json=fresh(LETTER)).status_code for _ in range(6)]
    assert statuses == [202] * 5 + [429]
    again = fresh(LETTER, email="Ming@Example.org")
    assert gateway.client.post("/api/v1/mailbox", json=again).status_code == 429


def test_filing_has_a_limit(start: Callable[..., Gateway]) -> None:
    gateway = start(rate_filing="2/hour")
    statuses = [gateway.client.post("/api/v1/cases", json=fresh(HOLE)).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]


def _token(gateway: Gateway) -> str:
    with gateway.database.read() as session:
        letter = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "mailbox.confirm")).one()
        text: str = letter.payload["text"]
    return text.split("/mailbox/confirm#")[1].split(maxsplit=1)[0]
