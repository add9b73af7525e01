"""Entries on one matter are one topic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from knowledge_base.corpus import corpus_digest, topics
from knowledge_base.entries import Entry
from tests.knowledge_base.conftest import SHIPPED

OFFICIAL = Entry(
    id="kcg-9",
    question="車輛遭拖吊如何領回？",
    answer="官方答案。",
    agency="高雄市政府交通局",
    source_url="https://city.example/faq/1",
    source_date=date(2025, 5, 5),
    origin="kcg",
)


def test_the_twin_belongs_to_its_topic() -> None:
    tow = topics(SHIPPED)[0]
    assert (tow.id, tow.members) == ("tow-1", ("tow-1", "tow-1-en"))
    assert tow.entry("en").id == "tow-1-en"
    assert tow.entry("zh-TW").id == "tow-1"
    assert "towed car" in tow.titles


def test_the_imported_entry_is_shown_and_the_shipped_one_lends_its_words() -> None:
    corpus = topics([*SHIPPED, OFFICIAL])
    tow = next(topic for topic in corpus if "tow-1" in topic.members)
    assert len(corpus) == len(topics(SHIPPED))
    assert tow.id == "kcg-9"
    assert tow.entry("zh-TW").answer == "官方答案。"
    assert tow.shown.agency_en == "Transportation Bureau"
    assert tow.titles[:2] == ("車輛遭拖吊如何領回？", "車子被拖吊，要去哪裡領車？")
    assert "領車要帶什麼" in tow.titles
    assert "拖吊場" in tow.keywords


def test_what_only_the_shipped_entry_knows_is_kept() -> None:
    shipped = replace(SHIPPED[0], opens="petition", valid_until=date(2026, 1, 1))
    tow = topics([OFFICIAL, shipped])[0]
    assert tow.shown.opens == "petition"
    assert tow.valid_until == date(2026, 1, 1)


def test_matters_on_one_page_of_one_source_stay_apart() -> None:
    page = "https://other.example/faq"
    corpus = topics(
        [
            replace(OFFICIAL, id="a", source_url=page),
            replace(OFFICIAL, id="b", question="乙", source_url=page),
        ]
    )
    assert [topic.id for topic in corpus] == ["a", "b"]


def test_entries_without_an_address_stand_alone() -> None:
    corpus = topics([replace(OFFICIAL, id="a", source_url=""), replace(OFFICIAL, id="b", source_url="")])
    assert [topic.id for topic in corpus] == ["a", "b"]


def test_an_imported_entry_replaces_the_shipped_one_of_its_id() -> None:
    imported = replace(OFFICIAL, id="museum-1", source_url="https://city.example/faq/2", answer="新答案")
    museum = next(t for t in topics([imported, *SHIPPED]) if t.id == "museum-1")
    assert museum.shown.answer == "新答案"


def test_the_digest_follows_every_change() -> None:
    before = corpus_digest(topics(SHIPPED))
    assert before == corpus_digest(topics(SHIPPED))
    changed = [replace(SHIPPED[0], answer="別的"), *SHIPPED[1:]]
    assert corpus_digest(topics(changed)) != before
