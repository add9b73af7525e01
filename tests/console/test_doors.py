"""Every route of the console and who may pass it: the table of permissions, door by door, role by role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from gateway.answers.batches import read
from gateway.cases.attachments.rules import Purpose
from gateway.cases.models import Case
from gateway.conversations.rules import Owner
from gateway.identity.rules import Permission as P
from gateway.identity.rules import StaffRole, may
from gateway.identity.views import Actor
from gateway.reports.exports.models import ReportExport
from gateway.reports.tables import Reader
from tests.console.filing import file_case
from tests.console.people import Browser, hire
from tests.in_process import Gateway
from tests.news.conftest import DRAFT
from tests.quality.talks import drawn_sheet, final_sheet
from tests.reports.samples import FIGURES, Sample

SignedIn = Callable[..., Browser]
OPEN = None
"""Whoever comes by: the way in, and what only concerns one's own session."""
STAFF: frozenset[P] = frozenset()
"""All of the staff."""
DOORS: dict[str, frozenset[P] | None] = {
    "/console/assets/{digest}/{name:path}": OPEN,
    "/console/login": OPEN,
    "/console/login/code": OPEN,
    "/console/sso/start": OPEN,
    "/console/sso/callback": OPEN,
    "/console/preferences": OPEN,
    "/console/logout": STAFF,
    "/console": STAFF,
    "/console/": STAFF,
    "/console/account": STAFF,
    "/console/password": STAFF,
    "/console/totp": STAFF,
    "/console/totp/begin": STAFF,
    "/console/totp/confirm": STAFF,
    "/console/totp/off": STAFF,
    "/console/map/outlines.json": STAFF,
    "/console/map/villages.json": STAFF,
    "/console/map/{district}.json": STAFF,
    "/console/reports/map": frozenset({P.REPORTS_READ}),
    "/console/reports/map/areas.json": frozenset({P.REPORTS_READ}),
    "/console/reports/map/points.json": frozenset({P.REPORTS_READ}),
    "/console/reports/map/spots.json": frozenset({P.REPORTS_READ}),
    "/console/cases": frozenset({P.CASES_READ}),
    "/console/cases/views": frozenset({P.CASES_READ}),
    "/console/cases/views/{view_id}/delete": frozenset({P.CASES_READ}),
    "/console/cases/new": frozenset({P.CASES_FILE}),
    "/console/cases/new/help": frozenset({P.CASES_FILE}),
    "/console/cases/bulk": frozenset({P.CASES_ASSIGN_BULK}),
    "/console/cases.csv": frozenset({P.CASES_EXPORT}),
    "/console/cases/{number}/files": frozenset({P.CASES_READ, P.CASES_ACT}),
    "/console/cases/{number}/judge": frozenset({P.CALENDAR_CLOSE}),
    "/console/attachments/{public_id}": frozenset({P.CASES_READ}),
    "/console/inbox": frozenset({P.CASES_READ}),
    "/console/inbox/count": OPEN,
    "/console/inbox/read": frozenset({P.CASES_READ}),
    "/console/replies": frozenset({P.FAQ_EDIT}),
    "/console/replies/{reply_id}/delete": frozenset({P.FAQ_EDIT}),
    "/console/answers": frozenset({P.FAQ_EDIT}),
    "/console/answers/new": frozenset({P.FAQ_EDIT}),
    "/console/answers/import": frozenset({P.FAQ_EDIT}),
    "/console/answers/import/{batch}": frozenset({P.FAQ_EDIT}),
    "/console/answers/import/{batch}/trial": frozenset({P.FAQ_EDIT}),
    "/console/answers/import/{batch}/take": frozenset({P.FAQ_EDIT}),
    "/console/answers/import/{batch}/drop": frozenset({P.FAQ_EDIT}),
    "/console/answers/export/{file_format}": frozenset({P.FAQ_EDIT}),
    "/console/answers/stale": frozenset({P.FAQ_EDIT}),
    "/console/answers/stale/assign": frozenset({P.FAQ_EDIT}),
    "/console/answers/entries/{entry_id}/still-right": frozenset({P.FAQ_EDIT}),
    "/console/answers/unanswered": frozenset({P.FAQ_EDIT}),
    "/console/answers/votes": frozenset({P.FAQ_EDIT}),
    "/console/answers/unanswered/mark": frozenset({P.FAQ_EDIT}),
    "/console/answers/entries/{entry_id}": frozenset({P.FAQ_EDIT}),
    "/console/answers/entries/{entry_id}/difference": frozenset({P.FAQ_EDIT}),
    "/console/answers/entries/{entry_id}/edit": frozenset({P.FAQ_EDIT}),
    "/console/answers/entries/{entry_id}/trial": frozenset({P.FAQ_EDIT}),
    "/console/answers/entries/{entry_id}/acts/{act}": frozenset({P.FAQ_EDIT}),
    "/console/news": frozenset({P.NEWS_EDIT}),
    "/console/news/new": frozenset({P.NEWS_EDIT}),
    "/console/news/{news_id}": frozenset({P.NEWS_EDIT}),
    "/console/news/{news_id}/edit": frozenset({P.NEWS_EDIT}),
    "/console/news/{news_id}/acts/{act}": frozenset({P.NEWS_EDIT}),
    "/console/quality": frozenset({P.QUALITY_ASSESS}),
    "/console/quality/draws": frozenset({P.QUALITY_ASSESS}),
    "/console/quality/operators": frozenset({P.QUALITY_ASSESS}),
    "/console/quality/operators.csv": frozenset({P.QUALITY_ASSESS}),
    "/console/quality/mine": frozenset({P.CHAT_TAKE}),
    "/console/quality/mine/{own_id}": frozenset({P.CHAT_TAKE}),
    "/console/quality/mine/{own_id}/reply": frozenset({P.CHAT_TAKE}),
    "/console/quality/{sheet_id}": frozenset({P.QUALITY_ASSESS}),
    "/console/quality/{sheet_id}/reopen": frozenset({P.QUALITY_ASSESS, P.QUALITY_REOPEN}),
    "/console/live": frozenset({P.CHAT_TAKE}),
    "/console/live/counts": frozenset({P.CHAT_OVERSEE}),
    "/console/live/counts.csv": frozenset({P.CHAT_OVERSEE}),
    "/console/call-backs": frozenset({P.CHAT_TAKE}),
    "/console/call-backs/{call_back_id}/{act}": frozenset({P.CHAT_TAKE}),
    "/console/live/{conversation_id}/transcript.txt": frozenset({P.CHAT_TAKE}),
    "/console/board": frozenset({P.REPORTS_READ}),
    "/console/board/figures.json": frozenset({P.REPORTS_READ}),
    "/console/board/links": frozenset({P.REPORTS_READ, P.CHAT_OVERSEE}),
    "/console/board/links/{link_id}/end": frozenset({P.REPORTS_READ, P.CHAT_OVERSEE}),
    "/console/board/wall": OPEN,
    "/console/board/wall/figures.json": OPEN,
    "/console/closures": frozenset({P.CALENDAR_CLOSE}),
    "/console/closures/{closure_id}/withdraw": frozenset({P.CALENDAR_CLOSE}),
    "/console/cases/{number}": frozenset({P.CASES_READ}),
    "/console/cases/{number}/contact": frozenset({P.CASES_READ, P.CONTACT_READ}),
    "/console/cases/{number}/acts/{act}": frozenset({P.CASES_READ, P.CASES_ACT}),
    "/console/catalogue": STAFF,
    "/console/catalogue/items/{code}": STAFF,
    "/console/catalogue/versions": STAFF,
    "/console/catalogue/difference": STAFF,
    "/console/catalogue/export/{file_format}": STAFF,
    "/console/catalogue/items/{code}/preview": frozenset({P.CATALOGUE_EDIT}),
    "/console/catalogue/items/{code}/publish": frozenset({P.CATALOGUE_EDIT}),
    "/console/catalogue/import": frozenset({P.CATALOGUE_EDIT}),
    "/console/catalogue/import/publish": frozenset({P.CATALOGUE_EDIT}),
    "/console/catalogue/versions/{version}/withdraw": frozenset({P.CATALOGUE_EDIT}),
    "/console/reports": frozenset({P.REPORTS_READ}),
    "/console/reports/definitions": frozenset({P.REPORTS_READ}),
    "/console/reports/{name}": frozenset({P.REPORTS_READ}),
    "/console/reports/behind": frozenset({P.REPORTS_READ}),
    "/console/reports/behind/ask": frozenset({P.UNITS_REMIND}),
    "/console/behind": frozenset({P.CASES_READ}),
    "/console/behind/{notice_id}": frozenset({P.CASES_ACT}),
    "/console/reports/half-year": frozenset({P.REPORTS_READ}),
    "/console/reports/half-year/report.txt": frozenset({P.REPORTS_READ}),
    "/console/reports/half-year/report.json": frozenset({P.REPORTS_READ}),
    "/console/reports/half-year/report.ods": frozenset({P.REPORTS_READ}),
    "/console/reports/half-year/report.odt": frozenset({P.REPORTS_READ}),
    "/console/reports/figures": frozenset({P.FIGURES_ENTER}),
    "/console/reports/figures/import": frozenset({P.FIGURES_ENTER}),
    "/console/outbox": frozenset({P.OUTBOX_MANAGE}),
    "/console/outbox/again": frozenset({P.OUTBOX_MANAGE}),
    "/console/outbox/addresses/{dead_id}/revive": frozenset({P.OUTBOX_MANAGE}),
    "/console/notices": frozenset({P.OUTBOX_MANAGE}),
    "/console/webhooks": frozenset({P.OUTBOX_MANAGE}),
    "/console/webhooks/{endpoint_id}/secret": frozenset({P.OUTBOX_MANAGE}),
    "/console/webhooks/{endpoint_id}/{doing}": frozenset({P.OUTBOX_MANAGE}),
    "/console/accounts": frozenset({P.USERS_MANAGE}),
    "/console/accounts/_new": frozenset({P.USERS_MANAGE}),
    "/console/accounts/{username}": frozenset({P.USERS_MANAGE}),
    "/console/accounts/{username}/password": frozenset({P.USERS_MANAGE}),
    "/console/accounts/{username}/{act}": frozenset({P.USERS_MANAGE}),
    "/console/audit": frozenset({P.AUDIT_READ}),
    "/console/reports/{name}/file.{ending}": frozenset({P.REPORTS_READ}),
    "/console/reports/saved": frozenset({P.REPORTS_READ}),
    "/console/reports/saved/new": frozenset({P.REPORTS_READ}),
    "/console/reports/saved/{saved_id}": frozenset({P.REPORTS_READ}),
    "/console/reports/saved/{saved_id}/delete": frozenset({P.REPORTS_READ}),
    "/console/reports/saved/{saved_id}/schedule": frozenset({P.REPORTS_READ}),
    "/console/reports/saved/{saved_id}/schedule/stop": frozenset({P.REPORTS_READ}),
    "/console/exports": frozenset({P.REPORTS_READ}),
    "/console/exports/{export_id}/file": frozenset({P.REPORTS_READ}),
    "/console/exports/{export_id}/delete": frozenset({P.REPORTS_READ}),
    "/console/reports/emerging": frozenset({P.REPORTS_READ}),
    "/console/reports/repeated-places": frozenset({P.REPORTS_READ}),
    "/console/reports/repeated-places/{number}": frozenset({P.REPORTS_READ}),
    "/console/reports/seasons": frozenset({P.REPORTS_READ}),
    "/console/reports/storms": frozenset({P.REPORTS_READ}),
    "/console/reports/forecast": frozenset({P.REPORTS_READ}),
}
"""What one must hold, all of it, to pass. A new route of the console must be entered here."""
FIGURES_REPORT = "sample-figures"
HOME_UNIT, OTHER_UNIT = "養工處", "水利局"


def routes(gateway: Gateway) -> Iterator[tuple[str, str]]:
    """Every method and path of the console."""
    routers = [getattr(route, "original_router", None) for route in gateway.app.routes]
    for route in (route for router in routers if router is not None for route in router.routes):
        if isinstance(route, APIRoute) and route.path.startswith("/console"):
            for method in sorted(route.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield method, route.path


def put_file(gateway: Gateway) -> str:
    """A file of a case of the home unit."""
    number = file_case(gateway.app)
    attachments = gateway.app.state.attachments
    prepared = attachments.prepare("路燈不亮".encode(), "說明.txt")
    with gateway.database.write() as session:
        case_id = session.scalars(select(Case.id).where(Case.number == number)).one()
        attachments.keep(
            session, prepared, purpose=Purpose.RESULT, public=True, by="colleague", case_id=case_id
        )
    return str(prepared.public_id)


def read_batch(gateway: Gateway) -> int:
    """A file of entries that was read."""
    by = Actor("colleague", "editor")
    return read(gateway.app.state.answers, "a.yml", b"entries: [{question: a, answer: b}]", by)


def draft_news(gateway: Gateway) -> int:
    """A piece of news that is being written."""
    created: int = gateway.app.state.news_desk.create(DRAFT, Actor("colleague", "editor"))
    return created


def report_files(gateway: Gateway) -> dict[str, str]:
    """A file and a saved report of Mei's, who will be hired."""
    gateway.app.state.reports._reports[FIGURES_REPORT] = Sample(FIGURES_REPORT, columns=FIGURES)
    exports, mei = gateway.app.state.exports, Reader("mei", "林小美", frozenset())
    exports.folder.mkdir(exist_ok=True)
    (exports.folder / "door.csv").write_bytes(b"1")
    with gateway.database.write() as session:
        kept = gateway.app.state.saved_reports.keep(
            session, mei, "依限", FIGURES_REPORT, {}, False, datetime.now(UTC)
        )  # fmt: skip
        export = ReportExport(
            owner="mei", report=FIGURES_REPORT, asked={}, format="csv", language="en", state="done",
            permission=P.REPORTS_READ, units=[], sealed=False, rows_done=1, rows_total=1, path="door.csv",
            bytes=1, attempts=1, created_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(export)
        session.flush()
        return {"saved_id": str(kept), "export_id": str(export.id)}


@pytest.fixture
def real(gateway: Gateway) -> Callable[[str], str]:
    """Turns a route's path into the address of something that is there."""
    hire(gateway.app.state.identity, "ah-hua", StaffRole.OPERATOR)
    version = gateway.app.state.cases.catalogue.version
    talk = gateway.open()
    gateway.app.state.conversations.change_owner(talk.id, Owner.QUEUE, "citizen", "asked")
    sheets = {
        name: drawn_sheet(gateway.database, gateway.app.state.drawing, name) for name in ("mei", "ah-hua")
    }
    final_sheet(gateway.app.state.quality, sheets["mei"])
    names = {
        "sheet_id": str(sheets["ah-hua"]), "own_id": str(sheets["mei"]),
        "number": file_case(gateway.app), "act": "comment", "username": "ah-hua", "view_id": "1",
        "code": "road_pothole", "version": version, "file_format": "yaml", "district": "64000050",
        "public_id": put_file(gateway), "closure_id": "1", "conversation_id": talk.id, "reply_id": "1",
        "call_back_id": "1", "notice_id": "1", "link_id": "1", "dead_id": "1", "endpoint_id": "1",
        "doing": "test",
        "batch": str(read_batch(gateway)), "news_id": str(draft_news(gateway)),
        "entry_id": next(iter(gateway.app.state.answers.shelf.base())),
        "name": FIGURES_REPORT, "ending": "csv", **report_files(gateway),
    }  # fmt: skip

    def address(path: str) -> str:
        url = re.sub(r"{(\w+)}", lambda found: names[found[1]], path)
        if path == "/console/reports/saved/new":
            return f"{url}?report={FIGURES_REPORT}"
        if path.endswith("/repeated-places/{number}"):
            return f"{url}?times=2"  # the case and that of the file lie at one place
        if path == "/console/reports/{name}":
            return "/console/reports/flow"
        if path.endswith("/points.json"):
            return f"{url}?box=22,23.5,120,121&zoom=12"
        if path.endswith("{entry_id}/difference"):
            return f"{url}?old=0&new=0"
        return f"{url}?old={version}&new={version}" if path.endswith("/difference") else url

    return address


def test_every_door_is_in_the_table(gateway: Gateway) -> None:
    assert {path for _, path in routes(gateway)} == set(DOORS)


@pytest.mark.parametrize("role", list(StaffRole))
def test_each_role_passes_its_own_doors_and_no_others(
    gateway: Gateway, signed_in: SignedIn, real: Callable[[str], str], role: StaffRole
) -> None:
    browser = signed_in(role, units=(HOME_UNIT,))
    token = browser.token("/console/account")
    for method, path in routes(gateway):
        needed = DOORS[path]
        if needed is OPEN:
            continue
        passes = all(may({role}, permission) for permission in needed)
        if passes and method == "GET":
            assert browser.get(real(path)).status_code in {200, 303}, path
        elif not passes:
            answer = _knock(browser, method, real(path), token)
            assert answer.status_code == 403, (method, path)
            assert "not_permitted" in answer.text, (method, path)


def test_nobody_passes_without_a_session(
    gateway: Gateway, stranger: Browser, real: Callable[[str], str]
) -> None:
    token = stranger.token()
    for method, path in routes(gateway):
        if DOORS[path] is OPEN:
            continue
        answer = _knock(stranger, method, real(path), token)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/console/login"), (method, path)


def test_a_handler_meets_nothing_of_another_units_cases(
    gateway: Gateway, signed_in: SignedIn, real: Callable[[str], str]
) -> None:
    """Not even that there is such a case: the answer is that of a number nobody has."""
    own = signed_in(StaffRole.HANDLER, username="own", units=(HOME_UNIT,))
    other = signed_in(StaffRole.HANDLER, username="other", units=(OTHER_UNIT,))
    token = other.token("/console/account")
    assert own.get(real("/console/cases/{number}")).status_code == 200
    for method, path in routes(gateway):
        if "/cases/{number}" not in path:
            continue
        answer = _knock(other, method, real(path), token)
        unknown = _knock(other, method, real(path.replace("{number}", "D20261101-000000")), token)
        passes = all(may({StaffRole.HANDLER}, permission) for permission in DOORS[path] or ())
        expected = 404 if passes else 403
        assert (answer.status_code, unknown.status_code) == (expected, expected), (method, path)
        assert _without_addresses(answer) == _without_addresses(unknown), (method, path)
    number = real("{number}")
    assert number not in other.get("/console/cases?state=all").text
    assert number in own.get("/console/cases?state=all").text
    assert number not in other.get(f"/console/cases?state=all&q={number}").text.partition("<tbody")[2]


def _knock(browser: Browser, method: str, url: str, token: str) -> httpx.Response:
    form = {} if method == "GET" else {"data": {"csrf": token}}
    return browser.client.request(method, url, follow_redirects=False, **form)


def _without_addresses(answer: httpx.Response) -> str:
    return re.sub(r"/console/cases/[A-Z0-9-]+[/a-z]*", "", answer.text)
