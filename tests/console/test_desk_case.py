"""One case at the desk: what is shown, which acts are offered, and how a refused act comes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.cases.history.reading import FORMATS, read
from gateway.cases.history.service import HistoryImport
from gateway.cases.lifecycle import LIFECYCLE, allowed_acts
from gateway.cases.models import Case
from gateway.cases.rules import Act, Role, Status
from gateway.identity.rules import StaffRole
from gateway.places.service import Places
from tests.cases.life import PATHS, Life
from tests.cases.test_cli_cases import records
from tests.console.filing import CITIZEN, RESULT, act, file_case, finish, version_of
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
_OFFERED = re.compile(r'action="/console/cases/[^"]+/acts/([a-z_]+)"')
ACTING = (StaffRole.OPERATOR, StaffRole.DISPATCHER, StaffRole.HANDLER, StaffRole.SUPERVISOR)
SEALED = {"kind": "petition", "item_code": "petition_social_welfare", "description": "某科員收受回扣"}


def offered(browser: Browser, number: str) -> set[str]:
    """The acts that the page of a case has forms for."""
    page = browser.get(f"/console/cases/{number}")
    assert page.status_code == 200, page.text
    return set(_OFFERED.findall(page.text))


def send(browser: Browser, number: str, what: Act, **fields: object) -> httpx.Response:
    """Send the form of an act as the page has it now."""
    page = browser.get(f"/console/cases/{number}").text
    form = page.partition(f'/acts/{what}"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="(version|seen|part|csrf)" value="([^"]*)"', form))
    hidden = {name: unescape(value) for name, value in hidden.items()}
    given = {"version": version_of_page(page), **hidden, **fields}
    return post(browser, number, what, **given)


def post(browser: Browser, number: str, what: Act, **fields: object) -> httpx.Response:
    """Send an act with exactly these fields."""
    form = {"csrf": browser.token("/console/account"), **fields}
    path = f"/console/cases/{number}/acts/{what}"
    return browser.client.post(path, data=form, follow_redirects=False)


def version_of_page(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    return found[1] if found else "0"


@pytest.mark.parametrize("role", ACTING)
@pytest.mark.parametrize("status", list(Status))
def test_a_page_offers_all_acts_of_the_table_and_no_others(
    gateway: Gateway, signed_in: SignedIn, role: StaffRole, status: Status
) -> None:
    app = gateway.app
    number = file_case(app)
    with app.state.database.write() as session:
        life, made = Life(app.state.cases, session), number
        for step in PATHS[status]:
            life.do(number, step)
        case = session.scalars(select(Case).where(Case.number == made)).one()
        part = None if status in {Status.REGISTERED, Status.MERGED} or case.closed_at else status
    browser = signed_in(role, units=("養工處",))
    held = frozenset({Role(role.value)})
    part_status = Status.IN_PROGRESS if part is Status.AWAITING_CITIZEN else part
    expected = set(allowed_acts(status, part_status, held)) - {Act.REFUSE_EXTENSION}
    if role is StaffRole.HANDLER and part is None:
        expected = set()
    assert offered(browser, number) == {one.value for one in expected}


def test_the_whole_life_of_a_case_at_the_desk(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app, hours_ago=2)
    handler = signed_in(StaffRole.HANDLER, units=("養工處",))
    assert send(handler, number, Act.ACCEPT).status_code == 303
    early = send(handler, number, Act.HANDLE, note=RESULT, arrived_at="2020-01-01T08:00")
    assert "到場時間須在受理之後、現在之前" in early.text
    assert send(handler, number, Act.COMMENT, note="明天上午派工").status_code == 303
    done = send(handler, number, Act.HANDLE, note=RESULT, arrived_at=_taipei(gateway))
    assert done.status_code == 303
    supervisor = signed_in(StaffRole.SUPERVISOR, username="chen")
    done = send(supervisor, number, Act.RELEASE, call_back="satisfied")
    assert done.status_code == 303
    page = supervisor.get(f"/console/cases/{number}").text
    assert "已完成：解除管制" in page
    assert "解除管制" in page
    assert RESULT in page
    assert "依限" in page
    assert "明天上午派工" in page


def test_a_refused_act_comes_back_open_with_what_was_typed(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app)
    handler = signed_in(StaffRole.HANDLER, units=("養工處",))
    send(handler, number, Act.ACCEPT)
    refused = send(handler, number, Act.HANDLE, note="已派員處理", arrived_at=_taipei(gateway))
    assert refused.status_code == 422
    assert 'data-reopen="act-handle-' in refused.text
    assert "結案說明太簡略" in refused.text
    assert ">已派員處理</textarea>" in refused.text
    missing = send(handler, number, Act.HANDLE, note=RESULT)
    assert missing.status_code == 422
    assert "缺少：到場時間" in missing.text
    wrong = send(handler, number, Act.HANDLE, note=RESULT, arrived_at="yesterday")
    assert wrong.status_code == 422


def test_who_comes_second_sees_what_changed_and_loses_nothing(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app)
    browser = signed_in(StaffRole.SUPERVISOR)
    version, seen = version_of(gateway.app, number), 2
    act(gateway.app, number, Act.COMMENT, Role.OPERATOR, note="民眾來電催辦")
    again = post(browser, number, Act.COMMENT, version=version, seen=seen, note="我的註記")
    assert again.status_code == 409
    assert "案件已被他人更新" in again.text
    changes = again.text.partition("已有以下變動")[2].partition("</ul>")[0]
    assert "民眾來電催辦" in changes
    assert "案件已受理立案" not in changes
    assert ">我的註記</textarea>" in again.text
    assert f'name="version" value="{version + 1}"' in again.text
    finish(gateway.app, number)
    gone = post(browser, number, Act.HANDLE, version=version, seen=seen, note="剛寫好的結果")
    assert gone.status_code == 409
    assert "<blockquote>剛寫好的結果</blockquote>" in gone.text


def test_what_is_not_offered_is_refused(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app)
    operator = signed_in(StaffRole.OPERATOR)
    version = version_of(gateway.app, number)
    assert operator.post(f"/console/cases/{number}/acts/release", version=version).status_code == 409
    auditor = signed_in(StaffRole.AUDITOR, username="audit")
    assert auditor.post(f"/console/cases/{number}/acts/comment", note="x", version=version).status_code == 403
    assert offered(auditor, number) == set()
    stranger = signed_in(StaffRole.HANDLER, username="other", units=("水利局",))
    assert stranger.post(f"/console/cases/{number}/acts/accept", version=version).status_code == 404
    assert version_of(gateway.app, number) == version


def test_contact_is_shown_on_demand_and_every_look_is_recorded(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app)
    browser = signed_in(StaffRole.HANDLER, units=("養工處",))
    page = browser.get(f"/console/cases/{number}").text
    assert not any(value in page for value in CITIZEN.values())
    shown = browser.post(f"/console/cases/{number}/contact")
    assert all(value in shown.text for value in CITIZEN.values())
    assert _audited(gateway, "case.read_contact") == [("mei", f"case:{number}")]
    auditor = signed_in(StaffRole.AUDITOR, username="audit")
    assert auditor.post(f"/console/cases/{number}/contact").status_code == 403
    assert "您的角色不能查閱聯絡資料" in auditor.get(f"/console/cases/{number}").text


def test_who_reported_a_confidential_case_is_for_named_roles_only(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    number = file_case(gateway.app, **SEALED)
    dispatcher = signed_in(StaffRole.DISPATCHER)
    page = dispatcher.get(f"/console/cases/{number}").text
    assert "反映人身分僅限經授權人員查閱" in page
    refused = dispatcher.post(f"/console/cases/{number}/contact")
    assert refused.status_code == 404
    assert not any(value in refused.text for value in CITIZEN.values())
    auditor = signed_in(StaffRole.AUDITOR, username="audit")
    assert "收受回扣" not in auditor.get(f"/console/cases/{number}").text
    supervisor = signed_in(StaffRole.SUPERVISOR, username="chen")
    assert "收受回扣" in supervisor.get(f"/console/cases/{number}").text
    assert "王大明" in supervisor.post(f"/console/cases/{number}/contact").text
    readers = [who for who, _ in _audited(gateway, "case.read_confidential")]
    assert {"mei", "audit", "chen"} <= set(readers)


def test_the_page_shows_how_a_due_time_came_about(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app, item_code="street_light_out")
    browser = signed_in(StaffRole.SUPERVISOR)
    page = browser.get(f"/console/cases/{number}").text
    assert "期限怎麼算的" in page
    assert "自受理次日起算" in page
    assert "第 1 日" in page
    assert "示範值" in page
    browser.post("/console/preferences", language="en")
    english = browser.get(f"/console/cases/{number}").text
    assert "working days, counted from the day after receipt" in english
    assert "day 1" in english


def test_a_reopened_case_asks_for_a_message(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app)
    finish(gateway.app, number)
    act(gateway.app, number, Act.REOPEN, Role.SUPERVISOR, note="又破了")
    finish(gateway.app, number, release=False)
    browser = signed_in(StaffRole.SUPERVISOR)
    refused = send(browser, number, Act.RELEASE, call_back="satisfied")
    assert refused.status_code == 422
    assert send(browser, number, Act.RELEASE, call_back="satisfied", message=RESULT).status_code == 303


def test_every_act_has_a_name_in_the_catalogue(gateway: Gateway) -> None:
    words = gateway.app.state.frame.words
    by_staff = [a for a, step in LIFECYCLE.items() if step.roles & {Role(r.value) for r in ACTING}]
    assert all(f"acts.label.{one}" in words for one in by_staff if one is not Act.REGISTER)


def _audited(gateway: Gateway, what: str) -> list[tuple[str, str]]:
    with gateway.database.read() as session:
        rows = session.execute(
            select(AuditEntry.actor, AuditEntry.subject)
            .where(AuditEntry.act == what)
            .order_by(AuditEntry.seq)
        )
        return [(row[0], row[1]) for row in rows]


def _taipei(gateway: Gateway) -> str:
    cases = gateway.app.state.cases
    with gateway.database.read() as session:
        zone = cases.office(session).zone
    return f"{cases.clock().astimezone(zone):%Y-%m-%dT%H:%M}"


def test_of_imported_history_the_page_says_what_is_not_known(
    gateway: Gateway, signed_in: SignedIn, tmp_path: Path
) -> None:
    file = Path(records(tmp_path, Status_="4", StatusName_="處理完成", BeforeDesc_=""))
    taking = HistoryImport(gateway.app.state.cases, Places.load())
    taking.take(read(file, FORMATS["open1999-json"]), file.name)
    supervisor = signed_in(StaffRole.SUPERVISOR)
    page = supervisor.get("/console/cases/INS170821157").text
    for words in ("舊系統匯入", "沒有文字說明。", "沒有計時中的期限。"):
        assert words in page
    assert "INS170821157" in supervisor.get("/console/cases?state=all&channel=open1999").text
    assert "INS170821157" not in supervisor.get("/console/cases?state=all&channel=open311").text
