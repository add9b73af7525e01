"""The catalogue's pages: everybody reads, few change; a change is seen before it is a version."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_exchange import as_file, from_file
from gateway.cases.catalogue_store import VersionNote
from gateway.cases.models import Case, CaseDue
from gateway.channels.guards import body_limit
from gateway.console.item_form import shown
from gateway.console.routes_catalogue_edit import FILE_MAX_BYTES
from gateway.identity.rules import GRANTS, Permission, StaffRole
from tests.console.filing import file_case
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
ITEM = "/console/catalogue/items/road_pothole"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_TAIPEI = ZoneInfo("Asia/Taipei")


def versions(app: FastAPI) -> list[VersionNote]:
    with app.state.database.read() as session:
        return list(app.state.catalogues.store.versions(session))


def in_force(app: FastAPI) -> Catalogue:
    with app.state.database.read() as session:
        found: Catalogue = app.state.catalogues.in_force(session)
        return found


def typed(app: FastAPI, **texts: str) -> dict[str, str]:
    """The form of the item, as its page shows it, typed over here and there."""
    catalogue = in_force(app)
    return {**shown(catalogue.item("road_pothole")), "based_on": versions(app)[0].version, **texts}


def hidden(page: httpx.Response) -> dict[str, str]:
    """What the last form of a page carries."""
    form = page.text.rpartition("<form")[2]
    return {name: unescape(value) for name, value in _HIDDEN.findall(form)}


def publish(
    browser: Browser, app: FastAPI, *, effective: str = "", reason: str = "測試", **texts: str
) -> str:
    """Change the item, look, and publish; where one is led."""
    seen = browser.post(f"{ITEM}/preview", **typed(app, **texts))
    assert seen.status_code == 200, seen.text
    fields = {**hidden(seen), "effective": effective, "reason": reason}
    sent = browser.post(f"{ITEM}/publish", **{k: v for k, v in fields.items() if k != "csrf"})
    return str(sent.headers.get("location"))


def codes(browser: Browser, query: str = "") -> list[str]:
    page = browser.get(f"/console/catalogue?size=100&{query}").text
    return re.findall(r'href="/console/catalogue/items/(\w+)"', page)


def test_all_of_the_staff_read_and_few_change(gateway: Gateway, signed_in: SignedIn) -> None:
    for number, role in enumerate(StaffRole):
        browser = signed_in(role, username=f"staff-{number}", units=("養工處",))
        for path in ("", "/items/road_pothole", "/versions", "/export/yaml"):
            assert browser.get(f"/console/catalogue{path}").status_code == 200, (role, path)
        editor = role in GRANTS[Permission.CATALOGUE_EDIT]
        assert ('id="edit"' in browser.get(ITEM).text) is editor
        assert browser.get("/console/catalogue/import").status_code == (200 if editor else 403)
        forms = {
            f"{ITEM}/preview": (200, typed(gateway.app, keywords="坑洞")),
            f"{ITEM}/publish": (409, {"changes": '{"keywords": ["坑"]}', "based_on": "old", "reason": "x"}),
            "/console/catalogue/import": (422, {}),
            "/console/catalogue/import/publish": (422, {"content": "x"}),
            "/console/catalogue/versions/none/withdraw": (404, {}),
        }
        for path, (status, fields) in forms.items():
            assert browser.post(path, **fields).status_code == (status if editor else 403), (role, path)
    assert len(versions(gateway.app)) == 1


def test_items_are_searched_filtered_and_sorted(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.EDITOR)
    shipped = Catalogue.load()
    assert sorted(codes(browser)) == sorted(shipped.items)
    assert codes(browser, "q=%E5%A4%A9%E5%9D%91") == [
        code for code in codes(browser) if "天坑" in shipped.item(code).keywords + shipped.item(code).examples
    ]
    assert "road_pothole" in codes(browser, "q=POTHOLE")
    petitions = codes(browser, "kind=petition")
    assert petitions
    assert all(shipped.item(code).kind == "petition" for code in petitions)
    assert set(codes(browser, "limit=example")) | set(codes(browser, "limit=sourced")) == set(shipped.items)
    assert not set(codes(browser, "limit=example")) & set(codes(browser, "limit=sourced"))
    for code in codes(browser, "security=confidential"):
        assert shipped.item(code).confidentiality == "confidential"
    main = shipped.item("road_pothole").main_zh
    assert set(codes(browser, f"group={main}")) == {
        i.code for i in shipped.items.values() if i.main_zh == main
    }
    assert codes(browser, "sort=-name") == codes(browser, "sort=name")[::-1]
    assert codes(browser, "q=nothing-like-this") == []


def test_an_item_shows_its_limits_with_where_they_come_from(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    for code, item in Catalogue.load().items.items():
        page = unescape(browser.get(f"/console/catalogue/items/{code}").text)
        for limit in (item.inspection, item.completion):
            assert limit is None or (limit.source in page and ("示範值" in page) >= limit.example), code
    assert browser.get("/console/catalogue/items/nothing").status_code == 404


def test_a_change_is_seen_then_in_force_and_old_cases_keep_theirs(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    app, browser = gateway.app, signed_in(StaffRole.SUPERVISOR)
    before = file_case(app)
    seen = browser.post(f"{ITEM}/preview", **typed(app, completion_amount="2", completion_unit="hours"))
    assert "<del>" in seen.text
    assert "2 小時" in seen.text
    assert len(versions(app)) == 1
    assert publish(browser, app, completion_amount="2", completion_unit="hours", reason="雨季") == ITEM
    made = versions(app)[0]
    assert (made.reason, made.created_by) == ("雨季", "mei")
    after = file_case(app)
    assert "2 小時" in browser.get(ITEM).text
    with app.state.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "catalogue.publish")).one()
        assert (entry.role, entry.subject) == ("supervisor", f"catalogue:{made.version}")
    due = {number: _completion_hours(app, number) for number in (before, after)}
    assert due[after] == 2
    assert due[before] > 2


def _completion_hours(app: FastAPI, number: str) -> float:
    query = select(CaseDue, Case.received_at).join(Case, Case.id == CaseDue.case_id)
    with app.state.database.read() as session:
        row = session.execute(query.where(Case.number == number, CaseDue.stage == "completion")).one()
        return float((row[0].due_at - row[1]) / timedelta(hours=1))


def test_a_planned_version_waits_and_can_be_withdrawn(gateway: Gateway, signed_in: SignedIn) -> None:
    app, browser = gateway.app, signed_in(StaffRole.ADMINISTRATOR)
    day = f"{datetime.now(_TAIPEI) + timedelta(days=30):%Y-%m-%dT%H:%M}"
    assert publish(browser, app, effective=day, keywords="月坑") == ITEM
    planned, now = versions(app)
    assert f"{planned.effective_from.astimezone(_TAIPEI):%Y-%m-%dT%H:%M}" == day
    assert in_force(app).version == now.version
    assert planned.version in browser.get("/console/catalogue").text
    page = browser.get(ITEM).text
    assert "尚未生效的修改" in page
    assert "月坑</textarea>" in page
    listed = browser.get("/console/catalogue/versions").text
    assert "已排定" in listed
    url = f"/console/catalogue/difference?old={now.version}&new={planned.version}"
    assert url.replace("&", "&amp;") in listed
    assert "月坑" in browser.get(url).text
    assert browser.post(f"/console/catalogue/versions/{now.version}/withdraw").status_code == 409
    assert browser.post(f"/console/catalogue/versions/{planned.version}/withdraw").status_code == 303
    assert [note.version for note in versions(app)] == [now.version]


@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ({}, 422, "內容與最新版本相同"),
        ({"completion_amount": "soon"}, 422, "soon"),
        ({"completion_due_time": "25:99"}, 422, "25:99"),
        ({"owner_rules": "月世界 → 養工處"}, 422, "月世界"),
        ({"owner_default": "不存在處"}, 422, "不存在處"),
        ({"reply_zh": "{magic}"}, 422, "magic"),
        ({"examples": ""}, 422, "examples"),
        ({"name_zh": ""}, 422, "name_zh"),
    ],
)
def test_what_cannot_be_an_item_is_told_and_what_was_typed_is_kept(
    gateway: Gateway, signed_in: SignedIn, wrong: dict[str, str], status: int, told: str
) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    page = browser.post(f"{ITEM}/preview", **typed(gateway.app, **wrong))
    assert page.status_code == status
    assert told in page.text.partition('role="alert"')[2].partition("</p>")[0]
    for text in wrong.values():
        assert text in unescape(page.text)


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"reason": ""}, 422, ""),
        ({"effective": "2020-01-01T08:00"}, 422, "不得早於現在"),
        ({"effective": "tomorrow"}, 422, "tomorrow"),
        ({"based_on": "somebody-else's"}, 409, "已有更新的版本"),
    ],
)
def test_what_cannot_be_published_is_told_and_nothing_typed_is_lost(
    gateway: Gateway, signed_in: SignedIn, fields: dict[str, str], status: int, told: str
) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    seen = hidden(browser.post(f"{ITEM}/preview", **typed(gateway.app, keywords="月坑")))
    del seen["csrf"]
    page = browser.post(f"{ITEM}/publish", **{**seen, "reason": "雨季", **fields})
    assert page.status_code == status
    assert told in page.text.partition('role="alert"')[2].partition("</p>")[0]
    assert hidden(page)["changes"] == seen["changes"]
    assert f'value="{fields.get("reason", "雨季")}"' in page.text
    assert len(versions(gateway.app)) == 1


def test_the_code_of_an_item_is_not_changed_by_a_forged_form(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    basis = versions(gateway.app)[0].version
    for changes in ('{"code": "other_code"}', "[1]", "no json", '{"unknown": 1}'):
        sent = browser.post(f"{ITEM}/publish", changes=changes, based_on=basis, reason="x")
        assert sent.status_code == 422, changes
    assert len(versions(gateway.app)) == 1


def _upload(browser: Browser, name: str, data: bytes) -> httpx.Response:
    return browser.client.post(
        "/console/catalogue/import", data={"csrf": browser.token("/console/account")},
        files={"file": (name, data)}, follow_redirects=False,
    )  # fmt: skip


def test_a_file_that_changes_a_kind_is_refused(gateway: Gateway, signed_in: SignedIn) -> None:
    app, browser = gateway.app, signed_in(StaffRole.ADMINISTRATOR)
    text = browser.get("/console/catalogue/export/yaml").text
    changed = text.replace("  kind: dispatch\n", "  kind: public_works_report\n", 1)
    seen = _upload(browser, "new.yml", changed.encode())
    assert seen.status_code == 422
    assert "不能修改" in seen.text
    forged = {"content": changed, "based_on": versions(app)[0].version}
    assert browser.post("/console/catalogue/import/publish", **forged, reason="x").status_code == 422
    assert len(versions(app)) == 1


@pytest.mark.parametrize(("name", "file_format"), [("new.yml", "yaml"), ("NEW.ODS", "ods")])
def test_a_file_is_seen_and_then_published(
    gateway: Gateway, signed_in: SignedIn, name: str, file_format: str
) -> None:
    app, browser = gateway.app, signed_in(StaffRole.ADMINISTRATOR)
    export = browser.get(f"/console/catalogue/export/{file_format}")
    assert re.search(r'filename="catalogue-\w+\.(yml|ods)"', export.headers["content-disposition"])
    content = from_file(export.content, file_format)
    assert content == in_force(app).content
    again = _upload(browser, name, export.content)
    assert (again.status_code, "內容與最新版本相同" in again.text) == (422, True)
    items = tuple(
        i.model_copy(update={"name_zh": "月坑"}) if i.code == "road_pothole" else i for i in content.items
    )
    seen = _upload(browser, name, as_file(content.model_copy(update={"items": items}), file_format))
    assert seen.status_code == 200
    assert "<ins>月坑</ins>" in seen.text
    assert len(versions(app)) == 1
    fields = {key: value for key, value in hidden(seen).items() if key != "csrf"}
    sent = browser.post("/console/catalogue/import/publish", **fields, reason="年度檢討")
    assert sent.headers["location"] == "/console/catalogue/versions"
    assert in_force(app).item("road_pothole").name_zh == "月坑"
    old = versions(app)[1].version
    former = browser.get(f"/console/catalogue/export/{file_format}?version={old}")
    assert from_file(former.content, file_format) == content


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("new.txt", b"units: []", ".yml"),
        ("new.yml", b"units: [", "not valid YAML"),
        ("new.ods", b"PK\x03\x04 no spreadsheet", ""),
        ("new.yml", b"units: []", "Field required"),
        ("new.yml", b"#" * (FILE_MAX_BYTES + 1), "larger than 1024 KB"),
        ("", b"", ""),
    ],
)
def test_a_file_that_is_no_catalogue_is_told(signed_in: SignedIn, name: str, data: bytes, told: str) -> None:
    page = _upload(signed_in(StaffRole.ADMINISTRATOR), name, data)
    assert page.status_code == 422
    assert told in page.text.partition('role="alert"')[2].partition("</p>")[0]


def test_the_whole_catalogue_fits_through_the_door() -> None:
    """A file of the largest size comes back percent-encoded, three signs a byte, with room to spare."""
    assert body_limit("/console/catalogue/import/publish") > 3 * FILE_MAX_BYTES
    assert body_limit("/console/catalogue") == body_limit("/console/accounts")
