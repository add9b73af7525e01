"""Files and saved reports at the desk: by address, by button, by role."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.identity.rules import StaffRole
from gateway.outbox.models import OutboxMessage
from gateway.reports.exports.models import ReportExport
from gateway.reports.files.formats import MEDIA, Format
from gateway.reports.saved.models import ReportSchedule, SavedReport
from gateway.reports.saved.periods import Period, days_of
from tests.console.filing import file_case
from tests.console.people import Browser
from tests.in_process import Gateway
from tests.reports.samples import FIGURES, FORMULAS, Sample

SignedIn = Callable[..., Browser]
QUERY = "from=2026-11-01&to=2026-11-25"
SAVED, EXPORTS = "/console/reports/saved", "/console/exports"


@pytest.fixture(autouse=True)
def sample(gateway: Gateway) -> Sample:
    """A report of cases on the shelf, beside one of figures alone."""
    return put_samples(gateway.app)


def put_samples(app: FastAPI) -> Sample:
    made = Sample()
    shelf = app.state.reports._reports
    shelf["sample"], shelf["figures"] = made, Sample("figures", columns=FIGURES)
    app.state.settings.report_rows_at_once = 1_000
    return made


def exports(gateway: Gateway) -> list[ReportExport]:
    with gateway.database.read() as session:
        return list(session.scalars(select(ReportExport).order_by(ReportExport.id)))


def audited(gateway: Gateway, act: str) -> list[AuditEntry]:
    with gateway.database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.act == act)))


def until_made(gateway: Gateway) -> ReportExport:
    """The newest file, once the gateway's own worker has settled it."""
    while (export := exports(gateway)[-1]).state in {"queued", "running"}:
        asyncio.run(gateway.app.state.export_worker.make_due())
    return export


@pytest.mark.parametrize("file_format", list(Format))
def test_a_short_report_comes_at_once(
    gateway: Gateway, signed_in: SignedIn, sample: Sample, file_format: Format
) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    answer = boss.get(f"/console/reports/sample/file.{file_format}?{QUERY}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA[file_format]
    name = answer.headers["content-disposition"]
    assert re.fullmatch(rf'attachment; filename="sample-\d{{8}}-\d{{4}}\.{file_format}"', name)
    assert answer.headers["cache-control"] == "no-store"
    assert sample.heard[-1][0] == {"from": "2026-11-01", "to": "2026-11-25"}
    (entry,) = audited(gateway, "report.export")
    assert (entry.actor, entry.subject) == ("mei", "report:sample")
    assert entry.detail == {"asked": sample.heard[-1][0], "format": file_format, "rows": 3}
    if file_format is Format.JSON:
        assert json.loads(answer.text)["reader"]["username"] == "mei"
    if file_format is Format.CSV:
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert ["製表人", "林小美 (mei)"] in rows


def test_relative_periods_are_understood_in_addresses(signed_in: SignedIn, sample: Sample) -> None:
    signed_in(StaffRole.SUPERVISOR).get("/console/reports/sample/file.csv?period=last_month&by=item")
    asked = sample.heard[-1][0]
    assert set(asked) == {"by", "from", "to"}
    assert asked["from"].endswith("-01")


def test_units_bound_what_a_file_holds(signed_in: SignedIn, sample: Sample) -> None:
    signed_in(StaffRole.SUPERVISOR, units=("養工處",)).get("/console/reports/sample/file.csv")
    assert sample.heard[-1][1].units == frozenset({"養工處"})
    signed_in(StaffRole.RESEARCHER, username="yan", units=("養工處",)).get("/console/reports/sample/file.csv")
    assert (sample.heard[-1][1].units, sample.heard[-1][1].sealed) == (None, False)


def test_refusals(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    assert boss.get("/console/reports/none/file.csv").status_code == 404
    assert boss.get("/console/reports/sample/file.exe").status_code == 422
    wrong = boss.get("/console/reports/sample/file.ods?from=2026-12-01&to=2026-11-01")
    assert (wrong.status_code, "from is after to" in wrong.text) == (422, True)
    admin = signed_in(StaffRole.ADMINISTRATOR, username="root")
    assert admin.get("/console/reports/sample/file.csv").status_code == 403, "it names cases"
    assert admin.get("/console/reports/figures/file.csv").status_code == 200
    assert len(audited(gateway, "report.export")) == 1


def test_a_long_report_is_made_in_the_background_and_fetched(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    asked = boss.get(f"/console/reports/sample/file.csv?rows=1200&{QUERY}")
    assert (asked.status_code, asked.headers["location"]) == (303, EXPORTS)
    export = until_made(gateway)
    page = boss.get(EXPORTS)
    assert "已完成" in page.text
    assert 'hx-trigger="every 2s"' not in page.text, "nothing moves any more"
    url = f"{EXPORTS}/{export.id}/file"
    assert url in page.text
    answer = boss.get(url)
    assert answer.status_code == 200
    assert "sample-" in answer.headers["content-disposition"]
    assert len(answer.content) == export.bytes
    assert [entry.detail["export"] for entry in audited(gateway, "report.download")] == [export.id]
    other = signed_in(StaffRole.SUPERVISOR, username="other")
    assert (other.get(url).status_code, other.get(f"{EXPORTS}/99/file").status_code) == (404, 404)
    assert other.post(f"{EXPORTS}/{export.id}/delete").status_code == 404
    assert "sample" not in other.get(EXPORTS).text
    assert boss.post(f"{EXPORTS}/{export.id}/delete").status_code == 303
    assert boss.get(url).status_code == 404
    assert not list(gateway.app.state.exports.folder.iterdir())


def test_progress_is_on_a_page_that_refreshes_itself(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    with gateway.database.write() as session:
        session.add(
            ReportExport(
                owner="mei",
                report="sample",
                asked={"period": "last_month", "by": "item"},
                format="ods",
                language="zh-TW",
                state="running",
                permission="cases.export",
                units=None,
                sealed=False,
                rows_done=50_000,
                rows_total=200_000,
                attempts=1,
                created_at=datetime.now(UTC),
                leased_until=datetime(2099, 1, 1, tzinfo=UTC),
            )
        )
    page = boss.get(EXPORTS).text
    assert 'hx-get="/console/exports" hx-trigger="every 2s"' in page
    assert '<progress max="100" value="25"' in page
    assert "50,000／200,000 列" in page
    assert "上個月、by: item" in page
    assert "取消製作" in page


def test_a_failure_says_why(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    boss.get("/console/reports/sample/file.xlsx?rows=1200")
    gateway.app.state.reports._reports.pop("sample")
    with gateway.database.write() as session:
        export = session.scalars(select(ReportExport)).one()
        export.state, export.problem = (
            "failed",
            {"code": "x", "zh": "資料太多", "en": "Too much", "detail": ""},
        )
    assert "資料太多" in boss.get(EXPORTS).text


def test_the_page_to_print(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    page = boss.get(f"/console/reports/sample/file.html?{QUERY}")
    assert page.status_code == 200
    for text in ("示範報表", "2026-11-01 – 2026-11-25", "林小美 (mei)", "98.77%", "1:02:05", "12,345,678"):
        assert text in page.text
    assert "style=" not in page.text
    assert f'href="/console/reports/sample?{QUERY.replace("&", "&amp;")}"' in page.text
    long = boss.get("/console/reports/sample/file.html?rows=1200").text
    assert "超過 1,000 列" in long
    assert "路面坑洞" not in long
    assert [entry.detail["format"] for entry in audited(gateway, "report.export")] == ["html", "html"]
    assert exports(gateway) == []


def test_markup_in_a_cell_stays_text(signed_in: SignedIn, sample: Sample) -> None:
    sample.title = ("<script>alert(1)</script>", "x")
    page = signed_in(StaffRole.SUPERVISOR).get("/console/reports/sample/file.html")
    assert "<script>alert" not in page.text
    assert FORMULAS[0] not in page.text


def location(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def keep(browser: Browser, **fields: str) -> httpx.Response:
    given = {"name": "上月依限", "report": "sample", "asked": f"?{QUERY}&by=agency", **fields}
    return browser.post(SAVED, seen="/console/account", **given)


def saved(gateway: Gateway) -> SavedReport:
    with gateway.database.read() as session:
        return session.scalars(select(SavedReport).order_by(SavedReport.id.desc())).first()  # type: ignore[return-value]


def test_a_report_is_saved_with_a_word_and_opened_with_days(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    form = boss.get(f"{SAVED}/new?report=sample&asked={QUERY.replace('&', '%26')}").text
    assert "2026-11-01 – 2026-11-25" in form
    assert location(keep(boss, period="last_half", shared="yes")) == SAVED
    kept = saved(gateway)
    assert kept.asked == {"by": "agency", "period": "last_half"}
    assert "上月依限" in boss.get(SAVED).text
    to = urlsplit(location(boss.get(f"{SAVED}/{kept.id}")))
    today = gateway.app.state.cases.clock().astimezone(gateway.app.state.frame._zone).date()
    first, last = days_of(Period.LAST_HALF, today)
    assert to.path == "/console/reports/sample"
    assert parse_qs(to.query) == {"by": ["agency"], "from": [str(first)], "to": [str(last)]}


def test_days_as_they_stand(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    keep(boss)
    assert location(boss.get(f"{SAVED}/{saved(gateway).id}")) == f"/console/reports/sample?{QUERY}&by=agency"


def test_what_cannot_be_saved(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    refused = keep(boss, name=" ", period="last_month")
    assert (refused.status_code, "請填寫名稱" in refused.text) == (422, True)
    assert '<option value="last_month" selected>' in refused.text
    assert keep(boss, report="none").status_code == 404
    assert boss.get(f"{SAVED}/new?report=none").status_code == 404
    assert boss.get(f"{SAVED}/1").status_code == 404


def test_shared_renamed_and_deleted(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR, units=("養工處",))
    peer = signed_in(StaffRole.SUPERVISOR, username="peer", units=("養工處",))
    other = signed_in(StaffRole.SUPERVISOR, username="other", units=("水利局",))
    keep(boss)
    url = f"{SAVED}/{saved(gateway).id}"
    assert [one.get(url).status_code for one in (boss, peer, other)] == [303, 404, 404]
    assert location(boss.post(url, name="新名稱", shared="yes")) == SAVED
    assert [one.get(url).status_code for one in (boss, peer, other)] == [303, 303, 404]
    assert "新名稱" in peer.get(SAVED).text
    assert "更名" not in peer.get(SAVED).text, "who does not own it finds no button"
    for act in ("", "/delete", "/schedule", "/schedule/stop"):
        answer = peer.post(f"{url}{act}", name="x", every="day", hour="8", recipients="a@b.tw")
        assert answer.status_code == 404, act
    assert boss.post(url, name="").status_code == 422
    assert location(boss.post(f"{url}/delete")) == SAVED
    assert boss.get(url).status_code == 404


def test_sent_by_e_mail_until_it_is_stopped(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    answer = keep(boss, then="schedule", period="yesterday")
    url = location(answer)
    assert url == f"{SAVED}/{saved(gateway).id}/schedule"
    page = boss.get(url).text
    assert "WST_PUBLIC_URL" in page
    assert "WST_SMTP_HOST" in page
    form = {"every": "week", "week_day": "3", "hour": "9", "month_day": "1"}
    wrong = boss.post(url, **form, recipients="a@city.gov.tw, x@y")
    assert (wrong.status_code, "x@y" in wrong.text) == (422, True)
    assert boss.post(url, **{**form, "hour": "24"}, recipients="a@city.gov.tw").status_code == 422
    assert (
        location(boss.post(url, **form, working_days="yes", recipients="a@city.gov.tw\nb@city.gov.tw")) == url
    )
    assert "定期寄送中" in boss.get(url).text
    with gateway.database.write() as session:
        sent = session.scalars(select(ReportSchedule)).one()
        assert (sent.every, sent.day, sent.hour, sent.working_days) == ("week", 3, 9, True)
        sent.working_days, sent.next_at = False, datetime(2026, 1, 7, 1, tzinfo=UTC)
    gateway.app.state.report_sending.mind()
    with gateway.database.read() as session:
        letters = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "report.schedule")).all()
    assert [letter.recipient for letter in letters] == ["a@city.gov.tw", "b@city.gov.tw"]
    assert "已存報表" in letters[0].payload["text"], "without an address it says where to look"
    assert location(boss.post(f"{url}/stop")) == url
    assert "由設定人停止" in boss.get(url).text
    assert [entry.act for entry in audited(gateway, "report.scheduled")] == ["report.scheduled"]


@pytest.fixture
def english(signed_in: SignedIn) -> Iterator[Browser]:
    browser = signed_in(StaffRole.SUPERVISOR)
    browser.post("/console/preferences", language="en")
    yield browser


def test_english_pages(gateway: Gateway, english: Browser) -> None:
    keep(english, period="last_month")
    page = english.get(SAVED).text
    assert "Sample report" in page
    assert "Last month, by: agency" in page
    assert "How often" in english.get(f"{SAVED}/{saved(gateway).id}/schedule").text
    assert english.get("/console/reports/figures/file.csv").text.lstrip("\ufeff").startswith("Sample report")


def test_a_list_of_cases_is_whole_in_a_file(gateway: Gateway, signed_in: SignedIn) -> None:
    """A page shows the first; a file holds all, read a few at a time, and as many as it says."""
    boss = signed_in(StaffRole.SUPERVISOR)
    numbers = {file_case(gateway.app, hours_ago=200) for _ in range(3)}
    gateway.app.state.ledger.gather_all()
    for report in ("cases", "untouched?days=1"):
        name, _, query = report.partition("?")
        answer = boss.get(f"/console/reports/{name}/file.json?{query}")
        assert answer.status_code == 200, answer.text
        rows = json.loads(answer.text)["rows"]
        assert {row["number"] for row in rows} == numbers, report
    page = boss.get("/console/reports/cases").text
    for ending in ("ods", "xlsx", "csv", "json", "html"):
        assert f'href="/console/reports/cases/file.{ending}"' in page
    printed = boss.get("/console/reports/cases/file.html").text
    assert all(number in printed for number in numbers)


def test_a_long_list_of_cases_is_made_in_the_background(gateway: Gateway, signed_in: SignedIn) -> None:
    gateway.app.state.settings.report_rows_at_once = 2
    boss = signed_in(StaffRole.SUPERVISOR)
    numbers = [file_case(gateway.app) for _ in range(3)]
    gateway.app.state.ledger.gather_all()
    assert location(boss.get("/console/reports/cases/file.csv")) == EXPORTS
    export = until_made(gateway)
    assert (export.state, export.rows_done) == ("done", 3)
    text = boss.get(f"{EXPORTS}/{export.id}/file").text
    assert all(number in text for number in numbers)


def test_every_report_there_is_becomes_every_file(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR, StaffRole.RESEARCHER)
    for report in gateway.app.state.reports:
        for ending in ("ods", "xlsx", "csv", "json", "html"):
            answer = boss.get(f"/console/reports/{report.name}/file.{ending}")
            assert answer.status_code == 200, (report.name, ending, answer.text[:200])
            if ending == "json":
                assert json.loads(answer.text)["reader"]["username"] == "mei"
            elif ending in {"csv", "html"}:
                assert report.title[0] in answer.text, (report.name, ending)
