"""The desk's page in a real browser with many open conversations: how long from a frame to its paint.

    python bench/desk_page.py [--seconds 20] [--name NAME]

A gateway of its own on SQLite, half of the conversations in the queue and half one's own, five citizens'
messages a second. In the page every frame is timed to the paint after it, and tasks longer than 50 ms are
counted. Writes bench/results/desk_page[_NAME].md.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.gateway_process import Gateway  # noqa: E402
from gateway.audit.service import AuditTrail  # noqa: E402
from gateway.conversations.models import Conversation, Message  # noqa: E402
from gateway.conversations.tokens import ConversationTokens  # noqa: E402
from gateway.database import Database  # noqa: E402
from gateway.identity.rules import StaffRole  # noqa: E402
from gateway.identity.service import COOKIE, IdentityService  # noqa: E402
from gateway.identity.views import SYSTEM  # noqa: E402
from tests.e2e.browser import BROWSERS, SWITCHES  # noqa: E402
from tests.platform import prepared  # noqa: E402

SIZES = (20, 200, 300)
A_SECOND = 5
WATCH = """
window.found = { long: [], queue: [], mine: [], message: [] };
new PerformanceObserver((list) => found.long.push(...list.getEntries().map((one) => one.duration)))
  .observe({ type: "longtask" });
const Real = WebSocket;
window.WebSocket = class extends Real {
  constructor(...facts) {
    super(...facts);
    this.addEventListener("message", ({ data }) => {
      const began = performance.now(), kind = data.slice(0, 20).split('"')[3];
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => found[kind]?.push(performance.now() - began);
        port2.postMessage(0);
      });
    });
  }
};
"""


def fill(gateway: Gateway, count: int) -> tuple[str, list[tuple[str, str]]]:
    """A signed-in operator's cookie, and `count` open conversations with their tokens, one's own first."""
    settings = gateway.settings
    database, now = Database(settings.database), datetime.now(UTC)
    identity = IdentityService(database, settings, AuditTrail(settings.signing_key()))
    with database.write() as session:
        _, given = identity.create_account(session, "mei", roles={StaffRole.OPERATOR}, by=SYSTEM)
    staff = identity.login("mei", given, None, "127.0.0.1").staff
    assert staff is not None
    cookie = identity.change_password(staff, given, f"{uuid.uuid4()}", "127.0.0.1").token
    tokens, talks = ConversationTokens(settings.signing_key()), []
    with database.write() as session:
        for number in range(count):
            mine, at = number < count // 2, now - timedelta(seconds=10 * (count - number))
            one = Conversation(
                id=str(uuid.uuid4()), channel="web", language="zh-TW", owner="operator" if mine else "queue",
                operator="mei" if mine else None, last_seq=1, priority=None if mine else "normal",
                queued_at=None if mine else at, queue_reason="asked", state={}, created_at=at, updated_at=at,
                expires_at=now + timedelta(hours=1),
            )  # fmt: skip
            session.add(one)
            session.flush()
            session.add(
                Message(
                    id=str(uuid.uuid4()), conversation_id=one.id, seq=1, sender="citizen", kind="text",
                    text=f"第{number}位民眾的問題：路燈不亮已經三天了，請問什麼時候會修好？", payload={},
                    answered_at=at, created_at=at,
                )
            )  # fmt: skip
            talks.append((one.id, tokens.issue(one.id, one.expires_at)))
    database.close()
    return cookie, talks


def measured(count: int, seconds: int) -> dict[str, list[float]]:
    """What the page has noted."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        gateway = Gateway(prepared(Path(folder)), None, 0)
        browser = driver.chromium.launch(executable_path=chromium(), args=SWITCHES)
        try:
            cookie, talks = fill(gateway, count)
            gateway.wait()
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": gateway.url}])
            context.add_init_script(WATCH)
            page = context.new_page()
            page.goto(f"{gateway.url}/console/live")
            page.locator("#queue li").nth(count // 2 - 1).wait_for()
            page.locator("#mine button").first.click()
            page.locator("#composer").wait_for()
            page.evaluate("for (const list of Object.values(found)) list.length = 0")
            write(gateway.url, talks, seconds)
            found: dict[str, list[float]] = page.evaluate("found")
            return found
        finally:
            browser.close()
            gateway.stop()


def write(url: str, talks: Sequence[tuple[str, str]], seconds: int) -> None:
    """Citizens' messages, most of them in conversations that are led."""
    led, began = len(talks) // 2, time.monotonic()
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
        for number in range(seconds * A_SECOND):
            time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            place = led + number % led if number % 5 == 0 else -number % led
            conversation, token = talks[place]
            body: dict[str, Any] = {"client_id": str(uuid.uuid4()), "text": f"還在嗎？第{number}句"}
            http.post(
                f"/api/v1/conversations/{conversation}/messages", json=body,
                headers={"authorization": f"Bearer {token}"},
            ).raise_for_status()  # fmt: skip


def chromium() -> str:
    """The browser of the tests."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("no Chromium")
    return found


def spread(times: Sequence[float]) -> str:
    """Median, p95 and the worst."""
    if len(times) < 2:
        return "– | – | –"
    return f"{statistics.median(times):.0f} | {statistics.quantiles(times, n=20)[18]:.0f} | {max(times):.0f}"


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--name", default="")
    options = parser.parse_args()
    lines = [
        "# The desk's page with many open conversations\n",
        f"`python bench/desk_page.py`: half waiting, half one's own, {A_SECOND} messages a second for "
        f"{options.seconds} s, ms from a frame to its paint; tasks over 50 ms.\n",
        "| conversations | frame | frames | p50 | p95 | worst | long tasks | the longest |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for count in SIZES:
        found = measured(count, options.seconds)
        long = found["long"]
        for kind in ("mine", "queue", "message"):
            lines.append(
                f"| {count} | {kind} | {len(found[kind])} | {spread(found[kind])} | {len(long)} | "
                f"{max(long, default=0):.0f} |"
            )
        print(lines[-3:], flush=True)
    text = "\n".join(lines) + "\n"
    print(text)
    name = f"desk_page_{options.name}" if options.name else "desk_page"
    (ROOT / "bench" / "results" / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
