"""A citizen at a real browser: pages that note what they load and what goes wrong on them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from tests.platform import Platform

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE_MS = 30_000
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
REFUSED_REQUEST = ("Failed to load resource", "WebSocket connection to")
"""Begin what Chromium itself prints about an answer of 4xx or a cut: part of some tests, no fault."""


@dataclass
class Visit:
    """One browser tab at one citizen's, with a record of hosts and faults."""

    context: BrowserContext
    page: Page
    hosts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note every host that is asked and every error on the page, a breach of its policy too."""
        self.context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).netloc))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(REFUSED_REQUEST):
            self.faults.append(message.text)

    @property
    def box(self) -> Locator:
        """Where the citizen writes."""
        return self.page.locator("wst-chat").get_by_role("textbox")

    @property
    def log(self) -> Locator:
        """The messages that the server has."""
        return self.page.locator("wst-chat").get_by_role("log")

    def messages(self, sender: str) -> Locator:
        """The server's messages from one sender."""
        return self.log.locator(f".message.{sender}")

    def say(self, text: str) -> None:
        """Write and send with Enter."""
        self.box.fill(text)
        self.box.press("Enter")

    def ask(self, text: str) -> Locator:
        """Write, send, and wait for what is said next; the last message."""
        before = self.messages("bot").count()
        self.say(text)
        expect(self.messages("bot").nth(before)).to_be_visible()
        return self.messages("bot").last

    def press(self, name: str) -> Locator:
        """Press the last button of that name in the conversation, and wait for what is said next."""
        before = self.messages("bot").count()
        self.log.get_by_role("button", name=name, exact=True).last.click()
        expect(self.messages("bot").nth(before)).to_be_visible()
        return self.messages("bot").last

    def remembered(self) -> dict[str, Any]:
        """What the widget keeps in this tab."""
        kept: str = self.page.evaluate(
            "Object.entries(sessionStorage).find(([key]) => key.startsWith('wst:'))[1]"
        )
        loaded: dict[str, Any] = json.loads(kept)
        return loaded

    def overflows(self) -> bool:
        """Whether the page can be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window. It ends with the module: its event loop must not meet other tests."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail("no Chromium on PATH: install it, e.g. `apt-get install chromium`")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield running
        running.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Opens tabs, and fails afterwards if one loaded from another host or had an error."""
    visits: list[tuple[Visit, set[str]]] = []

    def open_tab(url: str, *, also: tuple[str, ...] = (), script: str | None = None, **options: Any) -> Visit:
        context = browser.new_context(**{"locale": "zh-TW", "viewport": DESKTOP, **options})
        context.set_default_timeout(PATIENCE_MS)
        if script is not None:
            context.add_init_script(script)
        visit = Visit(context, context.new_page())
        visit.watch()
        visits.append((visit, {urlsplit(url).netloc, *also}))
        visit.page.goto(url)
        return visit

    expect.set_options(timeout=PATIENCE_MS)
    yield open_tab
    for visit, _ in visits:
        visit.context.close()
    for visit, allowed in visits:
        assert visit.faults == []
        assert visit.hosts <= allowed


@pytest.fixture
def at_home(visitor: Visitor, platform: Platform) -> Visitor:
    """Opens the home page of the running platform, ready to write."""

    def open_home(path: str = "/", **options: Any) -> Visit:
        visit = visitor(platform.url + path, **options)
        expect(visit.box).to_be_visible()
        return visit

    return open_home
