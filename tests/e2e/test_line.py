"""A whole report through LINE, on the real platform with the real Rasa, with a person at the desk between."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.audit.service import AuditTrail
from gateway.cases.attachments.service import AttachmentService
from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.models import Case
from gateway.cases.rules import Act
from gateway.cases.service import CaseService
from gateway.conversations.models import Conversation, Message
from gateway.database import Database
from gateway.identity.rules import StaffRole
from gateway.identity.service import IdentityService
from gateway.settings import Settings
from tests.cases.attachments.samples import picture
from tests.cases.life import Life, case_of
from tests.channels.line.crowd import until
from tests.channels.line.fake import FakeLine, user_id
from tests.channels.line.taken import actions
from tests.channels.line.talking import line_settings, posted, words
from tests.channels.line.webhooks import event_of
from tests.console.people import hire
from tests.desk import sign_in
from tests.e2e.browser import Visit, Visitor
from tests.platform import Platform, prepared

pytestmark = [pytest.mark.platform, pytest.mark.browser]
PICTURES = os.environ.get("WST_PICTURES")
STATION = {"latitude": 22.6394, "longitude": 120.3022, "address": "高雄市三民區建國二路318號", "title": ""}
DAY = timedelta(days=1)


@dataclass
class City:
    """The platform, LINE, and the database that is looked into."""

    platform: Platform
    fake: FakeLine
    database: Database
    settings: Settings


@dataclass
class OnLine:
    """A citizen who has nothing but LINE."""

    city: City
    id: str

    def does(self, name: str, until_told: str, **changes: Any) -> list[dict[str, Any]]:
        """Do something; what they were told, up to these words."""
        before = len(self.told())
        token = self.city.fake.reply_token(self.id)
        event = event_of(name, source={"type": "user", "userId": self.id}, replyToken=token, **changes)
        if name == "message-image":
            photo = ("image/jpeg", picture("JPEG", (640, 480)))
            self.city.fake.content[event["message"]["id"]] = photo
        with httpx.Client(base_url=self.city.platform.url, timeout=60) as client:
            assert posted(client, event).status_code == 200
        until(
            lambda: re.search(until_told, words(self.told()[before:])) is not None,
            lambda: f"{until_told} in {words(self.told()[before:])}",
        )
        return self.told()[before:]

    def says(self, text: str, until_told: str) -> list[dict[str, Any]]:
        """Say something."""
        return self.does("message-text", until_told, message={"text": text})

    def presses(self, data: str, until_told: str) -> list[dict[str, Any]]:
        """Press a button or the menu."""
        return self.does("postback", until_told, postback={"data": data})

    def told(self) -> list[dict[str, Any]]:
        """All that they were told."""
        return self.city.fake.told(self.id)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A platform with LINE for the tests of this file."""
    with FakeLine() as fake:
        env = {f"WST_{name.upper()}": str(value) for name, value in line_settings(fake).items()}
        running = Platform(prepared(tmp_path_factory.mktemp("line")), **env)
        settings = Settings(data_dir=running.data_dir)
        database = Database(settings.database)
        try:
            running.start()
            yield City(running, fake, database, settings)
        finally:
            running.stop()
            database.close()


def button(told: list[dict[str, Any]], beginning: str) -> str:
    """The data of the first button that begins so."""
    data = [str(one.get("data", "")) for message in told for one in actions(message)]
    return next(one for one in data if one.startswith(beginning))


def at_the_desk(city: City, visitor: Visitor) -> Visit:
    """Somebody of the staff, ready to take conversations."""
    trail = AuditTrail(city.settings.signing_key())
    hire(IdentityService(city.database, city.settings, trail), "mei", StaffRole.OPERATOR, name="林小美")
    visit = visitor(f"{city.platform.url}/console/live")
    sign_in(visit.page, "mei")
    return visit


def look_at(page: Page, name: str) -> None:
    """Keep a picture for whoever wants to look at it."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_a_report_from_the_menu_to_the_notice_of_its_release(city: City, visitor: Visitor) -> None:
    citizen = OnLine(city, user_id())
    _reports(citizen)
    _is_led_by_a_person(citizen, at_the_desk(city, visitor).page)
    number, code = _confirms(citizen)
    _is_filed_with_place_and_photo(city, number)
    _a_day_later(citizen)
    _asks_how_it_stands(citizen, number, code)
    _hears_of_the_release(citizen, number)


def _reports(citizen: OnLine) -> None:
    citizen.presses("start:dispatch", "通報|反映|問題")
    told = citizen.says("路燈壞了好幾天，晚上很暗", "item:")
    citizen.presses(button(told, "item:"), "位置|地點|哪裡")
    citizen.does("message-location", "聯絡|稱呼|電話", message=STATION)
    citizen.does("message-image", "照片|收到|檔案")


def _is_led_by_a_person(citizen: OnLine, page: Page) -> None:
    citizen.says("我要找真人客服", "等候|專人|客服")
    expect(page.locator("#queue li .badge.channel")).to_have_text("LINE")
    page.locator("#queue button").click()
    page.get_by_role("button", name="接手", exact=True).click()
    log = page.locator("#log")
    for shown in ("路燈壞了好幾天，晚上很暗", "建國二路318號"):
        expect(log).to_contain_text(shown)
    photo = log.locator(".file img")
    assert photo.evaluate("async (one) => { await one.decode(); return one.naturalWidth }")
    look_at(page, "line-taken-over")
    page.locator("#words").fill("您好，我是林小美，位置和照片都收到了，馬上為您轉回填寫。")
    page.locator("#words").press("Enter")
    until(lambda: "位置和照片都收到了" in words(citizen.told()), "the answer is on LINE")
    look_at(page, "line-answered")
    page.get_by_role("button", name="交回智能客服").click()
    expect(page.locator("#no-talk")).to_be_visible()
    until(lambda: "請接著完成" in words(citizen.told()), "the report goes on")


def _confirms(citizen: OnLine) -> tuple[str, str]:
    told = citizen.presses("skip:contact", "confirm:yes")
    told = citizen.presses(button(told, "confirm:yes"), r"D\d{7}-")
    found = re.search(r"(D\d{7}-\d+-\d)，查詢碼 ([A-Z0-9]{8})", words(told))
    assert found is not None
    with citizen.city.database.read() as session:
        case = case_of(session, found[1])
        assert (case.channel, case.status) == ("line", "assigned")
    return found[1], found[2]


def _is_filed_with_place_and_photo(city: City, number: str) -> None:
    with city.database.read() as session:
        case = case_of(session, number)
        assert case.district == "三民區"
        assert (round(case.latitude or 0, 4), round(case.longitude or 0, 4)) == (22.6394, 120.3022)
        assert "路燈壞了好幾天" in case.description
        kept = AttachmentService(city.database, city.settings).of_case(session, case.id)
        assert [one.media_type for one in kept] == ["image/jpeg"]


def _a_day_later(citizen: OnLine) -> None:
    citizen.city.fake.grow_older(DAY.total_seconds())
    with citizen.city.database.write() as session:
        talk = session.scalars(select(Conversation).where(Conversation.delivered_to == citizen.id)).one()
        for column in ("created_at", "updated_at", "expires_at"):
            setattr(talk, column, getattr(talk, column) - DAY)
        for said in session.scalars(select(Message).where(Message.conversation_id == talk.id)):
            said.created_at -= DAY


def _asks_how_it_stands(citizen: OnLine, number: str, code: str) -> None:
    told = citizen.presses("line:my_cases", number)
    told = citizen.presses(button(told, "line:case:"), number)
    assert "路燈" in words(told)
    citizen.says("我想查案件進度", "案件編號")
    citizen.says(number, "查詢碼")
    assert "已分派" in words(citizen.says(code, "目前狀態"))


def _hears_of_the_release(citizen: OnLine, number: str) -> None:
    city, before = citizen.city, len(citizen.city.fake.sent)
    city.fake.grow_older(120)
    with city.database.write() as session:
        life = Life(
            CaseService(city.database, Catalogue.load(), OfficeCalendar.load(), city.settings), session
        )
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE):
            life.do(number, act)
    until(lambda: "結案" in words([m for one in city.fake.sent[before:] for m in one.messages]), "the notice")
    kinds = {one.kind for one in city.fake.sent[before:] if citizen.id in one.to}
    assert kinds == {"push"}
    with city.database.read() as session:
        assert session.scalar(select(Case.status).where(Case.number == number)) == "released"
