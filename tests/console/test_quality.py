"""Quality sheets in the console: drawn, assessed, answered, averaged, by who may."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.identity.rules import StaffRole
from gateway.quality import reading
from gateway.quality.models import QualitySheet
from gateway.quality.standard import standard
from gateway.quality.views import Sheet
from tests.console.people import Browser, hire
from tests.in_process import Gateway
from tests.quality.talks import CHIEF, ENDED, drawn_sheet, ended_talks, final_sheet

SignedIn = Callable[..., Browser]
BASE = "/console/quality"
OCTOBER = {"first": "2026-10-01", "last": "2026-10-31", "size": "2"}


@pytest.fixture
def boss(signed_in: SignedIn) -> Browser:
    return signed_in(StaffRole.SUPERVISOR, username="boss")


@pytest.fixture
def sheet_id(gateway: Gateway) -> int:
    """A sheet of mei's, as it was drawn."""
    return drawn_sheet(gateway.database, gateway.app.state.drawing, "mei")


def read(gateway: Gateway, sheet_id: int) -> Sheet:
    with gateway.database.read() as session:
        return reading.sheet(session, sheet_id)


def audited(gateway: Gateway, act: str) -> list[AuditEntry]:
    with gateway.database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.act == act)))


def points(share: float = 1.0, **changes: str) -> dict[str, str]:
    """The fields of a whole form."""
    fields = {f"points-{one.code}": f"{int(one.weight * share)}" for one in standard().criteria}
    return {**fields, "comment": "總評", **changes}


def test_drawn_in_the_console_once(gateway: Gateway, boss: Browser) -> None:
    hire(gateway.app.state.identity, "mei", StaffRole.OPERATOR, name="林小美")
    ended_talks(gateway.database, "mei", 6)
    assert "尚未抽樣" in boss.get(f"{BASE}/draws").text
    assert boss.post(f"{BASE}/draws", **OCTOBER).status_code == 303
    assert "已從 1 位話務人員抽出 2 件" in boss.get(f"{BASE}/draws").text
    boss.post(f"{BASE}/draws", **OCTOBER)
    page = boss.get(f"{BASE}/draws").text
    assert "樣本不變" in page
    assert "重抽結果相同" in page
    assert boss.post(f"{BASE}/draws", **OCTOBER, turn="2").status_code == 303
    with gateway.database.read() as session:
        rows, total = reading.sheets(session, [], sort="ended", descending=True, offset=0, limit=9)
        seeds = [one.seed for one in reading.draws(session)[0]]
    assert (total, len(rows)) == (4, 4)
    assert [entry.detail["seed"] for entry in audited(gateway, "quality.draw")] == seeds[::-1]
    assert "林小美" in boss.get(f"{BASE}?operator=mei&state=drawn&from=2026-10-15&to=2026-10-15").text
    assert "沒有符合條件" in boss.get(f"{BASE}?to=2026-10-14").text
    assert "沒有符合條件" in boss.get(f"{BASE}?state=final").text
    assert boss.get(f"{BASE}?from=0001-01-01&to=9999-12-31&sort=-score").status_code == 200


def test_what_cannot_be_drawn_is_told_at_the_form(gateway: Gateway, boss: Browser) -> None:
    for wrong in (
        {"first": ""}, {"first": "0001-01-01"}, {"last": "9999-12-31"}, {"first": "2026-11-01"},
        {"size": "0"}, {"size": "51"}, {"size": "x"}, {"size": "٣"}, {"size": "9" * 30},
    ):  # fmt: skip
        answer = boss.post(f"{BASE}/draws", **{**OCTOBER, **wrong})
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.text, wrong
    assert audited(gateway, "quality.draw") == []


def test_a_sheet_is_saved_corrected_and_made_final(gateway: Gateway, boss: Browser, sheet_id: int) -> None:
    url = f"{BASE}/{sheet_id}"
    page = boss.get(url).text
    assert all(
        words in page for words in ("請問在哪個路口？", "建工路 &lt;b&gt;", "1 分 35 秒", "0 分 25 秒")
    )
    assert all(words in page for words in ("速度 5／5，結果 2／5", "很快，但沒解決", "示範值", "聽懂需求"))
    assert len(audited(gateway, "quality.read")) == 1
    kept = boss.post(
        url, seen=url, act="save", version="1", **{"points-courtesy": "7.5", "remark-courtesy": "親切"}
    )
    assert kept.status_code == 303
    assert 'value="7.5"' in boss.get(url).text
    wrong = points(**{"points-speed": "99", "points-rules": "", "remark-rules": "未立案"})
    refused = boss.post(url, seen=url, act="finish", version="2", **wrong)
    assert refused.status_code == 422
    assert all(words in refused.text for words in ("problem-speed", "problem-rules", "未立案", 'value="99"'))
    assert read(gateway, sheet_id).state == "drafted"
    stale = boss.post(url, seen=url, act="finish", version="1", **points(comment="我打的字"))
    assert stale.status_code == 409
    assert "我打的字" in stale.text
    boss.post(url, seen=url, act="save", version="2", **points(0.9))
    assert all(words in boss.get(url).text for words in ("依暫存的分數", "<strong>88</strong>", "優等"))
    given = points(0.8, **{"left_out-closing": "yes", "points-closing": ""})
    assert boss.post(url, seen=url, act="finish", version="3", **given).status_code == 303
    final = read(gateway, sheet_id)
    assert (final.state, final.score, final.grade) == ("final", 8000, "good")
    page = boss.get(url).text
    assert all(words in page for words in ("甲等", "不適用", "總評"))
    assert 'value="finish"' not in page
    late = boss.post(url, seen=url, act="save", version=str(final.version), **points())
    assert late.status_code == 409
    assert read(gateway, sheet_id) == final


def test_opened_again_for_a_reason(gateway: Gateway, boss: Browser, sheet_id: int) -> None:
    final_sheet(gateway.app.state.quality, sheet_id, 0.5)
    url = f"{BASE}/{sheet_id}"
    assert boss.post(f"{url}/reopen", seen=url, reason=" ").status_code == 422
    assert boss.post(f"{url}/reopen", seen=url, reason="異議有理由").status_code == 303
    page = boss.get(url).text
    assert "異議有理由" in page
    assert 'value="finish"' in page


def test_nobody_opens_or_assesses_their_own_here(gateway: Gateway, boss: Browser) -> None:
    own = drawn_sheet(gateway.database, gateway.app.state.drawing, "boss", by=CHIEF)
    assert f'href="{BASE}/{own}"' not in boss.get(BASE).text
    refused = [
        boss.get(f"{BASE}/{own}"), boss.post(f"{BASE}/{own}", act="finish", version="1", **points()),
        boss.post(f"{BASE}/{own}/reopen", reason="x"),
    ]  # fmt: skip
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert "不能評核自己的對話" in refused[0].text
    assert read(gateway, own).state == "drawn"
    assert boss.get(f"{BASE}/mine/{own}").status_code == 404
    final_sheet(gateway.app.state.quality, own, by=CHIEF)
    assert boss.get(f"{BASE}/mine/{own}").status_code == 200


def test_an_operator_answers_an_own_final_sheet_once(
    gateway: Gateway, signed_in: SignedIn, sheet_id: int
) -> None:
    mei, hua = (signed_in(StaffRole.OPERATOR, username=name) for name in ("mei", "hua"))
    url = f"{BASE}/mine/{sheet_id}"
    assert "還沒有定案" in mei.get(f"{BASE}/mine").text
    assert mei.get(url).status_code == 404
    final_sheet(gateway.app.state.quality, sheet_id, 0.9)
    assert hua.get(url).status_code == 404
    assert hua.post(f"{url}/reply", kind="object", words="x").status_code == 404
    assert "特優" in mei.get(f"{BASE}/mine").text
    assert "請問在哪個路口？" in mei.get(url).text
    for kind, words in (("object", " "), ("praise", "x"), ("", "")):
        assert mei.post(f"{url}/reply", kind=kind, words=words).status_code == 422
    assert mei.post(f"{url}/reply", kind="object", words="案件已立案 <b>").status_code == 303
    page = mei.get(url).text
    assert "案件已立案 &lt;b&gt;" in page
    assert f"{url}/reply" not in page
    assert mei.post(f"{url}/reply", kind="acknowledge").status_code == 409
    assert "提出異議" in signed_in(StaffRole.SUPERVISOR, username="boss").get(BASE).text
    assert len(audited(gateway, "quality.reply")) == 1


def test_averages_as_a_page_and_a_file(gateway: Gateway, boss: Browser) -> None:
    hire(gateway.app.state.identity, "mei", StaffRole.OPERATOR, name="=林小美")
    state = gateway.app.state
    for day, share in ((15, 0.9), (16, 0.8)):
        sheet_id = drawn_sheet(gateway.database, state.drawing, "mei", ENDED.replace(day=day))
        final_sheet(state.quality, sheet_id, share)
    period = "from=2026-10-01&to=2026-10-31"
    page = boss.get(f"{BASE}/operators?{period}").text
    assert all(words in page for words in ("=林小美", "優等", "聽懂需求 %"))
    assert "沒有定案" in boss.get(f"{BASE}/operators?from=2026-09-01&to=2026-09-30").text
    assert "改以預設期間" in boss.get(f"{BASE}/operators?from=2026-10-02&to=2026-10-01").text
    answer = boss.get(f"{BASE}/operators.csv?{period}")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:7] == ["期間起日", "期間迄日", "帳號", "話務人員", "件數", "平均", "等第"]
    with gateway.database.read() as session:
        scores = [one or 0 for one in session.scalars(select(QualitySheet.score))]
    mean = f"{sum(scores) / 200:.2f}".rstrip("0").rstrip(".")
    assert row[:7] == ["2026-10-01", "2026-10-31", "mei", "'=林小美", "2", mean, "優等"]
    assert row[7 + head[7:].index("答覆正確並附出處 %")] == "85"
    assert [entry.detail["rows"] for entry in audited(gateway, "quality.export")] == [1]


def test_an_operator_at_a_supervisors_page_is_refused_and_it_is_written_down(
    gateway: Gateway, signed_in: SignedIn, sheet_id: int
) -> None:
    mei = signed_in(StaffRole.OPERATOR)
    for _ in range(2):
        assert mei.get(f"{BASE}/{sheet_id}").status_code == 403
    assert mei.post(f"{BASE}/draws", **OCTOBER).status_code == 403
    kept = [(entry.actor, entry.subject) for entry in audited(gateway, "access.refused")]
    assert kept == [("mei", f"GET {BASE}/{{sheet_id}}"), ("mei", f"POST {BASE}/draws")]
    home = mei.get("/console/account").text
    assert f'href="{BASE}/mine"' in home
    assert f'href="{BASE}"' not in home


def test_places_in_the_navigation_and_sheets_that_are_not_there(boss: Browser) -> None:
    for path in (BASE, f"{BASE}/operators", f"{BASE}/mine"):
        places = boss.get(path).text.partition('id="places"')[2].partition("</nav>")[0]
        assert places.count("aria-current") == 1, path
    for path in ("999", "mine/999"):
        assert boss.get(f"{BASE}/{path}").status_code == 404
    for path in ("x", "0", "9" * 30, "mine/x"):
        assert boss.get(f"{BASE}/{path}").status_code == 422
