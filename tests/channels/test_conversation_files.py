"""Photos and documents in a conversation: sent from either side, kept, shown, part of a case, gone again."""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select

from gateway.cases.attachments.rules import DRAFT_LIFE, WRITING_TIME
from gateway.cases.models import Case, CaseAttachment
from gateway.conversations.models import Message
from gateway.conversations.service import ConversationService
from gateway.errors import Unavailable
from gateway.identity.rules import StaffRole
from tests.cases.attachments.samples import ACCEPTED, photo, picture
from tests.channels.test_operator import API, Desk, hire_desk, mei, waits
from tests.console.people import Browser
from tests.in_process import Conversation, Gateway

__all__ = ["hire_desk", "mei"]
TALK = "/api/v1/conversations"


def send(
    talk: Conversation, name: str = "路面.jpg", data: bytes | None = None, **more: Any
) -> httpx.Response:
    """A file from the citizen."""
    return talk.client.post(
        f"{TALK}/{talk.id}/attachments",
        data={"client_id": str(uuid.uuid4()), **more},
        files={"file": (name, photo() if data is None else data)},
        headers=talk.headers,
    )


def staff_sends(desk: Desk, talk: Conversation, name: str = "說明.pdf") -> httpx.Response:
    """A file from the desk."""
    return desk.client.post(
        f"{API}/conversations/{talk.id}/attachments",
        data={"client_id": str(uuid.uuid4())},
        files={"file": (name, ACCEPTED["文件.pdf"])},
    )


def stored(gateway: Gateway) -> list[Path]:
    return [one for one in gateway.app.state.attachments._store._folder.rglob("*") if one.is_file()]


def test_a_citizens_photo_is_kept_told_and_served_without_its_place(gateway: Gateway) -> None:
    talk = gateway.open()
    sent = send(talk)
    assert sent.status_code == 201, sent.text
    message, [reply] = sent.json()["message"], sent.json()["replies"]
    assert (message["kind"], message["sender"], message["text"]) == ("file", "citizen", "📎 路面.jpg")
    assert set(message["payload"]) == {"attachment_id", "name", "media_type", "size"}
    assert "路面.jpg" in reply["text"] and reply["payload"]["options"]
    assert gateway.brain.heard == []
    assert talk.read()["messages"][0] == message
    got = talk.client.get(
        f"{TALK}/{talk.id}/attachments/{message['payload']['attachment_id']}", headers=talk.headers
    )
    assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"].startswith("inline;")
    assert "sandbox" in got.headers["content-security-policy"]
    assert len(got.content) == message["payload"]["size"]
    assert not Image.open(io.BytesIO(got.content)).getexif()


def test_a_repeated_file_is_one(gateway: Gateway) -> None:
    talk = gateway.open()
    first, again = (send(talk, client_id=str(uuid.UUID(int=7))) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(stored(gateway)) == 1


def test_what_is_refused_leaves_nothing(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    mei.post(f"/conversations/{talk.id}/close")
    before = talk.read()
    assert send(talk).json()["error"]["code"] == "conversation_closed"
    assert staff_sends(mei, talk).json()["error"]["code"] == "not_in_charge"
    assert talk.read() == before
    assert stored(gateway) == []


def test_with_a_person_in_charge_files_go_both_ways_and_not_to_rasa(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    assert staff_sends(mei, talk).status_code == 409
    mei.post(f"/conversations/{talk.id}/take")
    heard = len(gateway.brain.heard)
    assert send(talk).json()["replies"] == []
    answer = staff_sends(mei, talk)
    assert answer.status_code == 201, answer.text
    said = answer.json()["message"]
    assert (said["kind"], said["sender"], said["payload"]["operator"]) == ("file", "operator", "mei先生")
    assert len(gateway.brain.heard) == heard
    for message in talk.read()["messages"][-2:]:
        name = message["payload"]["attachment_id"]
        mine = talk.client.get(f"{TALK}/{talk.id}/attachments/{name}", headers=talk.headers)
        theirs = mei.get(f"/conversations/{talk.id}/attachments/{name}")
        assert mine.status_code == theirs.status_code == 200
        assert mine.content == theirs.content
    assert mine.headers["content-disposition"].startswith("attachment;")
    transcript = mei.client.get(f"/console/live/{talk.id}/transcript.txt").text
    assert "📎 路面.jpg" in transcript and "📎 說明.pdf" in transcript


def test_it_is_pushed_to_open_sockets(gateway: Gateway) -> None:
    talk = gateway.open()
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        assert socket.receive_json()["type"] == "owner"
        send(talk)
        frames = [socket.receive_json() for _ in range(4)]
    [pushed] = [
        one["message"] for one in frames if one["type"] == "message" and one["message"]["kind"] == "file"
    ]
    assert pushed == talk.read()["messages"][0]


def test_a_colleagues_conversation_keeps_its_files_to_itself(
    gateway: Gateway, mei: Desk, hire_desk: Callable[..., Desk]
) -> None:
    hua, boss = hire_desk("hua"), hire_desk("boss", StaffRole.SUPERVISOR)
    talk, other = waits(gateway), waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    name = send(talk).json()["message"]["payload"]["attachment_id"]
    assert hua.get(f"/conversations/{talk.id}/attachments/{name}").status_code == 403
    assert staff_sends(hua, talk).status_code == 409
    assert boss.get(f"/conversations/{talk.id}/attachments/{name}").status_code == 200
    assert mei.get(f"/conversations/{other.id}/attachments/{name}").status_code == 404
    del mei.client.headers["x-csrf-token"]
    assert staff_sends(mei, talk).json()["error"]["code"] == "csrf_mismatch"


def files_of_cases(gateway: Gateway) -> list[tuple[str, bool]]:
    with gateway.database.read() as session:
        rows = session.scalars(
            select(CaseAttachment).where(CaseAttachment.case_id.is_not(None)).order_by(CaseAttachment.id)
        )
        return [(row.name, row.public) for row in rows]


def test_files_go_with_the_report_whether_sent_before_or_while_the_form_is_open(gateway: Gateway) -> None:
    gateway.brain.up = False  # the dialogue without Rasa is the same
    talk = gateway.open()
    options = send(talk, "之前.jpg").json()["replies"][-1]["payload"]["options"]
    assert options[0]["payload"] == "start:dispatch"
    asked = talk.send(option="start:dispatch").json()["replies"][-1]
    during = send(talk, "之後.png", picture()).json()["replies"]
    assert "之後.png" in during[0]["text"] and during[1]["text"] == asked["text"]
    talk.say("路燈不亮")
    choices = talk.read()["messages"][-1]["payload"]["options"]
    talk.send(option=choices[0]["payload"])
    talk.say("三民區建工路415號")
    talk.say("三天了，整條巷子都很暗")
    talk.say("不用")
    summary = talk.read()["messages"][-1]
    assert summary["kind"] == "summary", summary
    told = {field["field"]: field["value"] for field in summary["payload"]["fields"]}
    assert told["files"] == "之前.jpg、之後.png"
    case = talk.send(option="confirm:yes").json()["replies"][-1]
    assert case["kind"] == "case", case
    assert files_of_cases(gateway) == [("之前.jpg", True), ("之後.png", True)]
    number, code = case["payload"]["number"], case["payload"]["verification_code"]
    listed = talk.client.get(
        f"/api/v1/cases/{number}/attachments", headers={"X-Verification-Code": code}
    ).json()
    assert [one["name"] for one in listed] == ["之前.jpg", "之後.png"]
    got = talk.client.get(
        f"/api/v1/cases/{number}/attachments/{listed[0]['id']}", headers={"X-Verification-Code": code}
    )
    assert got.status_code == 200


def test_a_case_made_at_the_desk_gets_what_is_ticked(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    for name in ("要.jpg", "不要.jpg"):
        send(talk, name)
    talk.send(text="巷口路面破一個大洞")
    browser = Browser(mei.client)
    page = browser.get(f"/console/cases/new?conversation={talk.id}").text
    assert "要.jpg" in page and "📎" not in page
    wanted = talk.read()["messages"][-3]["payload"]["attachment_id"]
    form = {
        "channel": "web", "item_code": "road_pothole", "description": "巷口路面破一個大洞",
        "district": "三民區", "address": "建工路100號前", "language": "zh-TW", "form_key": "k" * 32,
        "conversation": talk.id, "files": [wanted],
    }  # fmt: skip
    check = browser.post("/console/cases/new", step="check", **form)
    assert "要.jpg" in check.text and "不要.jpg" not in check.text
    assert files_of_cases(gateway) == []
    assert browser.post("/console/cases/new", step="register", **form).status_code == 303
    assert browser.post("/console/cases/new", step="register", **form).status_code == 303
    assert files_of_cases(gateway) == [("要.jpg", True)]
    theirs = waits(gateway)
    form |= {"conversation": theirs.id, "form_key": "j" * 32}
    assert browser.post("/console/cases/new", step="register", **form).status_code == 303
    assert files_of_cases(gateway) == [("要.jpg", True)], "a file of another conversation"


def test_who_joins_a_case_adds_files_that_the_first_reporter_does_not_see(
    gateway: Gateway, mei: Desk
) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    wanted = send(talk).json()["message"]["payload"]["attachment_id"]
    browser = Browser(mei.client)
    form = {
        "channel": "web", "item_code": "road_pothole", "description": "巷口路面破一個大洞",
        "district": "三民區", "address": "建工路100號前", "language": "zh-TW",
        "conversation": talk.id,
    }  # fmt: skip
    browser.post("/console/cases/new", step="register", form_key="a" * 32, **form)
    check = browser.post("/console/cases/new", step="check", form_key="b" * 32, files=[wanted], **form).text
    token = check.split('name="join" value="')[1].split('"')[0]
    joined = browser.post(
        "/console/cases/new", step="join", join=token, form_key="b" * 32, files=[wanted], **form
    )
    assert joined.status_code == 303
    assert files_of_cases(gateway) == [("路面.jpg", False)]


def test_a_crash_before_the_answer_is_made_good(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = gateway.open()
    with monkeypatch.context() as broken:
        broken.setattr(ConversationService, "finish_turn", lambda *_, **__: 1 / 0)
        assert send(talk).status_code == 500
    assert [one["kind"] for one in talk.read()["messages"]] == ["file"]
    assert gateway.client.portal is not None
    assert gateway.client.portal.call(gateway.app.state.turns.recover) == 1
    assert [one["kind"] for one in talk.read()["messages"]] == ["file", "options"]
    assert gateway.brain.heard == []


def test_nothing_is_kept_without_its_message(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = gateway.open()
    with monkeypatch.context() as broken:
        broken.setattr("gateway.conversations.service.append", lambda *_: 1 / 0)
        assert send(talk).status_code == 500
    with gateway.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CaseAttachment)) == 0
        assert session.scalar(select(func.count()).select_from(Message)) == 0
    [orphan] = stored(gateway)
    long_ago = (datetime.now(UTC) - WRITING_TIME - timedelta(minutes=1)).timestamp()
    os.utime(orphan, (long_ago, long_ago))
    assert gateway.app.state.attachments.sweep(datetime.now(UTC)).files == 1


def test_the_sweep_leaves_what_a_conversation_tells_of(gateway: Gateway) -> None:
    talk = gateway.open()
    name = send(talk).json()["message"]["payload"]["attachment_id"]
    [file] = stored(gateway)
    os.utime(file, (0, 0))
    swept = gateway.app.state.attachments.sweep(datetime.now(UTC) + 2 * DRAFT_LIFE)
    assert (swept.drafts, swept.files) == (0, 0)
    assert talk.client.get(f"{TALK}/{talk.id}/attachments/{name}", headers=talk.headers).status_code == 200


def test_a_case_keeps_its_copy_whatever_becomes_of_the_conversation(gateway: Gateway) -> None:
    talk = gateway.open()
    name = send(talk).json()["message"]["payload"]["attachment_id"]
    files, store = gateway.app.state.conversations.files, gateway.app.state.attachments._store
    os.utime(stored(gateway)[0], (0, 0))
    with gateway.database.write() as session:
        key = files.draft_of(session, talk.id, {name})
        assert not list(store.older_than(datetime.now(UTC) - WRITING_TIME)), "a sweep now would take it"
        assert key is not None and files.draft_of(session, talk.id, {"0" * 32}) is None
        [copy] = gateway.app.state.attachments.of_draft(session, key)
        session.delete(files.open(session, talk.id, name)[0])
        copied = copy.public_id
    for file in stored(gateway):
        os.utime(file, (0, 0))
    assert gateway.app.state.attachments.sweep(datetime.now(UTC)).files == 1
    with gateway.database.read() as session:
        assert gateway.app.state.attachments.open(session, copied)[1].stat().st_size > 0
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_a_file_that_is_kept_stays_when_its_turn_is_refused(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk, client_id = gateway.open(), str(uuid.uuid4())

    def refused(*_: object, **__: object) -> None:
        raise Unavailable("just now")

    with monkeypatch.context() as broken:
        broken.setattr(gateway.app.state.conversations, "finish_turn", refused)
        assert send(talk, client_id=client_id).status_code == 503
    again = send(talk, client_id=client_id)
    assert again.status_code == 200
    payload = again.json()["message"]["payload"]
    path = f"{TALK}/{talk.id}/attachments/{payload['attachment_id']}"
    assert talk.client.get(path, headers=talk.headers).status_code == 200
    assert len(stored(gateway)) == 1
