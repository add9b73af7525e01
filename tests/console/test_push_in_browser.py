"""«有回覆時通知我» in a real Chromium, which cannot reach a push service here: its PushManager is played,
all else (worker, permission, interface) is real."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import expect
from sqlalchemy import select

from gateway.conversations.models import PushSubscription
from gateway.conversations.rules import Owner
from tests.console.test_desk_in_browser import look_at
from tests.conversations.browsers import RealBrowser
from tests.desk import Desk, barriers
from tests.e2e.browser import DESKTOP, PHONE, Visit, Visitor
from tests.in_process import StandIn
from tests.served import served

pytestmark = pytest.mark.browser
ON, OFF = "有回覆時通知我", "已開啟通知，按此取消"
PLAYED = """
PushManager.prototype.subscribe = async function (options) {{
  window.asked = options;
  const body = {body};
  return {{ toJSON: () => body }};
}};
"""


@pytest.fixture
def telling(make_app: Callable[..., FastAPI], visitor: Visitor) -> Iterator[Desk]:
    """A served platform that tells browsers."""
    app = make_app(StandIn(), web_push=True, web_push_contact="mailto:1999@city.example")
    with served(app) as url:
        yield Desk(app, url, visitor)


def waits(desk: Desk, **options: Any) -> tuple[Visit, str]:
    """A citizen who has said something and waits for a person; the conversation."""
    script = PLAYED.format(body=str(RealBrowser().body).replace("'", '"'))
    visit = desk.open("/", permissions=["notifications"], script=script, **options)
    visit.ask("您好")
    expect(visit.page.get_by_role("button", name=ON)).to_have_count(0)
    talk = visit.remembered()["conversation"]["id"]
    desk.app.state.conversations.change_owner(talk, Owner.QUEUE, "citizen", "asked")
    desk.app.state.hub.announce(talk)
    return visit, talk


def told(desk: Desk) -> list[str]:
    with desk.app.state.database.read() as session:
        return list(session.scalars(select(PushSubscription.conversation_id)))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_waiting_citizen_asks_to_be_told_and_stops_it(telling: Desk, viewport: dict[str, int]) -> None:
    visit, talk = waits(telling, viewport=viewport)
    page = visit.page
    page.get_by_role("button", name=ON).click()
    expect(page.get_by_role("button", name=OFF)).to_have_attribute("aria-pressed", "true")
    assert told(telling) == [talk]
    worker = "navigator.serviceWorker.ready.then(({ active }) => new URL(active.scriptURL).pathname)"
    assert page.evaluate(worker) == "/push-worker.js"
    assert page.evaluate("asked.userVisibleOnly && asked.applicationServerKey") == telling.app.state.push_key
    look_at(visit, "citizen-push")
    assert barriers(page) == []
    page.reload()
    page.get_by_role("button", name=OFF).click()
    expect(page.get_by_role("button", name=ON)).to_be_visible()
    while told(telling):  # the page does not wait for it
        continue


def test_back_from_a_notification_the_conversation_goes_on_in_a_new_page(telling: Desk) -> None:
    visit, _ = waits(telling)
    visit.page.get_by_role("button", name=ON).click()
    expect(visit.page.get_by_role("button", name=OFF)).to_be_visible()
    again = visit.context.new_page()
    again.goto(f"{telling.url}/#wst-back")
    expect(again.locator("wst-chat").get_by_role("log").get_by_text("您好", exact=True)).to_be_visible()
    assert again.url == f"{telling.url}/"
    stranger = visit.context.new_page()
    stranger.goto(telling.url)
    expect(stranger.locator("wst-chat").get_by_role("textbox")).to_be_visible()
    assert stranger.locator("wst-chat").get_by_text("您好", exact=True).count() == 0


def test_a_push_becomes_a_notification_without_words_of_the_chat(telling: Desk) -> None:
    visit, _ = waits(telling)
    page = visit.page
    page.get_by_role("button", name=ON).click()
    expect(page.get_by_role("button", name=OFF)).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    devtools = visit.context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"]))
    devtools.send("ServiceWorker.enable")
    while not known:  # the news of it comes while the page is asked something
        page.evaluate("null")
    message = {"title": "1999 有新訊息", "text": "點這裡回到對話。", "language": "zh-TW"}
    told = {
        "origin": telling.url, "registrationId": known[0]["registrationId"], "data": json.dumps(message),
    }  # fmt: skip
    shown = None
    while shown is None:  # a worker that is only just starting misses a push that is played
        devtools.send("ServiceWorker.deliverPushMessage", told)
        shown = page.evaluate(
            """async () => {
              const worker = await navigator.serviceWorker.ready;
              const [first] = await worker.getNotifications();
              return first ? { title: first.title, body: first.body, tag: first.tag } : null;
            }"""
        )
    assert shown == {"title": "1999 有新訊息", "body": "點這裡回到對話。", "tag": "wst-chat"}


def test_who_refuses_is_told_how_to_change_it(telling: Desk) -> None:
    visit, _ = waits(telling)
    visit.context.clear_permissions()
    visit.page.evaluate("Notification.requestPermission = async () => 'denied'")
    visit.page.get_by_role("button", name=ON).click()
    expect(visit.page.get_by_text("瀏覽器未允許通知")).to_be_visible()
    assert told(telling) == []


def test_where_it_is_off_the_page_shows_nothing_of_it(desk: Desk) -> None:
    visit, _ = waits(desk)
    expect(visit.page.get_by_text("已排入真人客服等候").first).to_be_visible()
    assert visit.page.get_by_role("button", name=ON).count() == 0
