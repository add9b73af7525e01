"""The score is absolute: bounded, and full for the document itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.hybrid import MAX_SCORE, Document, HybridIndex, IndexDamaged
from tests.knowledge_base.conftest import HashingEncoder

DOCUMENTS = [
    Document("lamp", ("路燈故障不亮",), "請通報路燈編號與位置。", ("燈壞了晚上好暗",)),
    Document("tow", ("車輛拖吊領車",), "請到拖吊場繳費。"),
    Document("tax", ("房屋稅何時繳納",), "每年五月開徵。"),
    Document("pool", ("游泳池開放時間", "泳池幾點開"), "每日早上六點開放。"),
]
INDEX = HybridIndex.build(DOCUMENTS, HashingEncoder())


@given(st.text(max_size=80))
def test_every_score_is_bounded_and_sorted(text: str) -> None:
    ranked = INDEX.rank(text, 10)
    assert all(-1 <= hit.score <= MAX_SCORE + 1e-5 and 0 <= hit.lexical <= 1 for hit in ranked)
    assert [hit.score for hit in ranked] == sorted((hit.score for hit in ranked), reverse=True)


def test_a_document_that_is_the_question_scores_almost_everything() -> None:
    index = HybridIndex.build([*DOCUMENTS, Document("same", ("申請噪音檢測的方式",))], HashingEncoder())
    best = index.rank("申請噪音檢測的方式", 1)[0]
    assert best.id == "same"
    assert best.score == pytest.approx(MAX_SCORE, abs=0.1)


def test_a_question_about_nothing_here_scores_low_everywhere() -> None:
    assert INDEX.rank("qwerty zxcvb", 1)[0].lexical == 0


def test_phrasings_and_further_titles_find_their_document() -> None:
    assert INDEX.rank("燈壞了晚上好暗", 1)[0].id == "lamp"
    assert INDEX.rank("泳池幾點開", 1)[0].id == "pool"


@pytest.mark.parametrize("text", ["", "   ", "？！。", "\x00"])
def test_blank_text_finds_nothing(text: str) -> None:
    assert INDEX.rank(text, 5) == []


@pytest.mark.parametrize("documents", [[], [Document("a", ())], [DOCUMENTS[0], DOCUMENTS[0]]])
def test_documents_need_ids_and_titles(documents: list[Document]) -> None:
    with pytest.raises(ValueError, match="distinct ids"):
        HybridIndex.build(documents, HashingEncoder())


def test_saved_and_loaded_ranks_the_same(tmp_path: Path) -> None:
    INDEX.save(tmp_path)
    loaded = HybridIndex.load(tmp_path, HashingEncoder())
    for text in ("路燈", "房屋稅", "my car was towed"):
        assert loaded.rank(text, 4) == INDEX.rank(text, 4)


def test_an_index_of_another_dimension_is_damaged(tmp_path: Path) -> None:
    INDEX.save(tmp_path)
    with pytest.raises(IndexDamaged):
        HybridIndex.load(tmp_path, HashingEncoder(dimension=32))
