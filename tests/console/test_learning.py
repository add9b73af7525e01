"""What the city learns, as pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gateway.identity.rules import StaffRole
from gateway.reports.learning import report
from tests.console.people import Browser
from tests.in_process import Gateway
from tests.reports.learning.worlds import ZONE, put, steady

SignedIn = Callable[..., Browser]
PAGES = ("emerging", "repeated-places", "seasons", "storms", "forecast")
BASE = "/console/reports"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine does not make a page say that it is being reckoned, unless a test wants it."""
    monkeypatch.setattr(report, "PATIENCE", timedelta(seconds=60))


def city(gateway: Gateway) -> None:
    """A hundred days, with an outbreak in the last week."""
    last = gateway.app.state.cases.clock().astimezone(ZONE).date() - timedelta(days=1)
    first = last - timedelta(days=100)
    put(gateway.database, steady(first, last, 3))
    put(gateway.database, steady(last - timedelta(days=4), last, 9, district="鳳山區", item_code="noise"))


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_before_there_is_any_case(signed_in: SignedIn, page: str) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    nothing = boss.get(f"{BASE}/{page}")
    assert nothing.status_code == 200 and "資料截至" in nothing.text
    assert f'href="{BASE}/{page}" aria-current="page"' in nothing.text


def test_the_outbreak_is_on_the_page_and_leads_to_its_cases(gateway: Gateway, signed_in: SignedIn) -> None:
    city(gateway)
    boss = signed_in(StaffRole.RESEARCHER)
    page = boss.get(f"{BASE}/emerging?by=item-district").text
    assert "這一週鳳山區噪音" in page and "45 件" in page
    link = page.partition('<a href="/console/cases?')[2].partition('"')[0].replace("&amp;", "&")
    listed = boss.get(f"/console/cases?{link}&size=200").text
    assert "共 45 筆" in listed or listed.count("<tr>") > 40
    ahead = boss.get(f"{BASE}/forecast?area=鳳山區").text
    assert ahead.partition("<tbody>")[2].count("<tr>") == 14


def test_a_file_holds_what_the_page_has_no_room_for(gateway: Gateway, signed_in: SignedIn) -> None:
    city(gateway)
    file = signed_in(StaffRole.RESEARCHER).get(f"{BASE}/emerging/file.csv?by=item-district")
    assert file.status_code == 200
    assert "q 值" in file.text and "這一週鳳山區噪音 45 件" in file.text


def test_a_supervisor_of_a_unit_sees_the_units_cases_only(gateway: Gateway, signed_in: SignedIn) -> None:
    city(gateway)
    other = signed_in(StaffRole.SUPERVISOR, units=("環保局",)).get(f"{BASE}/emerging").text
    assert "鳳山區噪音" not in other and "只計您所屬單位的案件" in other


def test_while_it_is_being_reckoned_the_page_says_so_and_asks_again(
    gateway: Gateway, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, room = threading.Event(), gateway.app.state.learning
    real = room.storms.reckon

    def slow(session: Session, about: Any, reach: Any) -> Any:
        assert go.wait(60)
        return real(session, about, reach)

    monkeypatch.setattr(report, "PATIENCE", timedelta(0))
    object.__setattr__(room.storms, "reckon", slow)
    boss = signed_in(StaffRole.SUPERVISOR)
    page = boss.get(f"{BASE}/storms?from=2026-01-01").text
    assert "計算中" in page and f'hx-get="{BASE}/storms?from=2026-01-01"' in page
    go.set()
    monkeypatch.setattr(report, "PATIENCE", timedelta(seconds=60))
    assert "計算中" not in boss.get(f"{BASE}/storms?from=2026-01-01").text


@pytest.mark.parametrize(
    "asked",
    ["emerging?to=2999-01-01", "repeated-places?times=x", "storms?from=2026-02-01&to=2026-01-01",
     "seasons?by=year", "forecast?area=信義區"],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_on_the_page(signed_in: SignedIn, asked: str) -> None:
    answer = signed_in(StaffRole.SUPERVISOR).get(f"{BASE}/{asked}")
    assert answer.status_code == 422 and 'role="alert"' in answer.text


def test_every_report_is_on_the_shelf(gateway: Gateway) -> None:
    names = [one.name for one in gateway.app.state.reports]
    assert [name for name in names if name in PAGES] == list(PAGES)
