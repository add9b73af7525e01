"""The half-year report and its outside figures in the console: read, taken away, entered, corrected."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import httpx
import pytest
from odf.opendocument import load
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.identity.rules import StaffRole
from gateway.reports.figures.book import Way, editions
from gateway.reports.figures.catalogue import figures
from gateway.reports.figures.models import ReportFigure
from gateway.reports.figures.months import Month
from gateway.reports.figures.reading import read_csv
from tests.console.people import Browser
from tests.in_process import Gateway
from tests.reports.figures.books import MEI
from tests.reports.half_year.conftest import FED

SignedIn = Callable[..., Browser]
REPORT, FIGURES = "/console/reports/half-year", "/console/reports/figures"
HALF = "from=2018-07-01&to=2018-12-31"
JULY = Month(2018, 7)


@pytest.fixture
def researcher(signed_in: SignedIn) -> Browser:
    return signed_in(StaffRole.RESEARCHER)


@pytest.fixture
def fed(gateway: Gateway) -> Gateway:
    """A gateway with the city's figures of 2018."""
    book = gateway.app.state.figure_book
    book.take(read_csv(FED.read_bytes(), figures(), book.this_month()), MEI, Way.IMPORT, of=FED.name)
    return gateway


def audited(gateway: Gateway, act: str) -> list[AuditEntry]:
    with gateway.database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.act == act)))


def kept(gateway: Gateway, code: str) -> list[str | None]:
    """Every edition of July's figure, the first one first."""
    with gateway.database.read() as session:
        found = editions(session, JULY).get(code, [])
    return [None if one.value is None else f"{one.value.normalize():f}" for one in reversed(found)]


@pytest.mark.usefixtures("fed")
def test_the_report_as_a_page(researcher: Browser) -> None:
    page = researcher.get(f"{REPORT}?{HALF}").text
    assert "1999專線本期共處理來電434,901通※，服務水準為98.16%※。" in page
    assert "民國107年7月1日至12月31日" in page
    assert "人工填報／匯入" in page
    assert "mei於" in page
    assert f"{FIGURES}?month=2018-12" in page
    for kind in ("txt", "json", "ods", "odt"):
        assert f"{REPORT}/report.{kind}?from=2018-07&amp;to=2018-12" in page


@pytest.mark.usefixtures("fed")
def test_in_english_with_the_sentences_in_chinese(researcher: Browser) -> None:
    researcher.post("/console/preferences", language="en", back=REPORT)
    page = researcher.get(f"{REPORT}?from=2018-07&to=2018-12").text
    assert "1999 service report, July to December 2018" in page
    assert "Mayor&#39;s mailbox" in page
    assert 'lang="zh-Hant-TW"><p>1999專線' in page


@pytest.mark.parametrize("asked", ["from=2018-12&to=2018-07", "from=2008-01&to=2018-12", "from=x&to=2018-12"])
def test_a_period_that_cannot_be(researcher: Browser, asked: str) -> None:
    page = researcher.get(f"{REPORT}?{asked}")
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    file = researcher.get(f"{REPORT}/report.json?{asked}")
    assert file.status_code == 422


def test_the_files_are_the_report_and_audited(fed: Gateway, researcher: Browser) -> None:
    for kind in ("txt", "json", "ods", "odt"):
        file = researcher.get(f"{REPORT}/report.{kind}?{HALF}")
        assert file.status_code == 200
        assert f'filename="half-year-201807-201812.{kind}"' in file.headers["content-disposition"]
        if kind == "json":
            assert json.loads(file.content)["period"]["from"] == "2018-07-01"
        elif kind != "txt":
            assert load(io.BytesIO(file.content)).mimetype == file.headers["content-type"]
    told = [(one.actor, one.detail["format"]) for one in audited(fed, "report.file")]
    assert told == [("mei", kind) for kind in ("text", "json", "ods", "odt")]


def test_entered_corrected_and_taken_back(gateway: Gateway, researcher: Browser) -> None:
    url = f"{FIGURES}?month=107年7月"
    assert "107年7月" in researcher.get(url).text
    sent = researcher.post(
        url, **{"value-calls": "72,484", "value-service_level": "98.1%", "source": "七月月報"}
    )
    assert sent.status_code == 303
    assert "新增 2 項、更正 0 項" in researcher.get(sent.headers["location"]).text
    page = researcher.get(url).text
    assert 'name="value-calls" value="72,484"' in page
    assert 'name="value-service_level" value="98.10"' in page
    assert "七月月報" in page
    seen = {"edition-calls": "1", "edition-service_level": "1"}
    researcher.post(url, **seen, **{"value-calls": "72485", "value-service_level": "98.10", "source": "更正"})
    assert kept(gateway, "calls") == ["72484", "72485"]
    assert kept(gateway, "service_level") == ["98.1"]
    assert "歷次填報（1）" in researcher.get(url).text
    researcher.post(url, **{"edition-calls": "2", "value-calls": "", "source": "誤填"})
    assert kept(gateway, "calls") == ["72484", "72485", None]
    assert "撤回" in researcher.get(url).text
    changes = [one.detail["changes"] for one in audited(gateway, "figures.hand")]
    assert changes[1] == [{"month": "2018-07", "figure": "calls", "before": "72484.0000", "after": "72485"}]


def test_mistakes_are_told_and_nothing_is_kept(gateway: Gateway, researcher: Browser) -> None:
    url = f"{FIGURES}?month=2018-07"
    sent = researcher.post(url, **{"value-calls": "many", "value-dispatch": "5", "value-nothing": "1"})
    assert sent.status_code == 422
    assert 'id="wrong-calls"' in sent.text
    assert 'value="many"' in sent.text
    without_source = researcher.post(url, **{"value-dispatch": "5"})
    assert without_source.status_code == 422
    assert 'id="source-error"' in without_source.text
    assert kept(gateway, "dispatch") == []
    same = researcher.post(url, **{"value-calls": ""})
    assert "沒有變更" in researcher.get(same.headers["location"]).text


def test_over_an_older_edition_nothing_is_written(gateway: Gateway, researcher: Browser) -> None:
    url = f"{FIGURES}?month=2018-07"
    researcher.post(url, **{"value-calls": "1", "source": "a"})
    late = researcher.post(url, **{"value-calls": "2", "edition-calls": "0", "source": "a"})
    assert late.status_code == 409
    assert kept(gateway, "calls") == ["1"]


def send_file(browser: Browser, content: bytes) -> httpx.Response:
    return browser.client.post(
        f"{FIGURES}/import", data={"csrf": browser.token("/console/account")},
        files={"file": ("figures.csv", content, "text/csv")}, follow_redirects=False,
    )  # fmt: skip


def test_a_file_is_taken_in_on_the_page(gateway: Gateway, researcher: Browser) -> None:
    sent = send_file(researcher, FED.read_bytes())
    assert sent.headers["location"] == f"{FIGURES}?month=2018-12"
    assert "新增 288 項、更正 0 項、未變 0 項" in researcher.get(sent.headers["location"]).text
    again = send_file(researcher, FED.read_bytes())
    assert "新增 0 項、更正 0 項、未變 288 項" in researcher.get(again.headers["location"]).text
    (entry,) = audited(gateway, "figures.import")
    assert (entry.actor, entry.role, entry.detail["of"]) == ("mei", "researcher", "figures.csv")
    assert kept(gateway, "calls") == ["69929"]


def test_a_file_with_mistakes_is_told_line_by_line(gateway: Gateway, researcher: Browser) -> None:
    wrong = FED.read_bytes() + b"2018-07,nothing,1,a\n2018-07,calls,<b>,a\n"
    page = send_file(researcher, wrong)
    assert page.status_code == 422
    assert "<strong>第 290 行</strong>" in page.text
    assert "「&lt;b&gt;」不是數字" in page.text
    assert kept(gateway, "calls") == []
    many = send_file(researcher, b"month,figure,value,source\n" + b"x,calls,1,a\n" * 60)
    assert "另有 10 個錯誤" in many.text
    assert send_file(researcher, b"").status_code == 303
    assert send_file(researcher, "月份".encode("big5")).status_code == 422


@pytest.mark.parametrize("month", ["2999-01", "2100-01", "x"])
def test_no_month_that_has_not_begun(researcher: Browser, month: str) -> None:
    assert researcher.get(f"{FIGURES}?month={month}").status_code == 422
    assert researcher.post(f"{FIGURES}?month={month}", **{"value-calls": "1"}).status_code == 422


def test_who_only_reads_is_offered_no_entering(gateway: Gateway, signed_in: SignedIn) -> None:
    auditor = signed_in(StaffRole.AUDITOR, username="auditor")
    page = auditor.get(REPORT)
    assert page.status_code == 200
    assert FIGURES not in page.text
    assert auditor.post(FIGURES, **{"value-calls": "1"}).status_code == 403
    with gateway.database.read() as session:
        assert session.scalars(select(ReportFigure)).all() == []


def test_the_reports_stand_on_the_shelf(gateway: Gateway) -> None:
    assert {"half-year", "outside-figures"} <= {report.name for report in gateway.app.state.reports}


@pytest.mark.usefixtures("fed")
def test_they_stand_beside_other_reports_with_files_of_their_own(researcher: Browser) -> None:
    page = researcher.get(f"/console/reports/outside-figures?{HALF}")
    assert page.status_code == 200
    assert "69,929" in page.text
    assert "市府107年下半年工作報告；各月為測試用分攤" in page.text
    overview = researcher.get("/console/reports").text
    assert f'href="{REPORT}' in overview
    for name, cell in (("outside-figures", "69929"), ("half-year", "434901")):
        file = researcher.get(f"/console/reports/{name}/file.csv?{HALF}")
        assert file.status_code == 200
        assert cell in file.text
    assert "全民督工已回復" in researcher.get("/console/reports/definitions").text
