"""City news at the desk: who may, what is refused, and what the pages show."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from gateway.identity.rules import StaffRole
from gateway.news.models import NewsCampaign
from gateway.news.rules import State
from gateway.news.subscriptions import subscribe
from tests.console.people import Browser, hire, new_browser
from tests.in_process import Gateway
from tests.news.conftest import SANMIN

FORM: dict[str, Any] = {
    "title_zh": "<b>中山路</b>封閉", "text_zh": "週六上午封閉。<script>alert(1)</script>", "topic": "traffic",
    "transports": ["email", "line"], "languages": ["zh-TW", "en"],
}  # fmt: skip


@pytest.fixture
def town(start: Callable[..., Gateway]) -> Gateway:
    """A gateway that knows its own address, with one subscriber."""
    gateway = start(public_url="https://1999.example")
    with gateway.database.write() as session:
        now = gateway.app.state.subscriptions.clock()
        subscribe(session, "email", "a@example.org", ["traffic", "disaster"], [], "zh-TW", now)
    return gateway


def at_desk(town: Gateway, username: str, *roles: StaffRole) -> Browser:
    hire(town.app.state.identity, username, *roles, name=username.title())
    browser = new_browser(town)
    assert browser.sign_in(username).status_code == 303
    return browser


def news_of(town: Gateway, news_id: int) -> NewsCampaign:
    with town.database.read() as session:
        return session.get_one(NewsCampaign, news_id)


def act(town: Gateway, browser: Browser, news_id: int, name: str, **fields: object) -> int:
    answer = browser.post(
        f"/console/news/{news_id}/acts/{name}", revision=news_of(town, news_id).revision, **fields
    )
    return answer.status_code


def written(browser: Browser, **changes: Any) -> int:
    answer = browser.post("/console/news/new", **{**FORM, **changes})
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("/")[2])


def test_a_colleague_approves_and_the_author_never(town: Gateway) -> None:
    mei = at_desk(town, "mei", StaffRole.EDITOR, StaffRole.SUPERVISOR)
    boss, hua = at_desk(town, "boss", StaffRole.SUPERVISOR), at_desk(town, "hua", StaffRole.EDITOR)
    news = written(mei)
    assert act(town, mei, news, "hand_in") == 303
    assert "須由其他同仁核准" in mei.get(f"/console/news/{news}").text
    assert act(town, mei, news, "approve") == 403
    assert act(town, hua, news, "approve") == 403
    assert act(town, boss, news, "return") == 422
    assert act(town, boss, news, "return", note="請補時間") == 303
    assert "請補時間" in mei.get(f"/console/news/{news}").text
    saved = mei.post(f"/console/news/{news}/edit", revision=news_of(town, news).revision, **FORM)
    assert saved.status_code == 303
    assert act(town, mei, news, "hand_in") == 303
    assert act(town, boss, news, "approve") == 303
    town.app.state.news_sending.mind()
    page = boss.get(f"/console/news/{news}").text
    assert re.search(r'class="queued"><dt>已排入</dt><dd>1<', page)
    assert act(town, hua, news, "stop") == 422
    assert act(town, hua, news, "stop", note="地點有誤") == 303
    assert news_of(town, news).state == State.STOPPED
    assert act(town, hua, news, "resume") == 403
    assert act(town, boss, news, "resume") == 303
    assert boss.get(f"/console/news/{news}/edit").status_code == 409
    for clock_only in ("start", "finish", "expire", "save"):
        assert act(town, boss, news, clock_only) == 409


def test_what_is_typed_is_shown_as_text_everywhere(town: Gateway) -> None:
    mei = at_desk(town, "mei", StaffRole.EDITOR)
    news = written(mei)
    for path in ("/console/news", f"/console/news/{news}", f"/console/news/{news}/edit"):
        page = mei.get(path).text
        assert "<b>中山路" not in page
        assert "<script>alert" not in page
        assert "&lt;b&gt;中山路" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title_zh": ""}, "請填寫標題"), ({"text_zh": "長" * 1001}, "1,000 字內"),
        ({"title_zh": "長" * 61}, "60 字內"), ({"districts": ["64000999"]}, "沒有這個行政區"),
        ({"send_at": "2020-01-01T10:00"}, "寄送時間已經過了"), ({"urgent": "yes"}, "只有防災訊息"),
        ({"link": "javascript:alert(1)"}, "https:// 開頭的完整網址"), ({"transports": []}, "請至少選一項"),
        ({"per_minute": "-1"}, "1 到 60000"),
    ],
)  # fmt: skip
def test_mistakes_are_told_and_what_was_typed_stays(
    town: Gateway, changes: dict[str, Any], words: str
) -> None:
    mei = at_desk(town, "mei", StaffRole.EDITOR)
    answer = mei.post("/console/news/new", **{**FORM, "title_en": "Closed", "text_en": "So.", **changes})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Closed"' in answer.text


def test_nobody_to_write_to_is_told(town: Gateway) -> None:
    mei = at_desk(town, "mei", StaffRole.EDITOR)
    news = written(mei, topic="events", districts=[SANMIN])
    page = mei.get(f"/console/news/{news}").text
    assert "三民區" in page
    assert "目前共 0 位訂閱者" in page
    answer = mei.post(f"/console/news/{news}/acts/hand_in", revision=1)
    assert (answer.status_code, "目前沒有符合條件的訂閱者" in answer.text) == (409, True)


def test_without_a_public_address_nothing_is_handed_in(signed_in: Any) -> None:
    mei = signed_in(StaffRole.EDITOR)
    news = written(mei)
    assert "WST_PUBLIC_URL" in mei.get(f"/console/news/{news}").text
    assert mei.post(f"/console/news/{news}/acts/hand_in", revision=1).status_code == 409


def test_previews_of_every_channel_and_language_and_how_many(town: Gateway) -> None:
    mei = at_desk(town, "mei", StaffRole.EDITOR)
    news = written(mei, title_en="Closed", text_en="On Saturday.", topic="disaster", urgent="yes")
    page = mei.get(f"/console/news/{news}").text
    assert page.count('<article class="preview') == 4
    for words in (
        "【緊急・防災】",
        "[URGENT · Disaster prevention] Closed",
        "取消訂閱：https://1999.example/news/",
    ):
        assert words in page
    assert "目前共 1 位訂閱者" in page
    assert "任何時間都會寄送" in page


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(town: Gateway) -> None:
    mei, hua = at_desk(town, "mei", StaffRole.EDITOR), at_desk(town, "hua", StaffRole.EDITOR)
    news = written(mei)
    assert hua.post(f"/console/news/{news}/edit", revision=1, **FORM).status_code == 303
    late = mei.post(f"/console/news/{news}/edit", revision=1, **{**FORM, "title_zh": "我的改法"})
    assert (late.status_code, "我的改法" in late.text) == (409, True)
    assert news_of(town, news).authors == ["mei", "hua"]


def test_the_list_filters_and_hides_what_was_discarded(town: Gateway) -> None:
    mei = at_desk(town, "mei", StaffRole.EDITOR)
    written(mei, title_zh="第一則")
    gone = written(mei, title_zh="第二則", topic="events")
    assert act(town, mei, gone, "discard") == 303
    page = mei.get("/console/news").text
    assert ("第一則" in page, "第二則" in page) == (True, False)
    assert "第二則" in mei.get("/console/news?state=discarded&topic=events").text
    assert "第一則" not in mei.get("/console/news?topic=events").text
    assert mei.get("/console/news/999").status_code == 404
