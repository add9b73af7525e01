"""A cut in the middle of sending: nothing is lost, nothing comes twice."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.browser import Visit, Visitor
from tests.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.browser]

SOCKETS = re.compile(r"/ws\?")
NO_SOCKETS = "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.()) } close() {} }"


def test_offline_messages_wait_and_then_arrive_once_in_order(at_home: Visitor, platform: Platform) -> None:
    visit = at_home()
    visit.ask("你好")
    visit.context.set_offline(True)
    expect(visit.page.get_by_role("status").filter(has_text="目前沒有網路")).to_be_visible()
    visit.say("第一則：路燈問題")
    visit.say("第二則：路燈問題")
    expect(visit.page.get_by_text("傳送中…")).to_have_count(2)
    visit.context.set_offline(False)
    _arrived(visit, platform, ["你好", "第一則：路燈問題", "第二則：路燈問題"])


def test_a_reload_while_offline_keeps_what_was_not_sent(at_home: Visitor, platform: Platform) -> None:
    visit = at_home()
    visit.ask("你好")
    visit.context.route("**/api/**", lambda route: route.abort())
    visit.context.route_web_socket(SOCKETS, lambda socket: socket.close())
    visit.page.reload()
    visit.say("重新整理前寫的")
    expect(visit.page.get_by_text("傳送中…")).to_have_count(1)
    visit.context.unroute_all()
    visit.page.reload()
    _arrived(visit, platform, ["你好", "重新整理前寫的"])


def test_a_lost_message_and_a_lost_acknowledgement(at_home: Visitor, platform: Platform) -> None:
    visit = at_home()
    visit.ask("你好")
    cuts = ["before", "after"]

    def meddle(page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()

        def from_page(frame: str | bytes) -> None:
            sends = '"send"' in str(frame)
            cut = cuts.pop(0) if sends and cuts else None
            if cut != "before":
                server_side.send(frame)
            if cut is not None:
                page_side.close()

        page_side.on_message(from_page)

    visit.page.route_web_socket(SOCKETS, meddle)
    visit.page.reload()
    expect(visit.messages("citizen")).to_have_count(1)
    visit.say("在斷線時送出")
    _arrived(visit, platform, ["你好", "在斷線時送出"])
    assert cuts == []


def test_without_sockets_everything_goes_over_rest(at_home: Visitor, platform: Platform) -> None:
    visit = at_home(script=NO_SOCKETS)
    expect(visit.ask("牌照稅什麼時候繳？")).to_contain_text("資料來源")
    visit.ask("你好")
    _arrived(visit, platform, ["牌照稅什麼時候繳？", "你好"])


def test_the_dots_do_not_dance_for_ever(at_home: Visitor) -> None:
    def mumble(page_side: WebSocketRoute) -> None:
        page_side.on_message(lambda _: page_side.send('{"type": "typing", "sender": "bot", "on": true}'))

    visit = at_home()
    visit.page.clock.install()
    visit.page.route_web_socket(SOCKETS, mumble)
    visit.say("你好")
    dots = visit.page.locator("wst-chat .dots")
    expect(dots).to_be_visible()
    visit.page.clock.run_for(15_500)
    expect(dots).to_be_hidden()


def _arrived(visit: Visit, platform: Platform, texts: list[str]) -> None:
    """The page and the server both have exactly these citizen's messages, each answered once."""
    expect(visit.messages("citizen")).to_have_count(len(texts))
    expect(visit.page.locator("wst-chat .pending")).to_have_count(0)
    empty = """() => Object.entries(sessionStorage)
      .some(([key, value]) => key.startsWith('wst:') && JSON.parse(value).outbox.length === 0)"""
    while not visit.page.evaluate(empty):  # to wait for a function the page would have to allow eval
        continue
    messages = _transcript(visit, platform)
    assert [one["text"] for one in messages if one["sender"] == "citizen"] == texts
    assert [one["seq"] for one in messages] == list(range(1, len(messages) + 1))
    drawn = visit.log.locator(".message")
    expect(drawn).to_have_count(len(messages))
    shown = [int(one.get_attribute("data-seq") or 0) for one in drawn.all()]
    assert shown == [one["seq"] for one in messages]


def _transcript(visit: Visit, platform: Platform) -> list[dict[str, Any]]:
    kept = visit.remembered()["conversation"]
    headers = {"Authorization": f"Bearer {kept['token']}"}
    path = f"{platform.url}/api/v1/conversations/{kept['id']}/messages"
    messages: list[dict[str, Any]] = httpx.get(path, headers=headers).json()["messages"]
    return messages
