"""A small city: a handful of topics and an encoder that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from gateway.settings import Settings
from knowledge_base.corpus import Topic, topics
from knowledge_base.encoder import Vectors
from knowledge_base.entries import Entry
from knowledge_base.importers import imported_entries
from knowledge_base.index import IndexSource
from knowledge_base.service import KnowledgeBase
from knowledge_base.text import tokens


class HashingEncoder:
    """Vectors of hashed tokens: texts with shared words are near."""

    def __init__(self, dimension: int = 64, name: str = "hashing") -> None:
        self.dimension = dimension
        self.name = name

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row, 0] = 0.1
            for token in tokens(text):
                vectors[row, hashlib.sha256(token.encode()).digest()[0] % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


SHIPPED = (
    Entry(
        id="tow-1",
        question="車子被拖吊，要去哪裡領車？",
        answer="請到拖吊場，帶行照與駕照，繳清移置費。",
        agency="交通局",
        agency_en="Transportation Bureau",
        source_url="https://city.example/faq/1",
        source_date=date(2020, 1, 2),
        phrasings=("我的車被吊走了", "車停路邊不見了", "拖吊場在哪", "領車要帶什麼"),
        keywords=("拖吊場", "領車"),
    ),
    Entry(
        id="tow-1-en",
        language="en",
        translation_of="tow-1",
        question="My car was towed. Where do I collect it?",
        answer="Go to the tow yard with your licence.",
        agency="交通局",
        agency_en="Transportation Bureau",
        source_url="https://city.example/faq/1",
        source_date=date(2020, 1, 2),
        phrasings=("towed car", "where is the tow yard", "get my car back", "car gone"),
    ),
    Entry(
        id="museum-1",
        question="美術館的門票多少錢？",
        answer="美術館免費參觀，特展另計。",
        agency="文化局",
        source_url="https://city.example/faq/2",
        source_date=date(2026, 3, 1),
        phrasings=("看展覽要錢嗎", "美術館票價", "美術館學生票", "進美術館要買票嗎"),
    ),
    Entry(
        id="fair-1",
        question="春季市集什麼時候報名？",
        answer="三月一日開始報名。",
        agency="文化局",
        source_url="https://city.example/faq/3",
        source_date=date(2026, 2, 1),
        phrasings=("市集擺攤報名", "我想去春季市集賣東西", "春季市集報名表", "市集攤位"),
        valid_until=date(2026, 4, 30),
    ),
)


def small_corpus(data_dir: Path) -> list[Topic]:
    """The topics of the small city and of what was imported."""
    return topics([*imported_entries(data_dir), *SHIPPED])


@pytest.fixture
def source(tmp_path: Path) -> IndexSource:
    """An index source over the small city."""
    return IndexSource(tmp_path, HashingEncoder(), small_corpus)


@pytest.fixture
def today() -> Callable[[], date]:
    """A fixed day."""
    return lambda: date(2026, 11, 22)


@pytest.fixture
def knowledge(source: IndexSource, today: Callable[[], date]) -> KnowledgeBase:
    """The small city's knowledge base."""
    return KnowledgeBase(source, today, source.current())


@pytest.fixture(scope="session")
def shipped_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a run whose index holds the shipped FAQ, with the packaged encoder."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("knowledge"))
    KnowledgeBase.open(settings)
    return settings
