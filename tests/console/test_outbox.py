"""Outgoing messages: what is late, stranded or failed, who may see to it, and nobody's words on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from gateway.audit.models import AuditEntry
from gateway.console.outbox_search import masked, told
from gateway.identity.rules import GRANTS, Permission, StaffRole
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
HOUR = timedelta(hours=1)
WORDS = "巷口路面破一個大洞"
MESSAGES = {
    # key: transport, recipient, hours until it is due, state
    "failed": ("email", "ming.wang@example.org", -2, State.FAILED),
    "stranded": ("email", "hua@example.org", -1, State.PENDING),
    "later": ("conversation", "c0ffee", 48, State.PENDING),
    "sent": ("desk", "unit:養工處", -3, State.SENT),
    "gone": ("conversation", "decaf", -9, State.FAILED),
}


@pytest.fixture
def messages(gateway: Gateway) -> dict[str, int]:
    """One message of each standing, and their ids."""
    now: datetime = gateway.app.state.cases.clock()
    with gateway.database.write() as session:
        for key, (transport, recipient, hours, state) in MESSAGES.items():
            session.add(
                OutboxMessage(
                    key=key, topic=f"notice.{key}", transport=transport, recipient=recipient,
                    subject=f"D1-{key}".upper(), payload={"title": WORDS, "text": WORDS}, state=state,
                    attempts=9 if state is State.FAILED else 0, not_before=now + hours * HOUR,
                    next_attempt_at=now + 900 * HOUR, created_at=now,
                    last_error=f"550 <{recipient}>: no such mailbox" if state is State.FAILED else None,
                )
            )  # fmt: skip
        session.flush()
        return {row.key: row.id for row in session.scalars(select(OutboxMessage))}


def shown(browser: Browser, query: str = "") -> list[str]:
    """The keys of the messages in the list, in its order."""
    page = browser.get(f"/console/outbox?{query}").text
    return re.findall(r'<span class="code">notice\.(\w+)</span>', page)


def test_only_who_sees_to_messages_sees_them(signed_in: SignedIn) -> None:
    for number, role in enumerate(StaffRole):
        browser = signed_in(role, username=f"staff-{number}", units=("養工處",))
        allowed = role in GRANTS[Permission.OUTBOX_MANAGE]
        assert browser.get("/console/outbox").status_code == (200 if allowed else 403), role
        assert browser.post("/console/outbox/again", ids=[1]).status_code == (303 if allowed else 403), role


@pytest.mark.usefixtures("messages")
def test_what_waits_is_told_by_transport_and_standing(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    assert shown(browser) == ["gone", "failed", "stranded", "later"]
    assert shown(browser, "state=failed&sort=-not_before") == ["failed", "gone"]
    assert shown(browser, "state=stranded") == ["stranded"]
    assert shown(browser, "state=late") == []
    assert shown(browser, "state=waiting") == ["later"]
    assert shown(browser, "state=sent") == ["sent"]
    assert shown(browser, "transport=email") == ["failed", "stranded"]
    assert shown(browser, "subject=d1-later") == ["later"]
    page = browser.get("/console/outbox").text
    assert "尚未設定" in page
    assert 'href="/console/outbox?state=stranded&amp;transport=email">1</a>' in page


@pytest.mark.usefixtures("messages")
def test_a_message_is_late_when_its_carrier_is_there_and_it_has_not_gone(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    with gateway.database.write() as session:
        past = gateway.app.state.cases.clock() - HOUR
        late = update(OutboxMessage).where(OutboxMessage.key == "later").values(not_before=past)
        session.execute(late)
    assert shown(signed_in(StaffRole.ADMINISTRATOR), "state=late") == ["later"]


@pytest.mark.usefixtures("messages")
def test_neither_words_nor_whole_recipients_are_shown(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    for query in ("", "state=sent", "state=failed"):
        page = browser.get(f"/console/outbox?{query}").text
        for secret in (WORDS, "ming.wang", "hua@", "c0ffee", "decaf"):
            assert secret not in page
    assert "m•••@example.org" in browser.get("/console/outbox?state=failed").text
    assert "unit:養工處" in browser.get("/console/outbox?state=sent").text


@pytest.mark.parametrize(
    ("recipient", "seen"),
    [
        ("ming@example.org", "m•••@example.org"), ("@example.org", "•••@example.org"), ("0912345678", "0•••"),
        ("", "•••"), ("unit:養工處", "unit:養工處"), ("supervisor:水利局", "supervisor:水利局"),
    ],
)  # fmt: skip
def test_recipients_are_masked(recipient: str, seen: str) -> None:
    assert masked(recipient) == seen


def test_recipients_in_what_a_server_answered_are_masked_too() -> None:
    answer = "550 5.1.1 <a.b@example.org>: 'a.b@example.org' unknown, try z@example.net; chat c0ffee"
    assert told(answer, "a.b@example.org") == (
        "550 5.1.1 <a•••@example.org>: 'a•••@example.org' unknown, try z•••@example.net; chat c0ffee"
    )
    assert told("chat c0ffee is over", "c0ffee") == "chat c••• is over"
    assert (told(None, ""), told("busy", "")) == ("", "busy")


def states(gateway: Gateway) -> dict[str, tuple[str, int]]:
    with gateway.database.read() as session:
        return {row.key: (row.state, row.attempts) for row in session.scalars(select(OutboxMessage))}


def test_failed_ones_are_tried_again_and_nothing_else(
    gateway: Gateway, signed_in: SignedIn, messages: dict[str, int]
) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    before = states(gateway)
    sent = browser.post(
        "/console/outbox/again",
        ids=[messages["failed"], messages["sent"], 999],
        back="/console/outbox?size=25",
    )
    assert sent.headers["location"] == "/console/outbox?size=25"
    assert "已將 1 則" in browser.get("/console/outbox").text
    after = states(gateway)
    # An e-mail has no carrier here: it waits from the beginning instead of going out at once.
    assert after == {**before, "failed": ("pending", 0)}
    with gateway.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "outbox.again")).one()
    assert (entry.actor, entry.role, entry.detail["messages"]) == ("mei", "administrator", 1)


@pytest.mark.usefixtures("messages")
def test_all_failed_ones_of_a_transport_are_tried_again(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    sent = browser.post("/console/outbox/again", transport="email", back="https://elsewhere.example")
    assert sent.headers["location"] == "/console/outbox"
    after = states(gateway)
    assert (after["failed"], after["gone"]) == (("pending", 0), ("failed", 9))
    browser.post("/console/outbox/again", transport="desk")
    assert "已將 0 則" in browser.get("/console/outbox").text
