"""From a form to a citizen's box at a real mail server, and from the box back: one click, a bounce."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from gateway.cases.rules import Act, CallBack, Role
from gateway.outbox.bounces import read_bounces
from gateway.outbox.models import OutboxMessage
from gateway.outbox.returns import take_back
from tests.console.filing import act, finish
from tests.in_process import Gateway
from tests.outbox.carriers import Mailbox
from tests.outbox.dsn import postfix
from tests.platform import free_port

MAIL, PATIENCE = "ming.wang@example.org", 30
FORM = {
    "item_code": "road_pothole", "description": "巷口路面破一個大洞，機車容易摔倒", "district": "三民區",
    "address": "建工路 100 號前", "name": "王小明", "email": MAIL,
}  # fmt: skip


@pytest.fixture
def box() -> Iterator[tuple[Mailbox, int]]:
    """A mail server in a thread of its own, and its port."""
    mailbox, port = Mailbox(), free_port()
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    yield mailbox, port
    server.stop()


def arrived(mailbox: Mailbox, count: int) -> list[EmailMessage]:
    """The messages, as soon as there are so many."""
    deadline = time.monotonic() + PATIENCE
    while len(mailbox.messages) < count:
        assert time.monotonic() < deadline, mailbox.messages
        time.sleep(0.02)
    return mailbox.messages


def states(gateway: Gateway) -> dict[str, str]:
    with gateway.database.read() as session:
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.transport == "email"))
        return {row.topic: row.state for row in rows}


def test_a_case_by_mail_from_the_receipt_to_the_last_notice(
    start: Callable[..., Gateway], box: tuple[Mailbox, int]
) -> None:
    mailbox, port = box
    gateway = start(
        smtp_host="127.0.0.1", smtp_port=port, smtp_from="高雄 1999 <1999@city.example>", smtp_tls="none",
        public_url="https://1999.example.gov.tw",
    )  # fmt: skip
    filed = gateway.client.post("/api/v1/cases", json={"client_id": str(uuid.uuid4()), **FORM})
    assert filed.status_code == 201, filed.text
    number = filed.json()["number"]
    (receipt,) = arrived(mailbox, 1)
    assert receipt["Subject"] == f"【高雄市 1999】已受理您的案件 {number}"
    assert receipt["From"].addresses[0].display_name == "高雄 1999"
    text = receipt.get_content()
    assert filed.json()["verification_code"] in text
    assert f"https://1999.example.gov.tw/case?number={number}" in text

    # One click, as a mail program does it, stops the group of the notice: progress.
    act(gateway.app, number, Act.RETURN, Role.SUPERVISOR, note="非本單位權責")
    act(gateway.app, number, Act.ASSIGN, Role.SUPERVISOR, unit="養工處")
    assigned = arrived(mailbox, 2)[1]
    assert assigned["Subject"] == f"【高雄市 1999】案件 {number} 已分派養工處承辦"
    assert assigned["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(https://\S+)>", assigned["List-Unsubscribe"])
    assert found is not None
    clicked = gateway.client.post(urlsplit(found[1]).path, data={"List-Unsubscribe": "One-Click"})
    assert clicked.json() == {"unsubscribed": "progress"}
    act(gateway.app, number, Act.RETURN, Role.SUPERVISOR, note="非本單位權責")
    act(gateway.app, number, Act.ASSIGN, Role.SUPERVISOR, unit="養工處")

    # The answer is no progress: it still comes. It bounces, and so the closing is not sent there.
    finish(gateway.app, number, release=False)
    answer = arrived(mailbox, 3)[2]
    assert answer["Subject"] == f"【高雄市 1999】案件 {number} 處理完成"
    with gateway.database.write() as session:
        (back,) = take_back(session, read_bounces(postfix(answer["Message-ID"])), datetime.now(UTC))
    assert (back.subject, back.marked, back.dead) == (number, True, True)
    act(gateway.app, number, Act.RELEASE, Role.SUPERVISOR, call_back=CallBack.SATISFIED)
    with gateway.database.read() as session:
        withheld = session.scalars(
            select(OutboxMessage.last_error)
            .where(OutboxMessage.state == "withheld")
            .order_by(OutboxMessage.id)
        ).all()
    assert withheld == ["opted_out", "dead_address", "dead_address"], "progress; the closing, and the rating"
    assert states(gateway)["notice.handle"] == "bounced"
    assert len(mailbox.messages) == 3
