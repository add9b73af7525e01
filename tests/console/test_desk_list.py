"""The desk's list: who sees which cases, filters in the address, saved views."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

from gateway.cases.rules import Act, Role
from gateway.identity.rules import StaffRole
from tests.console.filing import act, file_case, finish
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
_NUMBER = re.compile(r'<td><a href="/console/cases/([^"]+)"')


def numbers(browser: Browser, query: str = "") -> list[str]:
    """The cases that the list shows, in order."""
    page = browser.get(f"/console/cases{query}")
    assert page.status_code == 200, page.text
    return _NUMBER.findall(page.text)


def test_a_handler_sees_the_cases_of_their_units_and_no_others(gateway: Gateway, signed_in: SignedIn) -> None:
    mine = file_case(gateway.app)
    other = file_case(gateway.app, item_code="sewer_blocked", district="三民區")
    handler = signed_in(StaffRole.HANDLER, units=("養工處",))
    assert numbers(handler) == [mine]
    assert numbers(handler, "?unit=" + quote("水利局")) == []
    assert numbers(handler, "?state=all&q=" + other) == []
    assert handler.get(f"/console/cases/{other}").status_code == 404
    assert handler.get(f"/console/cases/{mine}").status_code == 200


def test_a_split_case_stands_in_the_list_of_each_unit_with_its_own_part(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    number = file_case(gateway.app)
    act(gateway.app, number, Act.SPLIT, Role.DISPATCHER, unit="水利局", note="孔蓋也要一起處理")
    water = signed_in(StaffRole.HANDLER, units=("水利局",))
    assert numbers(water) == [number]
    roads = signed_in(StaffRole.HANDLER, username="lu", units=("養工處", "水利局"))
    assert numbers(roads) == [number, number]
    everything = signed_in(StaffRole.DISPATCHER, username="chen")
    assert numbers(everything, "?split=yes") == [number]


def test_a_case_that_was_passed_on_can_still_be_read_but_is_off_the_list(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    number = file_case(gateway.app)
    act(gateway.app, number, Act.REASSIGN, Role.DISPATCHER, unit="水利局", note="屬水利局權責")
    handler = signed_in(StaffRole.HANDLER, units=("養工處",))
    assert numbers(handler) == []
    page = handler.get(f"/console/cases/{number}")
    assert page.status_code == 200
    assert "目前沒有您可執行的作業" in page.text


def test_open_cases_come_by_due_time_and_lateness_is_said_in_words(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    late = file_case(gateway.app, hours_ago=24 * 30)
    fresh = file_case(gateway.app)
    done = file_case(gateway.app, item_code="road_subsidence")
    finish(gateway.app, done)
    browser = signed_in(StaffRole.SUPERVISOR)
    assert numbers(browser) == [late, fresh]
    assert numbers(browser, "?sort=-due") == [fresh, late]
    assert numbers(browser, "?due=overdue") == [late]
    assert numbers(browser, "?late=very") == [late]
    assert numbers(browser, "?state=closed") == [done]
    page = browser.get("/console/cases").text
    assert "逾限 29 天" in page or "逾限 30 天" in page
    assert "依限" in browser.get("/console/cases?state=closed").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?item=road_pothole", True),
        ("?item=road_subsidence", False),
        ("?main=" + quote("道路不平"), True),
        ("?main=" + quote("路燈故障"), False),
        ("?kind=dispatch", True),
        ("?kind=petition", False),
        ("?district=" + quote("三民區"), True),
        ("?district=none", False),
        ("?channel=phone", True),
        ("?channel=fax", False),
        ("?from=2020-01-01&to=2099-01-01", True),
        ("?from=2099-01-01", False),
        ("?to=2020-01-01", False),
        ("?from=nonsense&due=nonsense&kind=nonsense&state=nonsense", True),
        ("?q=" + quote("建工 大洞"), True),
        ("?q=" + quote("建工 路燈"), False),
        ("?q=%25", False),
        ("?q=" + quote("王大明"), False),
        ("?q=0912", False),
        ("?q=example.org", False),
        ("?review=yes", False),
        ("?reopened=yes", False),
        ("?extension=yes", False),
        ("?state=registered", False),
        ("?state=assigned", True),
    ],
)
def test_filters(gateway: Gateway, signed_in: SignedIn, query: str, found: bool) -> None:
    number = file_case(gateway.app)
    assert numbers(signed_in(StaffRole.SUPERVISOR), query) == ([number] if found else [])


def test_the_words_of_a_confidential_case_are_found_only_by_who_may_read_them(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    number = file_case(
        gateway.app, kind="petition", item_code="petition_social_welfare", description="某科員收受回扣",
        address="四維三路2號",
    )  # fmt: skip
    query = "?q=" + quote("回扣")
    assert numbers(signed_in(StaffRole.SUPERVISOR), query) == [number]
    dispatcher = signed_in(StaffRole.DISPATCHER, username="chen")
    assert numbers(dispatcher, query) == []
    assert numbers(dispatcher, "?q=" + quote("四維三路")) == [number]


def test_a_view_keeps_filters_under_a_name_for_one_person(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    kept = browser.post(
        "/console/cases/views", name=" 三民 逾限 ", query="district=三民區&due=overdue&sort=-received&evil=1"
    )
    assert kept.status_code == 303
    assert kept.headers["location"].endswith("due=overdue&sort=-received")
    page = browser.get(kept.headers["location"]).text
    assert "三民 逾限</a>" in page
    assert "evil" not in page
    other = signed_in(StaffRole.SUPERVISOR, username="chen")
    assert "三民 逾限</a>" not in other.get("/console/cases").text
    other.post("/console/cases/views/1/delete")
    assert "三民 逾限</a>" in browser.get("/console/cases").text
    assert browser.post("/console/cases/views", name="", query="").status_code == 422
    assert browser.post("/console/cases/views/1/delete").status_code == 303
    assert "三民 逾限</a>" not in browser.get("/console/cases").text


def test_editors_have_no_cases(signed_in: SignedIn) -> None:
    assert signed_in(StaffRole.EDITOR).get("/console/cases").status_code == 403
