"""The widget on somebody else's page: another origin, with looks of its own, one script tag."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import expect

from gateway.app import create_app
from gateway.database import Database, migrate
from gateway.settings import Settings
from tests.e2e.browser import PHONE, Visit, Visitor
from tests.platform import free_port, prepared

pytestmark = [pytest.mark.platform, pytest.mark.browser]

PAGE = """<!doctype html>
<html lang="{lang}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>某區公所</title>
<style>* {{ color: red !important; font-size: 40px; }} button, form, p {{ display: none; }}</style></head>
<body><h1>某區公所</h1><script src="{server}/widget.js"{data}></script></body></html>
"""


class QuietHandler(SimpleHTTPRequestHandler):
    """Files of a folder, without a log."""

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@dataclass
class OtherSite:
    """A site that is not ours, and the gateway that lets it embed the widget."""

    folder: Path
    url: str
    gateway: str

    def page(self, name: str, data: str = "", lang: str = "zh-Hant-TW") -> str:
        """Write a page with the script tag; its address."""
        html = PAGE.format(lang=lang, server=self.gateway, data=data)
        (self.folder / name).write_text(html, encoding="utf-8")
        return f"{self.url}/{name}"


@pytest.fixture(scope="module")
def other_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherSite]:
    """Another origin, and a gateway without Rasa that allows it."""
    folder = tmp_path_factory.mktemp("site")
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    origin = f"http://localhost:{site.server_port}"
    settings = Settings(
        data_dir=prepared(tmp_path_factory.mktemp("gateway")),
        allowed_origins=[origin],
        rasa_url=f"http://127.0.0.1:{free_port()}",
    )
    migrate.upgrade(Database(settings.database))
    door = socket.create_server(("127.0.0.1", 0))
    gateway = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None))
    threads = [
        threading.Thread(target=site.serve_forever),
        threading.Thread(target=gateway.run, kwargs={"sockets": [door]}),
    ]
    for thread in threads:
        thread.start()
    yield OtherSite(folder, origin, f"http://127.0.0.1:{door.getsockname()[1]}")
    site.shutdown()
    site.server_close()
    gateway.should_exit = True
    for thread in threads:
        thread.join()


@pytest.fixture
def at_site(visitor: Visitor, other_site: OtherSite) -> Visitor:
    """Opens a page of the other site."""

    def open_page(name: str, data: str = "", lang: str = "zh-Hant-TW", **options: object) -> Visit:
        gateway = urlsplit(other_site.gateway).netloc
        return visitor(other_site.page(name, data, lang), also=(gateway,), **options)

    return open_page


def test_one_script_tag_opens_the_chat(at_site: Visitor) -> None:
    visit = at_site("one.html")
    launcher = visit.page.get_by_role("button", name="1999 線上客服")
    expect(visit.box).to_be_hidden()
    launcher.click()
    expect(visit.box).to_be_focused()
    answer = visit.ask("牌照稅什麼時候繳？")
    expect(visit.log).to_contain_text("資料來源")
    assert answer.evaluate("(node) => getComputedStyle(node).color") != "rgb(255, 0, 0)"
    visit.box.press("Escape")
    expect(visit.box).to_be_hidden()
    expect(launcher).to_be_focused()


def test_it_stays_open_from_page_to_page(at_site: Visitor, other_site: OtherSite) -> None:
    visit = at_site("first.html", ' data-open="true"')
    visit.ask("牌照稅什麼時候繳？")
    visit.page.goto(other_site.page("second.html"))
    expect(visit.messages("citizen")).to_have_count(1)
    expect(visit.box).to_be_visible()


def test_the_page_chooses_language_and_side(at_site: Visitor) -> None:
    visit = at_site("english.html", ' data-position="left"', lang="en")
    launcher = visit.page.get_by_role("button", name="Chat with 1999")
    place = launcher.bounding_box()
    assert place is not None
    assert place["x"] < 100
    launcher.click()
    visit.page.get_by_role("button", name="中文").click()
    expect(visit.page.get_by_role("dialog", name="高雄市 1999 萬事通")).to_be_visible()


def test_a_page_can_give_it_a_place_of_its_own(at_site: Visitor) -> None:
    visit = at_site("full.html", ' data-mode="page" data-target="h1"')
    expect(visit.page.locator("h1 wst-chat")).to_be_visible()
    expect(visit.box).to_be_visible()
    expect(visit.page.get_by_role("button", name="關閉對話視窗")).to_have_count(0)


def test_on_a_phone_it_covers_the_page_and_keeps_the_focus(at_site: Visitor) -> None:
    visit = at_site("phone.html", viewport=PHONE, has_touch=True, is_mobile=True)
    visit.page.get_by_role("button", name="1999 線上客服").click()
    panel = visit.page.get_by_role("dialog", name="高雄市 1999 萬事通")
    assert panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    for _ in range(20):
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.localName") == "wst-chat"
    assert not visit.overflows()
    panel.get_by_role("button", name="關閉對話視窗").click()
    expect(panel).to_be_hidden()
