"""What units' own systems are told of their cases: with the act, to whom it concerns, and nobody's data."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.audit.service import AuditTrail
from gateway.cases.agency_events import TOPICS, UNTOLD, claim_files, tell_of_file
from gateway.cases.attachments.service import StoredAttachment
from gateway.cases.lifecycle import LIFECYCLE
from gateway.cases.models import Case, CaseAttachment
from gateway.cases.rules import Act, Status
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.identity.sealing import Sealer
from gateway.outbox.models import OutboxMessage
from gateway.outbox.webhooks.rules import Topic
from gateway.outbox.webhooks.service import By, Webhooks
from tests.cases.life import PATHS, RESULT, Life, case_of

New = Callable[..., NewCase]
WATER, ROADS = "水利局", "養工處"
PERSON = {
    "contact_name": "王大明", "contact_phone": "0912-345-678", "contact_email": "ming@example.org",
    "description": "我是王大明，住在建工路5號，電話0912345678",
    "address": "建工路 100 號前（王大明先生家旁）",
}  # fmt: skip
SECRETS = ("王大明", "0912", "345678", "ming@", "住在", RESULT)


@pytest.fixture
def webhooks(cases: CaseService) -> Webhooks:
    return Webhooks(cases.outbox, AuditTrail(b"key"), Sealer(b"key"))


@pytest.fixture
def listen(database: Database, webhooks: Webhooks, now: list[datetime]) -> Callable[..., int]:
    """Enters an endpoint of a unit for these topics."""

    def enter(unit: str, *topics: Topic) -> int:
        with database.write() as session:
            return webhooks.add(
                session, unit=unit, url="https://10.1.2.3/hook", topics=topics or list(Topic),
                by=By("mei", "administrator"), now=now[0],
            )[0]  # fmt: skip

    return enter


@pytest.fixture
def told(database: Database) -> Callable[..., list[dict[str, Any]]]:
    """The events of one endpoint, in the order in which they will arrive."""

    def read(endpoint: int) -> list[dict[str, Any]]:
        with database.read() as session:
            rows = session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.recipient == f"endpoint:{endpoint}")
                .order_by(OutboxMessage.not_before, OutboxMessage.id)
            ).all()
        assert {row.ordering for row in rows} <= {f"webhook:{endpoint}"}
        return [row.payload["event"] for row in rows]

    return read


Told = Callable[[int], list[dict[str, Any]]]


def owner_of(cases: CaseService, new: NewCase) -> str:
    return cases.catalogue.owner(cases.catalogue.item(new.item_code), new.district, new.attributes)


def test_a_new_case_is_told_to_its_owner_with_due_times_and_place(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told
) -> None:
    new = new_case(**PERSON)
    own, other = listen(owner_of(cases, new)), listen(WATER)
    with database.write() as session:
        number = cases.register(session, new).number
        cases.register(session, new)
    (event,) = told(own)
    assert told(other) == []
    data = event["data"]
    assert (event["type"], data["act"], data["number"]) == ("case.assigned", "assign", number)
    assert (data["status"], data["item_code"], data["district"]) == ("assigned", "road_pothole", "三民區")
    assert {due["stage"] for due in data["due"]} == {"routing", "inspection", "completion"}
    assert all(datetime.fromisoformat(due["due_at"]).tzinfo for due in data["due"])
    assert data["place"]["address"].startswith("建工路 100 號前")


def test_whoever_had_it_and_whoever_gets_it_are_told_each_their_own(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told,
    now: list[datetime],
) -> None:  # fmt: skip
    new = new_case()
    old, following = listen(owner_of(cases, new)), listen(WATER)
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new)
        for act in (Act.ACCEPT, Act.REASSIGN, Act.RETURN, Act.COMMENT):
            now[0] += timedelta(minutes=5)
            life.do(number, act)
    types = [event["type"] for event in told(old)]
    assert types == ["case.assigned", "case.updated", "case.reassigned"]
    assert [event["type"] for event in told(following)] == ["case.assigned", "case.returned"]
    versions = [event["data"]["version"] for event in told(old)]
    assert versions == sorted(versions)


def test_who_is_asked_to_help_is_assigned_and_the_leading_unit_hears_of_it(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told,
    now: list[datetime],
) -> None:  # fmt: skip
    new = new_case()
    leading, helping = listen(owner_of(cases, new)), listen(WATER)
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new)
        now[0] += timedelta(minutes=5)
        life.do(number, Act.SPLIT)
    assert [event["type"] for event in told(leading)] == ["case.assigned", "case.updated"]
    (event,) = told(helping)
    assert (event["type"], event["data"]["unit"]) == ("case.assigned", WATER)


@pytest.mark.parametrize("act", [act for act in LIFECYCLE if act is not Act.REGISTER])
def test_every_act_is_told_under_its_name_and_says_nothing_of_anybody(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told,
    now: list[datetime], act: Act,
) -> None:  # fmt: skip
    endpoint = listen(owner_of(cases, new_case()))
    everywhere = [listen(unit) for unit in (WATER, "環保局")]
    source = min(LIFECYCLE[act].sources, key=lambda status: len(PATHS[status]))
    with database.write() as session:
        life = Life(cases, session)
        if act is Act.MOVE_DUE:
            number = life.bring(new_case(**PERSON), Status.ASSIGNED)
        else:
            number = life.bring(new_case(**PERSON), source)
        now[0] += timedelta(minutes=5)
        deed = life.deed(number, act)
        before = len(written(session))
        life.do(number, act) if act is not Act.REFUSE_EXTENSION else cases.act(session, number, deed)
        events = written(session)[before:]
    types = {event["type"] for event in events}
    if act in UNTOLD:
        assert types == set()
    elif act is not Act.ASSIGN:
        assert TOPICS.get(act, Topic.UPDATED) in types
    else:
        assert types <= {Topic.ASSIGNED}
    for one in (endpoint, *everywhere):
        whole = json.dumps(told(one), ensure_ascii=False)
        assert not [secret for secret in SECRETS if secret in whole]


def written(session: Any) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(OutboxMessage).where(OutboxMessage.transport == "webhook").order_by(OutboxMessage.id)
    )
    return [row.payload["event"] for row in rows]


def test_of_a_confidential_case_not_even_the_place_is_told(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told,
    now: list[datetime],
) -> None:  # fmt: skip
    sealed = next(item for item in cases.catalogue.items.values() if item.confidentiality == "confidential")
    new = new_case(**PERSON, kind=sealed.kind, item_code=sealed.code, lat=22.6, lng=120.3)
    endpoint = listen(owner_of(cases, new))
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new)
        now[0] += timedelta(minutes=5)
        life.do(number, Act.ACCEPT)
    events = told(endpoint)
    assert [event["data"]["confidential"] for event in events] == [True, True]
    whole = json.dumps(events, ensure_ascii=False)
    assert not [secret for secret in (*SECRETS, "建工路", "22.6", "120.3") if secret in whole]


def test_a_confidential_case_stays_so_when_it_is_converted(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told,
    now: list[datetime],
) -> None:  # fmt: skip
    sealed = next(item for item in cases.catalogue.items.values() if item.confidentiality == "confidential")
    kinds = {item.kind: item for item in cases.catalogue.items.values()
             if item.confidentiality != "confidential" and item.kind != sealed.kind}  # fmt: skip
    target = next(iter(kinds.values()))
    new = new_case(**PERSON, kind=sealed.kind, item_code=sealed.code)
    units = {owner_of(cases, new), cases.catalogue.owner(target, new.district, {})}
    endpoints = [listen(unit) for unit in sorted(units)]
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new)
        now[0] += timedelta(minutes=5)
        made = life.do(number, Act.CONVERT, item_code=target.code).made
    events = [event for one in endpoints for event in told(one)]
    assert made in {event["data"]["number"] for event in events}
    assert made in {event["data"].get("converted_to") for event in events}
    assert all(event["data"]["place"] is None for event in events)


def test_a_unit_hears_only_of_the_topics_it_chose(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told,
    now: list[datetime],
) -> None:  # fmt: skip
    endpoint = listen(owner_of(cases, new_case()), Topic.RELEASED, Topic.REOPENED)
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE, Act.REOPEN):
            now[0] += timedelta(minutes=5)
            life.do(number, act)
    assert [event["type"] for event in told(endpoint)] == ["case.released", "case.reopened"]


def test_what_was_rolled_back_is_not_told(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told
) -> None:
    endpoint = listen(owner_of(cases, new_case()))
    with pytest.raises(ZeroDivisionError), database.write() as session:
        cases.register(session, new_case())
        raise ZeroDivisionError
    assert told(endpoint) == []


def test_a_file_is_told_without_its_name(
    database: Database, cases: CaseService, new_case: New, listen: Callable[..., int], told: Told
) -> None:
    endpoint = listen(owner_of(cases, new_case()), Topic.ATTACHMENT)
    with database.write() as session:
        number = cases.register(session, new_case()).number
        case, tools = case_of(session, number), cases.tools(session)
        file = StoredAttachment("a" * 32, "王大明身分證.jpg", "image/jpeg", 1234, (22.6, 120.3))
        tell_of_file(session, case, tools, file, cases.clock())
        session.add(
            CaseAttachment(
                public_id="b" * 32, draft_key="draft", name="王大明.pdf", media_type="application/pdf",
                size=9, sha256="", purpose="report", public=False, uploaded_by="citizen",
                uploaded_at=cases.clock(),
            )
        )  # fmt: skip
        session.flush()
        claim_files(session, case, tools, "draft", cases.clock())
        assert session.scalar(select(CaseAttachment.case_id).where(CaseAttachment.size == 9)) == case.id
        assert session.scalar(select(Case.version).where(Case.id == case.id)) == 2
    attached = [event["data"]["attachment"] for event in told(endpoint)]
    assert attached == [
        {"id": "a" * 32, "media_type": "image/jpeg", "size": 1234},
        {"id": "b" * 32, "media_type": "application/pdf", "size": 9},
    ]
