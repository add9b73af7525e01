"""A citizen on LINE at the desk: where they are is seen, and what became of messages there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from gateway.conversations.outcome import Handoff, Outcome
from gateway.conversations.rules import Reply
from gateway.identity.rules import StaffRole
from tests.channels.line.crowd import Talker, until
from tests.channels.line.fake import FakeLine
from tests.channels.line.faults import quota_used_up
from tests.channels.line.talking import line_settings, posted
from tests.channels.line.webhooks import event_of
from tests.console.test_desk_in_browser import look_at
from tests.desk import Desk
from tests.e2e.browser import PHONE, Visitor
from tests.in_process import StandIn
from tests.served import served

pytestmark = pytest.mark.browser
SECRET_WORDS = "我的身分證是 A123456789"
SIZES = pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def desk(make_app: Callable[..., FastAPI], visitor: Visitor, line_api: FakeLine) -> Iterator[Desk]:
    """A served console with LINE."""
    app = make_app(StandIn(), **line_settings(line_api))
    with served(app) as url:
        yield Desk(app, url, visitor)


def says(desk: Desk, talker: Talker, text: str) -> str:
    """Somebody says something on LINE; LINE's number of the message."""
    event = talker.word(text)
    with httpx.Client(base_url=desk.url) as client:
        assert posted(client, event).status_code == 200
    number: str = event["message"]["id"]
    return number


def takes_back(desk: Desk, talker: Talker, number: str) -> None:
    """They take a message back."""
    source = {"type": "user", "userId": talker.id}
    with httpx.Client(base_url=desk.url) as client:
        assert posted(client, event_of("unsend", source=source, unsend={"messageId": number})).is_success


def asks_for_a_person(desk: Desk, talker: Talker) -> None:
    brain: StandIn = desk.app.state.brain
    brain.thought = lambda *_: Outcome((Reply("已為您排入等候"),), handoff=Handoff("asked"))
    says(desk, talker, "我要找真人客服")
    until(lambda: talker.told() != [], "the citizen waits")
    brain.thought = brain._echo


def answers(page: Page, text: str) -> None:
    page.locator("#words").fill(text)
    page.locator("#words").press("Enter")
    expect(page.locator("#log .bubble.operator").last).to_contain_text(text)


@SIZES
def test_line_is_seen_and_what_became_of_messages_there(
    desk: Desk, line_api: FakeLine, viewport: dict[str, int]
) -> None:
    talker = Talker(line_api)
    asks_for_a_person(desk, talker)
    visit = desk.sit_down(StaffRole.OPERATOR, path="/console/live", viewport=viewport)
    page = visit.page
    expect(page.locator("#queue li .badge.channel")).to_have_text("LINE")
    page.locator("#queue button").click()
    page.get_by_role("button", name="接手", exact=True).click()
    expect(page.locator("#composer")).to_be_visible()
    expect(page.locator("#talk-title .badge.channel")).to_have_text("LINE")
    expect(page.locator("#elsewhere")).to_contain_text("推播")
    number = says(desk, talker, SECRET_WORDS)
    said = page.locator("#log .bubble.citizen").last
    expect(said).to_contain_text("A123456789")
    takes_back(desk, talker, number)
    expect(said).to_contain_text("已收回")
    expect(page.locator("#log")).not_to_contain_text("A123456789")
    expect(page.locator("#log .told.unsent")).to_contain_text("內容已隱藏")
    answers(page, "您好，請改用表單提供")
    until(lambda: "您好，請改用表單提供" in talker.told(), "the answer is on LINE")
    line_api.grow_older(120)
    line_api.fail("message/push", quota_used_up())
    line_api.fail("message/reply", quota_used_up())
    answers(page, "還在嗎？")
    expect(page.locator("#log .told.undelivered")).to_contain_text("本月推播則數已用完")
    expect(page.locator("#log .bubble.operator").last.locator(".fate")).to_contain_text("未送達")
    look_at(visit, "live-line")
    page.reload()
    page.locator("#mine button").click()
    expect(page.locator("#log .bubble.operator").last.locator(".fate")).to_contain_text("未送達")
    expect(page.locator("#log .told.undelivered")).to_contain_text("本月推播則數已用完")


def test_the_web_forgets_what_was_taken_back_on_line(desk: Desk, line_api: FakeLine) -> None:
    visit = desk.open("/")
    visit.ask("路燈壞了")
    kept = visit.remembered()["conversation"]
    bearer = {"authorization": f"Bearer {kept['token']}"}
    issued = httpx.post(f"{desk.url}/api/v1/conversations/{kept['id']}/line-code", headers=bearer).json()
    talker = Talker(line_api)
    says(desk, talker, issued["words"])
    until(lambda: any("可以在這裡繼續" in text for text in talker.told()), "it goes on in LINE")
    number = says(desk, talker, SECRET_WORDS)
    expect(visit.log).to_contain_text("A123456789")
    messages = visit.page.locator("wst-chat .message")
    expect(messages.last).to_contain_text("聽到了")
    before = messages.count()
    takes_back(desk, talker, number)
    expect(visit.messages("citizen").last).to_contain_text("已收回的訊息")
    assert messages.count() == before
    visit.page.reload()
    expect(visit.messages("citizen").last).to_contain_text("已收回的訊息")
    assert messages.count() == before
