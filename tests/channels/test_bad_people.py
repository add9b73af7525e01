"""What people try who mean no good: guessing, stolen cookies, forged requests, floods, files that pretend."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from gateway.audit.models import AuditEntry
from gateway.cases.attachments import service
from gateway.cases.attachments.rules import FILE_MAX_BYTES, TOGETHER_MAX_FILES
from gateway.cases.models import CaseAttachment
from gateway.channels.operator import socket as operator_socket
from gateway.conversations.models import Message
from gateway.handoff.models import ConversationNote
from gateway.identity.models import StaffSession
from gateway.identity.rules import StaffRole
from gateway.identity.service import COOKIE
from tests.cases.attachments.samples import ACCEPTED, EXE, HTML, REFUSED, SVG, archive, photo, picture
from tests.channels.test_conversation_files import TALK, send, staff_sends, stored
from tests.channels.test_operator import API, Desk, hire_desk, mei, waits
from tests.console.people import ORIGIN, PASSWORD, Browser, hire
from tests.in_process import CITIZEN, Gateway, StandIn
from tests.served import served

__all__ = ["hire_desk", "mei"]
NOVEL = "a" * 10_000_000
WIRE = f"wss://testserver{API}/ws"
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)


def count(gateway: Gateway, table: type[Any]) -> int:
    with gateway.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def code(response: httpx.Response) -> str:
    return str(response.json()["error"]["code"])


# Guessing and stealing


def test_ten_wrong_passwords_at_either_door_must_wait_and_are_written_down(gateway: Gateway) -> None:
    for door, name in (("api", "mary"), ("page", "anna")):
        hire(gateway.app.state.identity, name, StaffRole.OPERATOR)
        browser = Browser(TestClient(gateway.app, ORIGIN, client=(f"198.51.100.{len(door)}", 50_000)))

        def attempt(password: str, browser: Browser = browser, door: str = door, name: str = name) -> int:
            if door == "page":
                return browser.sign_in(name, password).status_code
            given = {"username": name, "password": password}
            return browser.client.post(f"{API}/session", json=given).status_code

        assert [attempt("wrong") for _ in range(10)] == [401] * 5 + [429] * 5
        assert attempt(PASSWORD) == 429
        assert COOKIE not in browser.client.cookies
    with gateway.database.read() as session:
        acts = list(session.scalars(select(AuditEntry.act)))
    assert (acts.count("login.failed"), acts.count("login.locked")) == (10, 2)


def copied(gateway: Gateway, desk: Desk) -> TestClient:
    """A browser elsewhere with a copy of the cookie."""
    thief = TestClient(gateway.app, ORIGIN, raise_server_exceptions=False, client=("203.0.113.66", 50_000))
    thief.cookies.set(COOKIE, desk.client.cookies[COOKIE])
    return thief


def test_a_copied_cookie_dies_with_its_session_and_its_open_socket_too(
    gateway: Gateway, mei: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_socket, "ALIVE_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(operator_socket, "LOOK_AGAIN_SECONDS", 0.05)
    thief = copied(gateway, mei)
    with thief.websocket_connect(WIRE) as socket:
        assert socket.receive_json()["type"] == "queue"
        assert Browser(mei.client).post("/console/logout").status_code == 303
        with pytest.raises(WebSocketDisconnect):
            while True:
                socket.receive_json()
    assert COOKIE not in mei.client.cookies
    assert code(thief.get(f"{API}/queue")) == "not_signed_in"


def test_a_new_password_ends_every_other_session(gateway: Gateway, mei: Desk) -> None:
    thief, new = copied(gateway, mei), "另一句只給測試用的長密碼 0815"
    changed = Browser(mei.client).post("/console/password", old=PASSWORD, new=new, again=new)
    assert changed.status_code == 303
    assert mei.client.cookies[COOKIE] != thief.cookies[COOKIE]
    assert code(thief.get(f"{API}/queue")) == "not_signed_in"
    assert mei.get("/queue").status_code == 200


def test_an_old_cookie_opens_nothing(gateway: Gateway, mei: Desk, hire_desk: Callable[..., Desk]) -> None:
    talk, now = waits(gateway), datetime.now(UTC)
    hua = hire_desk("hua")
    for desk, late in ((mei, {"seen_at": now - timedelta(minutes=30)}), (hua, {"expires_at": now})):
        with gateway.database.write() as session:
            session.execute(update(StaffSession).values(**late))
        assert code(desk.get("/queue")) == "not_signed_in"
        assert code(desk.post(f"/conversations/{talk.id}/take")) == "not_signed_in"
        assert code(staff_sends(desk, talk)) == "not_signed_in"
        with pytest.raises(WebSocketDisconnect), desk.client.websocket_connect(WIRE):
            pass
        with gateway.database.write() as session:
            session.execute(update(StaffSession).values(seen_at=now))
        assert (hua.get("/queue").status_code == 200) is (desk is mei)


def test_the_cookie_of_the_interface_is_out_of_reach_of_scripts_and_other_sites(gateway: Gateway) -> None:
    hire(gateway.app.state.identity, "mary", StaffRole.OPERATOR)
    client = TestClient(gateway.app, ORIGIN, client=(CITIZEN, 50_000))
    answer = client.post(f"{API}/session", json={"username": "mary", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax")) and "Domain" not in cookie
    assert answer.headers["cache-control"] == "no-store"


def test_a_form_token_is_asked_for_and_only_ones_own_will_do(
    gateway: Gateway, mei: Desk, hire_desk: Callable[..., Desk]
) -> None:
    talk, hua = waits(gateway), hire_desk("hua")
    mei.post(f"/conversations/{talk.id}/take")
    before = talk.read()
    ours = mei.client.headers.pop("x-csrf-token")
    for token in ("", "made up", "字", ours[:-1], hua.client.headers["x-csrf-token"]):
        headers = {"x-csrf-token": token.encode()}
        path = f"{API}/conversations/{talk.id}"
        said = {"client_id": str(uuid.uuid4()), "text": "假的"}
        assert code(mei.client.post(f"{path}/messages", json=said, headers=headers)) == "csrf_mismatch"
        assert code(mei.client.post(f"{path}/close", json={}, headers=headers)) == "csrf_mismatch"
        file = {"file": ("a.png", picture())}
        forged = mei.client.post(
            f"{path}/attachments", data={"client_id": said["client_id"]}, files=file, headers=headers
        )
        assert code(forged) == "csrf_mismatch"
    assert talk.read() == before
    assert stored(gateway) == []


# Floods


def test_ten_megabytes_are_refused_at_every_door_and_nothing_is_kept(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    before = talk.read()
    assert code(talk.send(text=NOVEL)) == "too_large"
    assert code(mei.say(talk.id, NOVEL)) == "too_large"
    assert code(mei.post(f"/conversations/{talk.id}/notes", text=NOVEL)) == "too_large"
    frame = {"type": "send", "client_id": str(uuid.uuid4()), "text": NOVEL}
    with gateway.client.websocket_connect(talk.socket_path(before["messages"][-1]["seq"])) as socket:
        assert socket.receive_json()["type"] == "owner"
        socket.send_json(frame)
        refused = socket.receive_json()
        assert (refused["type"], refused["error"]["code"]) == ("error", "too_large")
        socket.send_json({"type": "ping"})
        assert socket.receive_json()["type"] == "pong"
    with mei.client.websocket_connect(WIRE) as socket:
        socket.send_json({"type": "typing", "conversation_id": NOVEL, "on": True})
        while (refused := socket.receive_json())["type"] != "error":
            pass
        assert refused["error"]["code"] == "too_large"
    assert talk.read() == before
    assert count(gateway, ConversationNote) == 0


def test_the_server_hangs_up_on_a_frame_of_ten_megabytes_and_goes_on(
    make_app: Callable[..., FastAPI],
) -> None:
    app = make_app(StandIn())
    identity = app.state.identity
    with served(app) as url, httpx.Client(base_url=url) as client:
        hire(identity, "mary", StaffRole.OPERATOR)
        signed = client.post(f"{API}/session", json={"username": "mary", "password": PASSWORD})
        opened = client.post(TALK, json={}).json()
        citizens = f"{TALK}/{opened['id']}/ws?token={opened['token']}"
        cookie = {"cookie": f"{COOKIE}={signed.cookies[COOKIE]}"}
        for path, headers in ((citizens, {}), (f"{API}/ws", cookie)):
            address = url.replace("http", "ws", 1) + path
            with connect(address, origin=url, additional_headers=headers, compression=None) as socket:
                socket.recv()
                with pytest.raises(ConnectionClosed):
                    socket.send(NOVEL)
                    while True:
                        socket.recv()
        assert client.get("/healthz").text == "ok"
        with app.state.database.read() as session:
            assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_hundred_files_at_once_stop_at_the_limit(start: Callable[..., Gateway]) -> None:
    gateway = start(rate_address_uploads="10/hour")
    talk = gateway.open()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: send(talk, f"{number}.png", picture()), range(100)))
    taken = [one for one in answers if one.status_code == 201]
    assert len(taken) == 10
    assert {code(one) for one in answers if one not in taken} == {"too_many_requests"}
    assert len(stored(gateway)) == count(gateway, CaseAttachment) == 10
    messages = talk.read()["messages"]
    assert [one["seq"] for one in messages] == list(range(1, 21))


def test_files_that_come_at_once_do_not_pass_the_limit_of_a_conversation_nor_fill_the_memory(
    gateway: Gateway, mei: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk, room, clean, most, now, lock = waits(gateway), 2, service.clean_picture, 0, 0, threading.Lock()
    mei.post(f"/conversations/{talk.id}/take")

    def counted(*given: Any) -> Any:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        try:
            return clean(*given)
        finally:
            with lock:
                now -= 1

    monkeypatch.setattr(service, "clean_picture", counted)
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda n: send(talk, f"{n}.png", picture()), range(TOGETHER_MAX_FILES + room))
        )
    refused = [code(one) for one in answers if one.status_code != 201]
    assert refused == ["attachments_together_too_large"] * room
    assert len(stored(gateway)) == count(gateway, CaseAttachment) == TOGETHER_MAX_FILES
    assert 0 < most <= service.PICTURES_AT_ONCE
    assert staff_sends(mei, talk).status_code == 201  # the desk has the limits for itself


# Files that pretend

PRETENDING = {
    **REFUSED,
    "照片.jpg": ELF,
    "照片.png": HTML,
    "圖.gif": SVG,
    "圖.svg": SVG,
    "文件.pdf": archive({"a.txt": b"a"}),
    "壓縮.zip": b"PK\x03\x04" + EXE,
    "空的.jpg": b"",
    "半張.jpg": photo()[:200],
    "兩個.jpg.exe": photo(),
    "右到左\u202egpj.exe": EXE,
    "無.": photo(),
}


def test_what_pretends_is_refused_and_leaves_nothing(gateway: Gateway) -> None:
    talk = gateway.open()
    for name, data in PRETENDING.items():
        refused = send(talk, name, data)
        assert (refused.status_code, name) == (422, name), refused.text
        assert code(refused) in {"attachment_type", "attachment_broken"}, name
    assert code(send(talk, "大.txt", b"a" * (FILE_MAX_BYTES + 1))) == "attachment_too_large"
    assert code(send(talk, "更大.txt", b"a" * 11 * 1024 * 1024)) == "too_large"
    assert talk.read()["messages"] == []
    assert stored(gateway) == [] and count(gateway, CaseAttachment) == 0


def test_what_hangs_behind_a_picture_is_left_behind(gateway: Gateway) -> None:
    talk = gateway.open()
    for name, data in (
        ("多.jpg", photo() + HTML),
        ("多.png", picture() + SVG),
        ("多.gif", ACCEPTED["動.gif"] + EXE),
    ):
        sent = send(talk, name, data)
        assert sent.status_code == 201, sent.text
        told = sent.json()["message"]["payload"]
        got = talk.client.get(f"{TALK}/{talk.id}/attachments/{told['attachment_id']}", headers=talk.headers)
        assert b"script" not in got.content and b"onload" not in got.content and b"MZ\x90" not in got.content
        assert got.headers["content-type"] == told["media_type"]
        assert got.headers["x-content-type-options"] == "nosniff"


NAMES = {
    "../../../etc/passwd.png": "passwd.png",
    "..\\..\\Windows\\x.png": "x.png",
    "/dev/null.png": "null.png",
    "帳單.pdf.png": "帳單.pdf.png",
    "圖\u202egnp.exe.png": "圖gnp.exe.png",
    'a"; filename="b.html".png': "a_; filename=_b.html_.png",
    "<script>alert(1)<\\script>.png": "script_.png",
    "x" * 300 + ".png": "x" * 116 + ".png",
    "換\r\n行: x.png": "換 行_ x.png",
    " . .png": "attachment.png",
}
"""Names as they are sent, and as they are kept."""


def test_names_lead_nowhere(gateway: Gateway) -> None:
    talk = gateway.open()
    for name, kept in NAMES.items():
        sent = post_named(talk.client, talk.id, talk.headers, name)
        assert sent.status_code == 201, sent.text
        told = sent.json()["message"]["payload"]
        assert told["name"] == kept
        assert told["attachment_id"] in {file.name for file in stored(gateway)}
        got = talk.client.get(f"{TALK}/{talk.id}/attachments/{told['attachment_id']}", headers=talk.headers)
        assert got.headers["content-disposition"].startswith("inline; filename")
        assert "\n" not in got.headers["content-disposition"]


def post_named(client: httpx.Client, talk: str, headers: dict[str, str], name: str) -> httpx.Response:
    """A file whose name is sent byte for byte, as no browser would."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "\x0b")
    parts = (
        b'--b\r\ncontent-disposition: form-data; name="client_id"\r\n\r\n',
        str(uuid.uuid4()).encode(),
        f'\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'.encode(),
        picture(),
        b"\r\n--b--\r\n",
    )
    given = {**headers, "content-type": "multipart/form-data; boundary=b"}
    return client.post(f"{TALK}/{talk}/attachments", content=b"".join(parts), headers=given)


def test_nobody_elses_files(gateway: Gateway, mei: Desk) -> None:
    mine, theirs = gateway.open(), gateway.open()
    name = send(theirs).json()["message"]["payload"]["attachment_id"]
    path = f"{TALK}/{theirs.id}/attachments"
    attempts: list[tuple[str, dict[str, str], int, str]] = [
        (f"{path}/{name}", {}, 401, "unauthorized"),
        (f"{path}/{name}", {"authorization": "Bearer forged"}, 401, "unauthorized"),
        (f"{path}/{name}", mine.headers, 404, "not_found"),
        (f"{TALK}/{mine.id}/attachments/{name}", mine.headers, 404, "attachment_not_found"),
        (f"{path}/{'0' * 32}", theirs.headers, 404, "attachment_not_found"),
        (f"{path}/..%2f..%2fsecret.key", theirs.headers, 404, "not_found"),
        (f"{path}/{name.upper()}x", theirs.headers, 422, "invalid_input"),
    ]
    for address, headers, status, error in attempts:
        refused = gateway.client.get(address, headers=headers)
        assert (refused.status_code, code(refused)) == (status, error), address
    before = theirs.read()
    file = {"file": ("a.png", picture())}
    given = {"client_id": str(uuid.uuid4())}
    for headers, status in ((mine.headers, 404), ({}, 401)):
        assert gateway.client.post(path, data=given, files=file, headers=headers).status_code == status
    assert theirs.read() == before
    assert len(stored(gateway)) == 1
    assert mei.get(f"/conversations/{theirs.id}/attachments/{name}").status_code == 403  # with the bot
