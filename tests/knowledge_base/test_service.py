"""What the other rooms get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from knowledge_base.index import IndexSource
from knowledge_base.ranking import Logistic
from knowledge_base.service import KnowledgeBase
from tests.knowledge_base.test_index import import_one

SURE = Logistic((0.0,) * 17, 10.0)


@pytest.fixture
def sure(source: IndexSource, today: Callable[[], date]) -> KnowledgeBase:
    """A knowledge base that would answer whatever it finds."""
    snapshot = source.current()
    tuning = replace(snapshot.tuning, first=SURE, offered=SURE)
    return KnowledgeBase(source, today, replace(snapshot, tuning=tuning))


def test_a_hit_carries_its_source(knowledge: KnowledgeBase) -> None:
    hit = knowledge.search("我的車被吊走了", 2).hits[0]
    assert (hit.id, hit.agency, hit.source_url) == ("tow-1", "交通局", "https://city.example/faq/1")
    assert (hit.source_date, hit.older_than_3_years) == (date(2020, 1, 2), True)
    assert 0 < hit.score <= 1


def test_an_english_reader_sees_the_english_entry_under_the_topic_id(knowledge: KnowledgeBase) -> None:
    hit = knowledge.search("where is the tow yard", 3, "en").hits[0]
    assert (hit.id, hit.language) == ("tow-1", "en")
    assert hit.answer.startswith("Go to the tow yard")
    museum = knowledge.entry("museum-1", "en")
    assert museum is not None
    assert museum.language == "zh-TW"


def test_no_topic_is_found_twice(knowledge: KnowledgeBase) -> None:
    ids = [hit.id for hit in knowledge.search("車 美術館 市集", 10).hits]
    assert sorted(ids) == ["fair-1", "museum-1", "tow-1"]


@pytest.mark.parametrize("text", ["", "  \n", "？？"])
def test_blank_text_is_none(sure: KnowledgeBase, text: str) -> None:
    result = sure.search(text)
    assert (result.decision, result.hits) == ("none", [])


def test_an_expired_topic_is_offered_but_never_the_answer(sure: KnowledgeBase) -> None:
    assert sure.search("美術館票價").decision == "answer"
    result = sure.search("我想去春季市集賣東西")
    assert result.hits[0].id == "fair-1"
    assert result.decision == "clarify"
    assert result.hits[0].valid_until == date(2026, 4, 30)


def test_another_city_is_never_answered(sure: KnowledgeBase) -> None:
    assert sure.search("台北美術館票價").decision == "clarify"


def test_any_id_of_a_topic_opens_it(knowledge: KnowledgeBase) -> None:
    for entry_id in ("tow-1", "tow-1-en"):
        hit = knowledge.entry(entry_id)
        assert hit is not None
        assert (hit.id, hit.score) == ("tow-1", 1.0)
    assert knowledge.entry("nothing") is None


def test_refresh_takes_up_what_changed_and_only_then(knowledge: KnowledgeBase, source: IndexSource) -> None:
    assert not knowledge.refresh()
    import_one(source.data_dir, "pool")
    assert knowledge.refresh()
    assert not knowledge.refresh()
    source.build()
    assert knowledge.refresh()


def test_status_tells_what_is_served(knowledge: KnowledgeBase) -> None:
    status = knowledge.status()
    assert status["ready"] is True
    assert (status["entries"], status["topics"], status["model"]) == (4, 3, "hashing")
    assert status["generation"] == knowledge.snapshot.generation
