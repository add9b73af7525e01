"""A file of entries over HTTP: seen first, tried, taken in by a colleague; and exported."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from gateway.identity.rules import StaffRole
from tests.console.answers import own_search
from tests.console.people import Browser
from tests.in_process import Gateway

__all__ = ["own_search"]
URL = "/console/answers/import"
pytestmark = pytest.mark.usefixtures("own_search")
SignedIn = Callable[..., Browser]


def upload(browser: Browser, name: str, data: bytes) -> httpx.Response:
    return browser.client.post(
        URL, data={"csrf": browser.token("/console/account")}, files={"file": (name, data)},
        follow_redirects=False,
    )  # fmt: skip


def test_seen_tried_and_taken(gateway: Gateway, signed_in: SignedIn) -> None:
    mei, boss = signed_in(StaffRole.EDITOR), signed_in(StaffRole.SUPERVISOR, username="boss")
    shipped = next(iter(gateway.app.state.answers.shelf.base()))
    rows = [{"id": f"city-{n}", "question": f"第{n}問？", "answer": "<b>答</b>"} for n in range(60)]
    rows += [{"id": shipped, "question": "改了？", "answer": "改了。"}, {"question": "缺答案"}]
    read = upload(mei, "faq.json", json.dumps(rows).encode())
    assert read.status_code == 303, read.text
    url = read.headers["location"]
    page = mei.get(url).text
    assert "新增 60、變更 1、相同 0、不匯入 1" in page and "page=2" in page
    assert "<ins>" in mei.get(f"{url}?page=2").text and "no answer" in mei.get(f"{url}?show=rejected").text
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    assert not digest, "who has read the file does not take it"
    page = boss.get(url).text
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    assert mei.post(f"{url}/take", digest=digest, note="理由").status_code == 403
    assert "請先試算" in boss.post(f"{url}/take", digest=digest).text
    assert boss.post(f"{url}/trial").status_code == 303
    gateway.app.state.trials.finish()
    assert "正解排第一" in boss.get(url).text
    assert boss.post(f"{url}/take", digest=digest, note="年度更新").status_code == 303
    assert boss.post(f"{url}/take", digest=digest, note="年度更新").status_code == 409
    search = gateway.app.state.knowledge_base
    search.refresh()
    assert search.entry("city-3").version == "v1"
    exported = mei.get("/console/answers/export/yaml?origin=desk")
    assert exported.status_code == 200 and exported.text.count("- id: city-") == 60
    again = mei.get(upload(mei, "again.yml", exported.content).headers["location"]).text
    assert "新增 0、變更 0、相同 60、不匯入 0" in again
    assert mei.get("/console/answers/export/ods?q=第3問").content[:2] == b"PK"


def test_bad_files_and_dropping(signed_in: SignedIn) -> None:
    mei = signed_in(StaffRole.EDITOR)
    for name, data in (("a.exe", b"MZ"), ("a.json", b"[]x"), ("", b"")):
        refused = upload(mei, name, data)
        assert refused.status_code == 422, (name, refused.text)
    url = upload(mei, "a.yml", b"entries: [{question: a, answer: b}]").headers["location"]
    assert mei.post(f"{url}/drop").status_code == 303
    assert "未匯入" in mei.get(url).text
    assert mei.get(f"{URL}/999").status_code == 404
