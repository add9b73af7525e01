"""From the web to LINE: a code carries a conversation or a case over, for one account, soon over."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import expect
from sqlalchemy import select

from gateway.cases.models import Case
from gateway.channels.line.codes import code_in
from gateway.channels.line.models import LineLinkCode
from gateway.conversations.models import Conversation
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Reply
from tests.channels.line.fake import FakeLine
from tests.channels.line.talking import Line, line_settings, words
from tests.console.filing import file_case
from tests.e2e.browser import PHONE, Visitor
from tests.in_process import Gateway, StandIn
from tests.served import served

ACCOUNT = "@kcg1999"


@pytest.fixture
def line(start: Callable[..., Gateway], line_api: FakeLine) -> Line:
    return Line.start(start, line_api, line_basic_id=ACCOUNT)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("連結 ABCD-2345", "ABCD-2345"), ("ABCD-2345", "ABCD-2345"), ("link abcd-2345 ", "ABCD-2345"),
        ("連結ABCD-2345", "ABCD-2345"), ("0ABCD-2345", None), ("ABCD-2345 是什麼", None), ("ABCI-2345", None),
        ("路燈不亮", None), ("請問編號 D1151126-000001 的進度", None), ("x" * 40 + " ABCD-2345", None),
    ],
)  # fmt: skip
def test_what_is_a_code(said: str, code: str | None) -> None:
    assert code_in(said) == code


def test_a_conversation_of_the_web_goes_on_in_line(line: Line) -> None:
    talk = line.gateway.open()
    talk.say("路燈不亮")
    given = line.gateway.client.post(f"/api/v1/conversations/{talk.id}/line-code", headers=talk.headers)
    assert given.status_code == 201
    assert given.json()["link"].startswith("https://line.me/R/oaMessage/%40kcg1999/?")
    assert given.json()["picture"].startswith("data:image/svg+xml")
    citizen = line.citizen()
    assert "可以在這裡繼續" in words(citizen.says(given.json()["words"]))
    assert citizen.conversation().id == talk.id
    assert "聽到了：在這裡" in words(citizen.says("在這裡"))
    assert talk.texts()[-1] == "聽到了：在這裡"
    assert talk.say("也還在網頁")
    line.settle()
    assert "也還在網頁" in words(citizen.told())


def test_a_code_is_for_one_account_and_for_a_quarter_of_an_hour(line: Line) -> None:
    talk = line.gateway.open()
    talk.say("你好")
    path = f"/api/v1/conversations/{talk.id}/line-code"
    said = line.gateway.client.post(path, headers=talk.headers).json()["words"]
    first, second = line.citizen(), line.citizen()
    first.says(said)
    assert "不正確或已過期" in words(second.says(said))
    assert second.conversation().id != talk.id
    assert "可以在這裡繼續" in words(first.says(said))
    late = line.gateway.client.post(path, headers=talk.headers).json()["words"]
    with line.gateway.database.write() as session:
        for row in session.scalars(select(LineLinkCode)):
            row.expires_at -= timedelta(minutes=16)
    assert "不正確或已過期" in words(first.says(late))


def test_nobody_guesses_codes_for_long(start: Callable[..., Gateway], line_api: FakeLine) -> None:
    line = Line.start(start, line_api, rate_case_lookup="3/minute")
    citizen = line.citizen()
    answers = [words(citizen.says(f"ABCD-234{number}")) for number in range(5, 10)]
    assert "不正確或已過期" in answers[2]
    assert "過於頻繁" in answers[3]


def test_only_the_hashes_of_codes_are_kept(line: Line) -> None:
    talk = line.gateway.open()
    given = line.gateway.client.post(f"/api/v1/conversations/{talk.id}/line-code", headers=talk.headers)
    code = given.json()["words"].split()[-1]
    (row,) = line.rows(LineLinkCode)
    assert code not in row.code_hash and len(row.code_hash) == 64


def test_a_case_from_elsewhere_is_told_of_in_line(line: Line) -> None:
    number = file_case(line.gateway.app)
    code = line.gateway.app.state.cases.verification_code(number)
    path = f"/api/v1/cases/{number}/line-code"
    wrong = line.gateway.client.post(path, headers={"x-verification-code": "WRONG"})
    assert wrong.status_code == 404
    given = line.gateway.client.post(path, headers={"x-verification-code": code})
    assert given.status_code == 201
    citizen, other = line.citizen(), line.citizen()
    assert citizen.says(given.json()["words"])
    with line.gateway.database.read() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        assert session.get_one(Conversation, case.conversation_id).delivered_to == citizen.id
    assert number in words(citizen.presses("line:my_cases"))
    assert number in words(citizen.presses(f"line:case:{number}"))
    assert "查無此案件" in words(other.presses(f"line:case:{number}"))
    assert number not in words(other.presses("line:my_cases"))


@pytest.mark.browser
def test_the_widget_and_the_cases_page_show_the_way_to_line(
    make_app: Callable[..., FastAPI], line_api: FakeLine, visitor: Visitor, tmp_path: Path
) -> None:
    brain = StandIn()
    brain.thought = lambda _turn, _incoming: Outcome((Reply("您好，請問需要什麼服務？"),))
    app = make_app(brain, **line_settings(line_api, line_basic_id=ACCOUNT))
    pictures = Path(os.environ.get("WST_PICTURES", tmp_path))
    pictures.mkdir(exist_ok=True)
    with served(app) as url:
        visit = visitor(f"{url}/", viewport=PHONE)
        visit.ask("你好")
        visit.page.get_by_role("button", name="改用 LINE 繼續").click()
        window = visit.page.get_by_role("dialog", name="改用 LINE 繼續這個對話")
        expect(window).to_contain_text(f"在 LINE 加 {ACCOUNT} 為好友")
        expect(window.get_by_role("link", name="開啟 LINE")).to_have_attribute(
            "href", re.compile(r"https://line\.me/R/oaMessage/")
        )
        expect(window.get_by_role("img", name="用手機掃描")).to_be_visible()
        visit.page.screenshot(path=pictures / "on_line_widget_phone.png")
        assert not visit.overflows()
        window.get_by_role("button", name="取消").click()

        number = file_case(app)
        code = app.state.cases.verification_code(number)
        page = visitor(f"{url}/case?number={number}").page
        page.get_by_label("查詢碼").fill(code)
        page.get_by_role("button", name="查詢", exact=True).click()
        page.get_by_role("button", name="取得 LINE 連結碼").click()
        expect(page.get_by_text(f"在 LINE 加 {ACCOUNT} 為好友")).to_be_visible()
        page.screenshot(path=pictures / "on_line_case_desktop.png", full_page=True)
