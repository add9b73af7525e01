"""Endpoints of agencies' systems at the console: entered, tried, rotated, paused, removed, and audited."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from gateway.audit.models import AuditEntry
from gateway.identity.rules import GRANTS, Permission, StaffRole
from gateway.outbox.models import OutboxMessage
from gateway.outbox.webhooks.models import WebhookEndpoint
from gateway.outbox.webhooks.rules import EndpointState, Topic
from tests.console.filing import file_case
from tests.console.people import Browser, hire, new_browser
from tests.console.test_desk_in_browser import look_at
from tests.desk import Desk, barriers
from tests.e2e.browser import PHONE
from tests.in_process import Gateway
from tests.outbox.receiver import receiving
from tests.outbox.test_worker import until

SignedIn = Callable[..., Browser]
BASE = "/console/webhooks"
URL = "https://10.20.30.40/hook"
SECRET = re.compile(r'id="webhook-secret">(whsec_[A-Za-z0-9+/=]+)<')
FORM = {"unit": "養工處", "url": URL, "topics": [topic.value for topic in Topic]}


def endpoint(gateway: Gateway) -> WebhookEndpoint:
    with gateway.database.read() as session:
        return session.scalars(select(WebhookEndpoint)).one()


def acts(gateway: Gateway) -> list[str]:
    with gateway.database.read() as session:
        trail = select(AuditEntry.act).where(AuditEntry.act.startswith("webhook.")).order_by(AuditEntry.seq)
        return list(session.scalars(trail))


def test_only_who_sees_to_messages_sees_them(signed_in: SignedIn) -> None:
    for number, role in enumerate(StaffRole):
        browser = signed_in(role, username=f"staff-{number}", units=("養工處",))
        allowed = role in GRANTS[Permission.OUTBOX_MANAGE]
        assert browser.get(BASE).status_code == (200 if allowed else 403), role
        assert browser.post(BASE, **FORM).status_code == (200 if allowed else 403), role


def test_the_secret_is_shown_once_and_sealed(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    shown = browser.post(BASE, **FORM)
    found = SECRET.search(shown.text)
    assert found is not None
    assert shown.headers["cache-control"] == "no-store"
    row = endpoint(gateway)
    assert (row.unit, row.url, row.created_by, row.state) == ("養工處", URL, "mei", EndpointState.ACTIVE)
    page = browser.get(BASE).text
    assert found[1] not in page + row.sealed_secret
    assert URL in page
    with gateway.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "webhook.add")).one()
    assert (entry.actor, entry.role, entry.subject) == ("mei", "administrator", f"webhook:{row.id}")
    assert "whsec" not in str(entry.detail)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"unit": "無此單位"}, "請選擇單位"), ({"topics": []}, "至少勾選一種"),
        ({"topics": ["case.everything"]}, "至少勾選一種"), ({"url": "http://10.1.1.1/"}, "https://"),
        ({"url": "https://127.0.0.1/"}, "自己的主機"), ({"url": "https://169.254.169.254/"}, "不允許的網段"),
        ({"url": "hook"}, "完整網址"), ({"url": "https://a:b@10.1.1.1/"}, "帳號密碼"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    gateway: Gateway, signed_in: SignedIn, wrong: dict[str, object], told: str
) -> None:
    answer = signed_in(StaffRole.SUPERVISOR).post(BASE, **{**FORM, **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert not SECRET.search(answer.text)
    with gateway.database.read() as session:
        assert session.scalars(select(WebhookEndpoint)).all() == []


def test_it_is_paused_resumed_rotated_and_removed(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    first = SECRET.search(browser.post(BASE, **FORM).text)
    one = f"{BASE}/{endpoint(gateway).id}"
    assert browser.post(f"{one}/pause").headers["location"] == BASE
    assert endpoint(gateway).state == EndpointState.PAUSED
    browser.post(f"{one}/test")
    assert "請先恢復再測試" in browser.get(BASE).text
    file_case(gateway.app)
    browser.post(f"{one}/resume")
    assert endpoint(gateway).state == EndpointState.ACTIVE
    second = SECRET.search(browser.post(f"{one}/secret").text)
    assert first is not None
    assert second is not None
    assert first[1] != second[1]
    assert "新舊金鑰同時簽章" in browser.get(BASE).text
    browser.post(f"{one}/remove")
    assert "還沒有任何接收端點" in browser.get(BASE).text
    for gone in ("pause", "resume", "test", "remove", "secret"):
        assert browser.post(f"{one}/{gone}").status_code == 404
    assert browser.post(f"{one}/explode").status_code == 422
    assert acts(gateway) == [f"webhook.{act}" for act in ("add", "pause", "resume", "rotate", "remove")]
    with gateway.database.read() as session:
        letters = select(OutboxMessage).where(OutboxMessage.transport == "webhook")
        assert session.scalars(letters).all() == []


def test_from_the_form_to_the_agencys_system(start: Callable[..., Gateway]) -> None:
    """A test event and a new case arrive at a real server, verified by another library."""
    gateway = start(webhook_networks=["127.0.0.1"], webhook_plain_http=True)
    hire(gateway.app.state.identity, "mei", StaffRole.ADMINISTRATOR)
    browser = new_browser(gateway)
    browser.sign_in("mei")
    with receiving() as receiver:
        shown = SECRET.search(browser.post(BASE, **{**FORM, "url": receiver.url}).text)
        assert shown is not None
        browser.post(f"{BASE}/{endpoint(gateway).id}/test")
        number = file_case(gateway.app)
        asyncio.run(until(lambda: len(receiver.received) == 2))
        events = [Webhook(shown[1]).verify(one.body, one.headers) for one in receiver.received]
    assert [event["type"] for event in events] == ["webhook.test", "case.assigned"]
    assert events[1]["data"]["number"] == number


@pytest.mark.browser
def test_the_pages_at_a_desk_and_at_a_phone(desk: Desk) -> None:
    visit = desk.sit_down(StaffRole.SUPERVISOR, path=BASE)
    page = visit.page
    look_at(visit, "webhooks-none")
    page.locator("#unit").select_option("養工處")
    page.get_by_label("接收網址").fill("https://127.0.0.1/hook")
    page.get_by_role("button", name="新增並產生金鑰").click()
    page.get_by_text("自己的主機").wait_for()
    look_at(visit, "webhooks-refused")
    page.get_by_label("接收網址").fill(URL)
    page.get_by_role("button", name="新增並產生金鑰").click()
    page.locator("#webhook-secret").wait_for()
    look_at(visit, "webhooks-secret")
    page.get_by_role("link", name="回到清單").click()
    page.get_by_text("運作中").wait_for()
    look_at(visit, "webhooks")
    page.get_by_role("button", name="暫停").click()
    page.get_by_role("dialog").get_by_role("button", name="暫停", exact=True).click()
    page.get_by_role("button", name="恢復").wait_for()
    assert barriers(page) == []
    page.set_viewport_size(PHONE)
    look_at(visit, "webhooks-phone")
    assert not visit.overflows()
    assert visit.faults == []
