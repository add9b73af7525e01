"""Files read, shown and taken in as they were shown; thousands of rows; what is exported changes nothing."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from gateway.answers import batches
from gateway.answers.comparison import compared
from gateway.answers.content import Content
from gateway.answers.errors import BatchNotFound, OwnDraft, StaleBatch
from gateway.answers.exchange import as_file
from gateway.answers.models import AnswerVersion
from gateway.answers.service import AnswerDesk
from gateway.audit.models import AuditEntry
from knowledge_base.overlay import read_overlay
from knowledge_base.readers import FaqFileUnusable, read_rows
from tests.answers.conftest import BOSS, HUA, MEI, POTS, published

ROWS = 10_000
WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "Po", "Ps", "Pe"]), min_size=1, max_size=12
)


def as_json(rows: object) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def shown(desk: AnswerDesk, number: int) -> batches.BatchView:
    with desk.database.read() as session:
        return batches.view(session, number)


def test_from_the_file_to_the_search(both_desk: AnswerDesk, tmp_path: Path) -> None:
    desk = both_desk
    own = published(desk)
    shipped = next(key for key, one in desk.shelf.base().items() if one.language == "zh-TW")
    rows = [
        {"id": own, **replace(POTS, answer="改為每月五日。").to_json()},
        {"id": shipped, "question": "新的問題？", "answer": "新的答案。"},
        {"question": "全新的？", "answer": "<script>x()</script><p>第一段</p>第二段"},
        {"id": own, "question": "重複", "answer": "重複"}, {"question": "沒有答案"}, "不是一列",
    ]  # fmt: skip
    number = batches.read(desk, "../faq.json", as_json(rows), MEI)
    batch = shown(desk, number)
    assert (batch.name, batch.state, len(batch.rows), batch.unchanged) == ("faq.json", "shown", 3, 0)
    assert [one["row"] for one in batch.rejected] == [4, 5, 6]
    assert own in batch.rejected[0]["reason"]
    assert read_overlay(tmp_path).entries[0].answer == POTS.answer
    with pytest.raises(OwnDraft):
        batches.take(desk, number, batch.digest, MEI)
    with pytest.raises(StaleBatch):
        batches.take(desk, number, "another", BOSS)
    assert batches.take(desk, number, batch.digest, BOSS) == 3
    found = {one.id: one for one in read_overlay(tmp_path).entries}
    assert (found[own].answer, found[own].version) == ("改為每月五日。", "v2")
    assert (found[shipped].answer, found[shipped].version) == ("新的答案。", "v1")
    [new] = found.keys() - {own, shipped}
    assert "script" not in found[new].answer and "第一段\n第二段" in found[new].answer
    with pytest.raises(StaleBatch):
        batches.take(desk, number, batch.digest, BOSS)
    with desk.database.read() as session:
        states = session.scalars(
            select(AnswerVersion.state).where(AnswerVersion.entry_id == own).order_by(AnswerVersion.number)
        ).all()
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject == f"batch:{number}")).all()
    assert states == ["replaced", "published"]
    assert sorted(acts) == ["answers.batch.import", "answers.batch.read"]


def test_what_changed_meanwhile_is_noticed(desk: AnswerDesk) -> None:
    number = batches.read(desk, "a.yml", b"entries: [{question: a, answer: b}]", MEI)
    published(desk)
    with pytest.raises(StaleBatch):
        batches.take(desk, number, shown(desk, number).digest, BOSS)
    number = batches.read(desk, "a.yml", b"entries: [{question: a, answer: b}]", MEI)
    source = desk.data_dir / "knowledge/sources/city.jsonl"
    source.parent.mkdir(parents=True)
    source.write_text("")
    with pytest.raises(StaleBatch):
        batches.take(desk, number, shown(desk, number).digest, BOSS)
    batches.drop(desk, number, HUA)
    assert shown(desk, number).state == "dropped"
    with pytest.raises(StaleBatch):
        batches.drop(desk, number, HUA)
    with pytest.raises(BatchNotFound):
        batches.take(desk, 99, "", BOSS)


def test_a_withdrawn_entry_in_a_file_is_published_again(desk: AnswerDesk, tmp_path: Path) -> None:
    own = published(desk)
    desk.withdraw(own, 3, "停辦", BOSS)
    number = batches.read(desk, "a.json", as_json([{"id": own, **POTS.to_json()}]), MEI)
    batches.take(desk, number, shown(desk, number).digest, BOSS)
    overlay = read_overlay(tmp_path)
    assert overlay.withdrawn == frozenset() and [one.id for one in overlay.entries] == [own]


def test_a_phrasing_of_two_entries_is_told_with_both(desk: AnswerDesk) -> None:
    own = published(desk)
    rows = [
        {"id": "x-1", "question": "捏陶？", "answer": "答", "phrasings": ["我想學捏陶", "只有我"]},
        {"id": "x-1-en", "language": "en", "translation_of": "x-1", "question": "捏陶？", "answer": "Yes."},
    ]
    batch = shown(desk, batches.read(desk, "a.json", as_json(rows), MEI))
    assert [(one["text"], one["ids"]) for one in batch.warnings] == [("我想學捏陶", ["x-1", own])]


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.pdf", b"%PDF"), ("a.json", b"{"), ("a", b""), ("a.ods", b"PK"), ("a.xlsx", b""), ("a.csv", b"\x00")],
)
def test_what_is_no_such_file_changes_nothing(desk: AnswerDesk, name: str, data: bytes) -> None:
    with pytest.raises(FaqFileUnusable):
        batches.read(desk, name, data, MEI)


def test_ten_thousand_rows_some_broken(both_desk: AnswerDesk, tmp_path: Path) -> None:
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(["編號", "問題", "答案", "機關", "更新日期"])
    for number in range(ROWS):
        day = "2026-13-45" if number % 100 == 7 else "115/03/01"
        answer = "" if number % 100 == 8 else f"第 {number} 個答案。"
        lines.writerow([f"city-{number}", f"第 {number} 個問題？", answer, "民政局", day])
    number = batches.read(both_desk, "big.csv", out.getvalue().encode(), MEI)
    batch = shown(both_desk, number)
    assert (len(batch.rows), len(batch.rejected)) == (ROWS - 200, 200)
    assert batches.take(both_desk, number, batch.digest, BOSS) == ROWS - 200
    with both_desk.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AnswerVersion)) == ROWS - 200
    assert len(read_overlay(tmp_path).entries) == ROWS - 200
    again = shown(both_desk, batches.read(both_desk, "big.csv", out.getvalue().encode(), MEI))
    assert (len(again.rows), again.unchanged) == (0, ROWS - 200)


CONTENTS = st.builds(
    Content,
    question=WORDS.map(lambda text: f"問{text}"),
    answer=st.lists(WORDS.map(lambda text: f"答{text}"), min_size=1, max_size=3).map("\n\n".join),
    agency=st.sampled_from(["", "民政局"]),
    source_date=st.sampled_from(["", "2026-03-01"]),
    valid_until=st.sampled_from(["", "2027-01-01"]),
    opens=st.sampled_from(["", "dispatch"]),
    phrasings=st.lists(WORDS.map(lambda text: f"說{text}、;；|[再說"), max_size=3, unique=True).map(tuple),
    keywords=st.lists(st.sampled_from(["報名", "陶藝", "a b"]), max_size=2, unique=True).map(tuple),
)


@pytest.mark.parametrize("file_format", ["yaml", "ods"])
@settings(max_examples=40, deadline=None)
@given(contents=st.lists(CONTENTS, min_size=1, max_size=3))
def test_an_export_read_back_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, file_format: str, contents: list[Content]
) -> None:
    present = {f"desk-{number}": one for number, one in enumerate(contents)}
    path = tmp_path_factory.mktemp("export") / f"faq.{'yml' if file_format == 'yaml' else 'ods'}"
    path.write_bytes(as_file(present.items(), "yaml" if file_format == "yaml" else "ods"))
    found = compared(read_rows(path), present)
    assert (found.rows, found.rejected, found.unchanged) == ([], [], len(contents))


@pytest.mark.parametrize("file_format", ["yaml", "ods"])
def test_everything_that_counts_comes_back_unchanged(desk: AnswerDesk, file_format: str) -> None:
    published(desk)
    with desk.database.read() as session:
        known = batches.effective(desk, session)
    data = as_file(known.items(), "yaml" if file_format == "yaml" else "ods")
    batch = shown(desk, batches.read(desk, f"faq.{'yml' if file_format == 'yaml' else 'ods'}", data, MEI))
    assert (len(batch.rows), len(batch.rejected), batch.unchanged) == (0, 0, len(known))
