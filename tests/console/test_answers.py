"""The answers desk over HTTP: written, seen, reviewed, published, found; markup is text."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.identity.rules import StaffRole
from knowledge_base.calibration import EVALUATION_FOLDER, labelled_questions
from knowledge_base.links import mark_links
from knowledge_base.service import KnowledgeBase
from tests.console.answers import own_search
from tests.console.people import Browser
from tests.in_process import Gateway

__all__ = ["own_search"]
BASE = "/console/answers"
FORM = {
    "question": "陶藝教室怎麼報名？", "answer": "每月一日上午九時起線上報名。", "agency": "文化局",
    "source_url": "https://city.example/pots", "source_date": "2026-10-01", "language": "zh-TW",
    "phrasings": "我想學捏陶\n陶藝課在哪報名",
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("own_search")
SignedIn = Callable[..., Browser]


def test_an_entry_from_the_form_to_the_citizen(gateway: Gateway, signed_in: SignedIn) -> None:
    mei, boss = signed_in(StaffRole.EDITOR), signed_in(StaffRole.SUPERVISOR, username="boss")
    seen = mei.post(f"{BASE}/new", do="preview", **FORM)
    assert seen.status_code == 200 and 'class="seen"' in seen.text
    kept = mei.post(f"{BASE}/new", do="save", **FORM)
    assert kept.status_code == 303
    url = kept.headers["location"]
    assert "草稿" in mei.get(url).text
    assert mei.post(f"{url}/acts/submit", revision=1).status_code == 303
    own = mei.post(f"{url}/acts/publish", revision=2)
    assert own.status_code == 403 and "其他同仁審核" in own.text
    assert boss.post(f"{url}/acts/publish", revision=1).status_code == 409
    untried = boss.post(f"{url}/acts/publish", revision=2)
    assert untried.status_code == 409 and "請先試算" in untried.text
    tried(gateway, boss, url)
    search = gateway.app.state.knowledge_base
    before = search.snapshot.generation
    published = boss.post(f"{url}/acts/publish", revision=2, note="試算可接受")
    assert published.status_code == 303, published.text
    current = search.source.generations.current()
    assert current != before
    search.refresh()
    assert search.snapshot.generation == current, "the index of the trial serves"
    assert "搜尋已套用這個版本" in boss.get(url).text
    hit = search.search("陶藝教室怎麼報名？").hits[0]
    assert (hit.id, hit.version) == (url.rpartition("/")[2], "v1")
    edited = mei.post(
        f"{url}/edit", do="save", revision=3, **{**FORM, "answer": "每月五日上午九時起線上報名。"}
    )
    assert edited.status_code == 303
    assert "<del>" in mei.get(url).text and "<ins>" in mei.get(f"{url}/difference?old=1&new=2").text


def tried(gateway: Gateway, browser: Browser, url: str) -> str:
    """The page of an entry once the effect of publishing it is reckoned."""
    asked = browser.post(f"{url}/trial")
    assert asked.status_code == 303 and asked.headers["location"].endswith("#trial")
    gateway.app.state.trials.finish()
    page = browser.get(url).text
    assert "正解排第一" in page
    return page


def test_a_regression_stops_unless_a_reason_is_given(
    gateway: Gateway, signed_in: SignedIn, knowledge_base: KnowledgeBase
) -> None:
    mei, boss = signed_in(StaffRole.EDITOR), signed_in(StaffRole.SUPERVISOR, username="boss")
    labelled = [one for one in labelled_questions(EVALUATION_FOLDER) if one.source_urls]
    right = next(
        one for one in labelled if knowledge_base.search(one.question).hits[0].source_url in one.source_urls
    )
    greedy = {
        **FORM,
        "question": right.question,
        "phrasings": "\n".join(one.question for one in labelled[:100]),
    }
    url = mei.post(f"{BASE}/new", do="save", **greedy).headers["location"]
    mei.post(f"{url}/acts/submit", revision=1)
    page = tried(gateway, boss, url)
    assert "有指標變差" in page and right.question in page and "仍要發布的理由" in page
    stopped = boss.post(f"{url}/acts/publish", revision=2)
    assert stopped.status_code == 409 and "試算結果變差" in stopped.text
    assert boss.post(f"{url}/acts/publish", revision=2, note="新制上路，題庫待更新").status_code == 303
    with gateway.database.read() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.act == "answers.publish")).one().detail
    assert told["reason"] == "新制上路，題庫待更新" and "first" in told["worse"]
    assert told["before"]["first"] > told["after"]["first"]


def test_a_trial_counts_only_for_what_was_reckoned(gateway: Gateway, signed_in: SignedIn) -> None:
    mei, boss = signed_in(StaffRole.EDITOR), signed_in(StaffRole.SUPERVISOR, username="boss")
    url = mei.post(f"{BASE}/new", do="save", **FORM).headers["location"]
    mei.post(f"{url}/acts/submit", revision=1)
    tried(gateway, boss, url)
    other = next(iter(gateway.app.state.answers.shelf.base()))
    boss.post(f"{BASE}/entries/{other}/acts/withdraw", revision=0, note="停辦")
    assert "請先試算" in boss.post(f"{url}/acts/publish", revision=2, note="理由").text
    nothing = boss.post(f"{BASE}/entries/{other}/trial")
    assert nothing.status_code == 404


def test_markup_is_shown_as_text(signed_in: SignedIn) -> None:
    mei = signed_in(StaffRole.EDITOR)
    nasty = {**FORM, "question": "<b>粗</b>？", "answer": "<script>alert(1)</script>說明"}
    for doing in ("preview", "save"):
        answer = mei.post(f"{BASE}/new", do=doing, **nasty)
        page = answer if doing == "preview" else mei.get(answer.headers["location"])
        assert "<script>alert" not in page.text and "&lt;script&gt;alert(1)" in page.text
        assert "<b>粗" not in page.text


def test_mistakes_come_back_beside_their_fields(signed_in: SignedIn) -> None:
    mei = signed_in(StaffRole.EDITOR)
    wrong = mei.post(f"{BASE}/new", do="save", **{**FORM, "source_url": "javascript:1", "answer": " "})
    assert wrong.status_code == 422
    assert 'id="source_url-error"' in wrong.text and 'id="answer-error"' in wrong.text
    assert "javascript:1" in wrong.text


def test_the_list_finds_filters_and_pages(signed_in: SignedIn) -> None:
    mei = signed_in(StaffRole.EDITOR)
    first = mei.get(f"{BASE}?size=25")
    assert first.text.count("<tr>") == 26 and "page=2" in first.text
    mei.post(f"{BASE}/new", do="save", **FORM)
    found = mei.get(f"{BASE}?q=陶藝 報名&state=draft&origin=desk&agency=文化局")
    assert found.text.count("<tr>") == 2 and "陶藝教室怎麼報名" in found.text
    assert "陶藝" not in mei.get(f"{BASE}?state=published").text.partition("<tbody")[2]
    assert mei.get(f"{BASE}?sort=agency&stale=old&page=999").status_code == 200
    for language in ("zh-TW", "en"):
        mei.post("/console/preferences", language=language, back=BASE)
        assert mei.get(BASE).status_code == 200


def test_a_shipped_entry_is_edited_and_withdrawn(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    entry_id = next(iter(gateway.app.state.answers.shelf.base()))
    url = f"{BASE}/entries/{entry_id}"
    form = unescape(boss.get(f"{url}/edit?phrasing=還有一種  問法").text)
    assert "還有一種 問法</textarea>" in form
    refused = boss.post(f"{url}/acts/withdraw", revision=0, note="")
    assert refused.status_code == 422 and "請說明理由" in refused.text
    assert boss.post(f"{url}/acts/withdraw", revision=0, note="不再辦理").status_code == 303
    assert "目前不提供這則問答" in boss.get(url).text
    assert boss.get(f"{BASE}/entries/nothing").status_code == 404
    assert boss.get(f"{url}/difference?old=0&new=1").status_code == 200


def test_old_entries_are_a_work_list(gateway: Gateway, signed_in: SignedIn) -> None:
    mei = signed_in(StaffRole.EDITOR)
    signed_in(StaffRole.OPERATOR, username="op")
    entry_id = next(
        key for key, one in gateway.app.state.answers.shelf.base().items() if one.language == "zh-TW"
    )
    links = gateway.app.state.settings.data_dir / "links.csv"
    links.write_text(f"{gateway.app.state.answers.shelf.base()[entry_id].source_url},404\n", encoding="utf-8")
    mark_links(links, gateway.app.state.settings.data_dir)
    page = mei.get(f"{BASE}/stale?stale=link").text
    assert "官方連結失效" in page and entry_id in page
    given = mei.post(f"{BASE}/stale/assign", ids=entry_id, to="mei", back=f"{BASE}/stale")
    assert given.status_code == 303
    assert entry_id in mei.get(f"{BASE}/stale?assigned=mei").text
    assert mei.post(f"{BASE}/stale/assign", ids=entry_id, to="op").status_code == 404
    assert mei.post(f"{BASE}/stale/assign", to="mei").status_code == 404
    assert mei.post(f"{BASE}/entries/{entry_id}/still-right").status_code == 303
    assert f'/{entry_id}"' not in mei.get(f"{BASE}/stale?stale=link").text
