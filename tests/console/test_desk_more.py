"""What else the desk does: several cases at once, files, cases typed in, reminders, closures."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select

from gateway.audit.models import AuditEntry
from gateway.cases.models import Case, CaseAttachment, CaseDue, CaseEvent, CaseReporter, OfficeClosure
from gateway.cases.rules import Act, Role
from gateway.conversations.rules import Owner
from gateway.identity.rules import StaffRole
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State
from tests.console.filing import act, file_case, finish, version_of
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
SEALED = {"kind": "petition", "item_code": "petition_social_welfare", "description": "某科員收受回扣"}


def key(gateway: Gateway, number: str) -> str:
    return f"{number}:{version_of(gateway.app, number)}:"


def case_of(gateway: Gateway, number: str) -> Case:
    with gateway.database.read() as session:
        return session.scalars(select(Case).where(Case.number == number)).one()


def audited(gateway: Gateway, what: str) -> list[AuditEntry]:
    with gateway.database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.act == what)))


def test_ticked_cases_go_to_a_unit_each_for_itself(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.DISPATCHER)
    one, two, done = (file_case(gateway.app) for _ in range(3))
    stale = key(gateway, two)
    act(gateway.app, two, Act.COMMENT, Role.SUPERVISOR, note="看過了")
    finish(gateway.app, done)
    answer = browser.client.post("/console/cases/bulk", data={
        "csrf": browser.token("/console/account"), "ids": [key(gateway, one), stale, key(gateway, done), "?"],
        "to_unit": "水利局", "reason": "屬排水設施",
    })  # fmt: skip
    assert answer.status_code == 200
    assert "1 件完成，3 件未處理" in answer.text
    assert "已被他人更新" in answer.text
    assert case_of(gateway, one).owner_unit == "水利局"
    assert {case_of(gateway, number).owner_unit for number in (two, done)} == {"養工處"}


def test_nothing_ticked_is_said(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.DISPATCHER)
    answer = browser.post("/console/cases/bulk", to_unit="水利局", reason="x", back="/console/cases?q=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/cases?q=a")


def test_the_list_as_a_file_tells_of_nobody(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    open_one = file_case(gateway.app, address="=HYPERLINK(1)", attributes={})
    sealed = file_case(gateway.app, **SEALED, address="中正路9號")
    closed = file_case(gateway.app)
    finish(gateway.app, closed)
    answer = browser.get("/console/cases.csv?state=open")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert answer.headers["content-disposition"].endswith('.csv"')
    assert {row[0] for row in rows[1:]} == {open_one, sealed}
    assert not any(word in answer.text for word in ("王大明", "0912", "example.org", "回扣", "中正路9號"))
    assert "'=HYPERLINK(1)" in {row[5] for row in rows}
    [entry] = audited(gateway, "case.export")
    assert entry.detail["rows"] == 2


def picture() -> bytes:
    buffer = io.BytesIO()
    image = Image.new("RGB", (40, 30), "grey")
    exif = image.getexif()
    exif.get_ifd(0x8825).update({1: "N", 2: (22.0, 38.0, 47.0), 3: "E", 4: (120.0, 19.0, 31.0)})
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def add_file(browser: Browser, number: str, purpose: str) -> httpx.Response:
    return browser.client.post(
        f"/console/cases/{number}/files",
        data={"csrf": browser.token("/console/account"), "purpose": purpose},
        files={"file": ("現場.jpg", picture(), "image/jpeg")}, follow_redirects=False,
    )  # fmt: skip


def test_a_file_is_added_shown_and_seen_by_the_citizen_only_as_a_result(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser = signed_in(StaffRole.HANDLER, units=("養工處",))
    number = file_case(gateway.app)
    for purpose in ("result", "internal"):
        assert add_file(browser, number, purpose).status_code == 303
    page = browser.get(f"/console/cases/{number}")
    names = re.findall(r'href="/console/attachments/([0-9a-f]{32})"', page.text)
    assert len(names) == 2
    shown = browser.get(f"/console/attachments/{names[0]}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert not Image.open(io.BytesIO(shown.content)).getexif().get_ifd(0x8825)
    code = gateway.app.state.cases.verification_code(number)
    seen = gateway.client.get(
        f"/api/v1/cases/{number}/attachments", headers={"x-verification-code": code}
    ).json()
    assert [one["purpose"] for one in seen] == ["result"]
    assert len(audited(gateway, "case.add_file")) == 2


def test_no_file_and_a_file_of_no_known_type(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    number = file_case(gateway.app)
    assert browser.post(f"/console/cases/{number}/files", purpose="result").status_code == 303
    wrong = browser.client.post(
        f"/console/cases/{number}/files", data={"csrf": browser.token("/console/account")},
        files={"file": ("a.jpg", b"MZ\x90", "image/jpeg")},
    )  # fmt: skip
    assert wrong.status_code == 422
    with gateway.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CaseAttachment)) == 0


def test_files_of_a_confidential_case_are_audited_and_not_for_all(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    supervisor = signed_in(StaffRole.SUPERVISOR, username="sup")
    number = file_case(gateway.app, **SEALED)
    assert add_file(supervisor, number, "internal").status_code == 303
    with gateway.database.read() as session:
        name = session.scalars(select(CaseAttachment.public_id)).one()
    assert supervisor.get(f"/console/attachments/{name}").status_code == 200
    assert len(audited(gateway, "case.read_file")) == 1
    auditor = signed_in(StaffRole.AUDITOR, username="aud")
    assert auditor.get(f"/console/attachments/{name}").status_code == 404


def test_cases_that_may_be_the_same_are_suggested_to_who_can_merge(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    one, other = file_case(gateway.app), file_case(gateway.app)
    page = signed_in(StaffRole.DISPATCHER).get(f"/console/cases/{one}")
    assert f'data-with="{other}"' in page.text
    reader = signed_in(StaffRole.AUDITOR, username="aud").get(f"/console/cases/{one}")
    assert other not in reader.text


HOLE = {
    "channel": "phone", "received_at": "", "item_code": "road_pothole", "description": "巷口路面破一個大洞",
    "district": "三民區", "address": "建工路100號前", "name": "王大明", "phone": "0912345678", "email": "",
    "language": "zh-TW", "form_key": "a" * 32,
}  # fmt: skip


def hidden_of(page: str, step: str) -> dict[str, str]:
    """The hidden fields of the form that leads to a step."""
    for form in re.findall(r'<form method="post" action="/console/cases/new".*?</form>', page, re.DOTALL):
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        if fields.get("step") == step:
            return {name: unescape(value) for name, value in fields.items()}
    raise AssertionError(step)


def type_in(browser: Browser, **changes: str) -> httpx.Response:
    return browser.post("/console/cases/new", **{**HOLE, "step": "check", **changes})


def test_a_case_is_typed_in_read_back_and_registered_once(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    received = datetime.now(UTC) - timedelta(days=2)
    local = f"{received.astimezone(gateway.app.state.cases._office.zone):%Y-%m-%dT%H:%M}"
    told = type_in(browser, channel="letter", received_at=local)
    assert told.status_code == 200
    assert all(word in told.text for word in ("養工處", "建工路100號前", "書面"))
    with gateway.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
    fields = hidden_of(told.text, "register")
    first, again = (
        browser.client.post("/console/cases/new", data=fields, follow_redirects=False) for _ in range(2)
    )
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    with gateway.database.read() as session:
        case = session.scalars(select(Case)).one()
        registered = session.scalars(
            select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.act == Act.REGISTER)
        ).one()
    assert (case.channel, case.contact_name) == ("letter", "王大明")
    assert abs(case.received_at - received) < timedelta(minutes=1)
    assert (registered.actor, registered.role) == ("mei", "operator")
    assert registered.at > case.received_at + timedelta(days=1)
    page = browser.client.get(first.headers["location"])
    assert gateway.app.state.cases.verification_code(case.number) in page.text


@pytest.mark.parametrize("channel", ["letter", "fax"])
def test_a_letter_without_a_sender_is_registered_all_the_same(
    gateway: Gateway, signed_in: SignedIn, channel: str
) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    told = type_in(browser, channel=channel, item_code="petition_roads", name="", phone="")
    assert told.status_code == 200
    assert "仍須立案" in told.text
    done = browser.client.post(
        "/console/cases/new", data=hidden_of(told.text, "register"), follow_redirects=False
    )
    assert done.status_code == 303
    with gateway.database.read() as session:
        case = session.scalars(select(Case)).one()
    assert (case.kind, case.channel, case.contact_name, case.contact_phone) == (
        "petition",
        channel,
        None,
        None,
    )
    assert "仍須立案" not in type_in(browser, channel=channel, item_code="petition_roads").text


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"item_code": ""}, "請選擇要反映的項目"),
        ({"description": " "}, "請說明發生了什麼事"),
        ({"address": ""}, "請填寫地址"),
        ({"channel": "pigeon"}, "請選擇受理管道"),
        ({"received_at": "2099-01-01T00:00"}, "受理時間須在過去一年內"),
        ({"received_at": "2001-01-01T00:00"}, "受理時間須在過去一年內"),
        ({"received_at": "soon"}, "受理時間須在過去一年內"),
        ({"phone": "12"}, "電話格式不正確"),
        ({"item_code": "petition_roads", "name": "", "phone": ""}, "請填寫姓名"),
    ],
)
def test_mistakes_are_told_at_their_fields_and_nothing_typed_is_lost(
    gateway: Gateway, signed_in: SignedIn, changes: dict[str, str], word: str
) -> None:
    answer = type_in(signed_in(StaffRole.OPERATOR), **changes)
    assert answer.status_code == 422
    assert word in answer.text
    assert changes.get("address", "建工路100號前") in answer.text
    with gateway.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_what_is_there_already_is_offered_and_joined(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    before = file_case(gateway.app)
    told = type_in(browser, name="李四", phone="0987654321")
    assert before in told.text
    fields = hidden_of(told.text, "join")
    answer = browser.client.post("/console/cases/new", data=fields, follow_redirects=False)
    assert answer.headers["location"] == f"/console/cases/{before}"
    with gateway.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalars(select(CaseReporter)).one().name == "李四"


def test_the_form_helps_to_choose_the_item_and_asks_its_questions(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    answer = browser.get("/console/cases/new/help?description=路面坑洞&item_code=gutter_cover_damage")
    assert 'data-item="road_pothole"' in answer.text
    assert 'name="attribute.road_width"' in answer.text
    told = type_in(browser, item_code="gutter_cover_damage", **{"attribute.road_width": "12"})
    assert "水利局" in told.text
    answer = browser.client.post(
        "/console/cases/new", data=hidden_of(told.text, "register"), follow_redirects=False
    )
    assert answer.status_code == 303
    with gateway.database.read() as session:
        assert session.scalars(select(Case.attributes)).one() == {"road_width": 12.0}


def test_one_goes_back_and_changes_what_was_read_back(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    told = type_in(browser)
    form = browser.client.post("/console/cases/new", data=hidden_of(told.text, "edit"))
    assert form.status_code == 200
    assert "巷口路面破一個大洞" in form.text
    assert HOLE["form_key"] in form.text


def remind(gateway: Gateway, recipient: str, number: str) -> None:
    now = gateway.app.state.cases.clock()
    with gateway.database.write() as session:
        gateway.app.state.cases.outbox.put(
            session, key=f"test:{recipient}:{number}", topic="reminder.at", transport="desk",
            recipient=recipient, subject=number, now=now,
            payload={"title": "案件到期", "text": f"{number} 今天到期", "title_en": "Due", "text_en": "due"},
        )  # fmt: skip
        for row in session.scalars(select(OutboxMessage).where(OutboxMessage.transport == "desk")):
            row.state, row.sent_at = State.SENT.value, now


def test_reminders_reach_the_unit_and_its_supervisor_and_are_taken_note_of(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    handler = signed_in(StaffRole.HANDLER, username="han", units=("養工處",))
    supervisor = signed_in(StaffRole.SUPERVISOR, username="sup")
    other = signed_in(StaffRole.HANDLER, username="oth", units=("水利局",))
    with gateway.database.write() as session:
        session.query(OutboxMessage).delete()
    remind(gateway, "unit:養工處", "D-1")
    remind(gateway, "supervisor:養工處", "D-2")
    counts = [one.get("/console/inbox/count").text for one in (handler, supervisor, other)]
    assert counts == ["1", "1", ""]
    page = handler.get("/console/inbox")
    assert "D-1 今天到期" in page.text
    assert "D-2" not in page.text
    [number] = re.findall(r'name="ids" value="(\d+)"', page.text.partition("<article")[2])
    assert other.post("/console/inbox/read", ids=number).status_code == 303
    assert handler.get("/console/inbox/count").text == "1"
    assert handler.post("/console/inbox/read", ids=number).status_code == 303
    assert handler.get("/console/inbox/count").text == ""
    assert "D-1 今天到期" not in handler.get("/console/inbox?unread=yes").text
    assert "D-1 今天到期" in handler.get("/console/inbox").text


def test_a_page_of_somebody_signed_out_is_left_alone(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    browser.post("/console/logout")
    answer = browser.get("/console/inbox/count", headers={"hx-request": "true"})
    assert (answer.status_code, answer.text) == (200, "")
    assert "hx-redirect" not in answer.headers
    assert gateway.client.get("/console/inbox/count").text == ""


def due_of(gateway: Gateway, number: str) -> datetime:
    with gateway.database.read() as session:
        return session.scalars(
            select(CaseDue.due_at)
            .join(Case, Case.id == CaseDue.case_id)
            .where(Case.number == number, CaseDue.stage == "completion")
        ).one()


def test_a_closure_moves_open_due_times_at_once_and_back_when_withdrawn(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    number = file_case(gateway.app, kind="petition", item_code="petition_roads")
    finished = file_case(gateway.app, kind="petition", item_code="petition_roads")
    finish(gateway.app, finished)
    before, judged = due_of(gateway, number), due_of(gateway, finished)
    zone = gateway.app.state.cases._office.zone
    day = before.astimezone(zone).date().isoformat()
    entered = browser.post(
        "/console/closures", day=day, part="all", zh="颱風停止上班", en="Typhoon", announced_at=""
    )
    assert entered.status_code == 303
    assert due_of(gateway, number) > before
    assert due_of(gateway, finished) == judged
    assert "颱風停止上班" in browser.get("/console/closures").text
    answer = browser.post(f"/console/cases/{finished}/judge", reason="民眾申訴，依公告更正")
    assert answer.status_code == 303
    assert due_of(gateway, finished) > judged
    with gateway.database.read() as session:
        closure = session.scalars(select(OfficeClosure.id)).one()
    assert browser.post(f"/console/closures/{closure}/withdraw").status_code == 303
    assert due_of(gateway, number) == before


@pytest.mark.parametrize(
    "changes", [{"day": "someday"}, {"part": "night"}, {"zh": " "}, {"en": ""}, {"announced_at": "then"},
                {"day": "1850-01-01"}],
)  # fmt: skip
def test_a_closure_that_cannot_be(gateway: Gateway, signed_in: SignedIn, changes: dict[str, str]) -> None:
    form = {"day": "2026-12-01", "part": "am", "zh": "停水", "en": "No water", "announced_at": "", **changes}
    answer = signed_in(StaffRole.SUPERVISOR).post("/console/closures", **form)
    assert answer.status_code == 422
    with gateway.database.read() as session:
        assert session.scalars(select(OfficeClosure)).first() is None


def test_a_case_is_made_of_a_conversation_and_the_citizen_is_told_in_it(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    talk = gateway.open()
    talk.say("建工路巷口路面破一個大洞")
    conversations = gateway.app.state.conversations
    refused = browser.get(f"/console/cases/new?conversation={talk.id}")
    assert refused.status_code == 403
    conversations.change_owner(talk.id, Owner.QUEUE, "citizen", "asked")
    form = browser.get(f"/console/cases/new?conversation={talk.id}")
    assert "建工路巷口路面破一個大洞" in form.text
    told = type_in(browser, channel="web", conversation=talk.id)
    fields = hidden_of(told.text, "register")
    for _ in range(2):
        answer = browser.client.post("/console/cases/new", data=fields, follow_redirects=False)
        assert answer.status_code == 303
    with gateway.database.read() as session:
        case = session.scalars(select(Case)).one()
    assert (case.channel, case.conversation_id) == ("web", talk.id)
    [shown] = [one for one in talk.read()["messages"] if one["kind"] == "case"]
    assert (shown["sender"], shown["payload"]["number"]) == ("system", case.number)


def test_who_is_joined_to_a_case_from_a_conversation_is_told_in_it(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser, before, talk = signed_in(StaffRole.OPERATOR), file_case(gateway.app), gateway.open()
    gateway.app.state.conversations.change_owner(talk.id, Owner.QUEUE, "citizen", "asked")
    told = type_in(browser, conversation=talk.id, name="李四", phone="0987654321")
    answer = browser.client.post(
        "/console/cases/new", data=hidden_of(told.text, "join"), follow_redirects=False
    )
    assert answer.headers["location"] == f"/console/cases/{before}"
    with gateway.database.read() as session:
        reporter = session.scalars(select(CaseReporter)).one()
    assert (reporter.conversation_id, reporter.channel) == (talk.id, "web")


def test_a_channel_that_is_none_joins_nothing(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    file_case(gateway.app)
    fields = hidden_of(type_in(browser, name="李四").text, "join")
    answer = browser.client.post("/console/cases/new", data={**fields, "channel": "pigeon"})
    assert answer.status_code == 422
    with gateway.database.read() as session:
        assert session.scalars(select(CaseReporter)).first() is None
