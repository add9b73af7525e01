"""A few entries and a knowledge base that finds what a test tells it to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

from gateway.conversations.finding import Finder
from gateway.places.service import Places
from knowledge_base.entries import Language
from knowledge_base.rules import Decision
from knowledge_base.service import Hit, KnowledgeBase, SearchResult

TOW = Hit(
    id="tow",
    question="去拖吊場領車要帶什麼證件？",
    answer="請帶行照和駕照；代領另附委託書。移置費：汽車 1,000 元、機車 200 元。可以刷卡。"
    "洽詢電話 07-2299825 轉 337。",
    agency="高雄市政府交通局",
    agency_en="Transportation Bureau",
    category="交通",
    source_url="https://city.example/faq/1",
    source_date=date(2026, 1, 2),
    score=0.6,
    language="zh-TW",
    opens=None,
    valid_until=None,
    older_than_3_years=False,
    expired=False,
)
TAX = replace(
    TOW, id="tax", question="使用牌照稅什麼時候繳？", answer="每年 4 月 1 日到 30 日。", agency="財政局"
)
TAX_RULE = replace(
    TOW, id="tax-late", question="使用牌照稅逾期繳納會怎樣？", answer="逾期每三日加徵 1%。", agency="財政局"
)
FENGSHAN = replace(
    TOW, id="fengshan", question="鳳山區公所的調解要怎麼申請？", answer="請到公所。", score=0.5
)
SANMIN = replace(TOW, id="sanmin", question="三民區公所的調解要怎麼申請？", answer="請到公所。", score=0.5)
ANYWHERE = replace(TOW, id="anywhere", question="調解要怎麼申請？", answer="請到各區公所。", score=0.5)
ENTRIES = {one.id: one for one in (TOW, TAX, TAX_RULE, FENGSHAN, SANMIN, ANYWHERE)}


@dataclass
class Found:
    """Finds `results` for words that contain the key; else `decision` and nothing."""

    results: Mapping[str, tuple[Decision, list[Hit]]] = field(default_factory=dict)
    entries: Mapping[str, Hit] = field(default_factory=lambda: ENTRIES)
    asked: list[str] = field(default_factory=list)

    def search(self, text: str, k: int = 10, language: Language = "zh-TW") -> SearchResult:
        self.asked.append(text)
        for words, (decision, hits) in self.results.items():
            if words in text:
                return SearchResult(decision, hits[:k])
        return SearchResult("none", [])

    def entry(self, id: str, language: Language = "zh-TW") -> Hit | None:
        return self.entries.get(id)


def finder(found: Found) -> Finder:
    return Finder(cast(KnowledgeBase, found), Places.load())
