"""The phrasings that ship: enough of them, varied, each of one entry, and none taken from an evaluation."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from knowledge_base.calibration import EVALUATION_FOLDER, labelled_questions
from knowledge_base.corpus import topics
from knowledge_base.entries import Entry
from knowledge_base.phrasing_files import PhrasingsBroken, read_phrasings, shipped_phrasings
from knowledge_base.text import fold, script

NEARLY = 0.75
"""Share of pairs of letters in common from which two questions are nearly the same."""
LEAST = 6


def pairs(text: str) -> frozenset[str]:
    """Pairs of letters of the folded text, without spaces and marks."""
    letters = [c for c in fold(text) if c.isalnum()]
    return frozenset(a + b for a, b in pairwise(letters))


def nearly_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= NEARLY * len(one | other)


class Alike:
    """Finds the phrasings that nearly equal a question, without comparing all with all."""

    def __init__(self) -> None:
        self._said = [(text, pairs(text)) for said in shipped_phrasings().values() for text in said]
        self._with: dict[str, list[int]] = defaultdict(list)
        for number, (_, letters) in enumerate(self._said):
            for pair in letters:
                self._with[pair].append(number)

    def to(self, question: str) -> list[str]:
        letters = pairs(question)
        shared = Counter(number for pair in letters for number in self._with[pair])
        return [self._said[n][0] for n in shared if nearly_the_same(letters, self._said[n][1])]


@pytest.fixture(scope="module")
def alike() -> Alike:
    """The phrasings that ship, ready to be compared."""
    return Alike()


def test_every_entry_has_many_ways_in_both_languages() -> None:
    said = shipped_phrasings()
    assert len(said) >= 1338
    for url, texts in said.items():
        english = [text for text in texts if script(text) == "latin"]
        assert len(texts) - len(english) >= LEAST, url
        assert len(english) >= 2, url
        assert len(set(map(fold, texts))) == len(texts), url


def test_a_phrasing_belongs_to_one_entry() -> None:
    owners = defaultdict(set)
    for url, texts in shipped_phrasings().items():
        for text in texts:
            owners[fold(text)].add(url)
    assert {text: sorted(urls) for text, urls in owners.items() if len(urls) > 1} == {}


def test_none_is_an_evaluation_question_of_our_own(alike: Alike) -> None:
    taken = {item.question: alike.to(item.question) for item in labelled_questions(EVALUATION_FOLDER)}
    assert {question: found for question, found in taken.items() if found} == {}


@pytest.mark.city_data
@pytest.mark.parametrize("name", ["dev_faq.jsonl", "dev_oos.jsonl", "dev_intents.jsonl"])
def test_none_is_a_question_of_the_development_set(alike: Alike, city_data: Path, name: str) -> None:
    questions = [json.loads(line)["q"] for line in (city_data / "eval" / name).open(encoding="utf-8")]
    assert {question: found for question in questions if (found := alike.to(question))} == {}


def test_near_copies_would_be_seen(alike: Alike) -> None:
    text = next(text for text in next(iter(shipped_phrasings().values())) if len(text) > 20)
    assert text in alike.to(text + "？")
    assert text in alike.to("請問" + text)
    assert alike.to("完全不相干的一句話") == []


def entries() -> Iterator[Entry]:
    yield Entry(id="a", question="甲？", answer="甲。", source_url="https://city.example/1", origin="kcg")
    yield Entry(id="b", question="乙？", answer="乙。", source_url="https://city.example/2", origin="kcg")
    yield Entry(id="c", question="丙？", answer="丙。", source_url="https://city.example/2", origin="kcg")


def test_an_imported_entry_gets_those_of_its_address_and_matters_of_one_page_get_none() -> None:
    asked = {"https://city.example/1": ("甲要怎麼辦", "甲？"), "https://city.example/2": ("哪一個",)}
    assert [topic.titles for topic in topics(entries(), asked)] == [
        ("甲？", "甲要怎麼辦"),
        ("乙？",),
        ("丙？",),
    ]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('{"url": "", "zh": ["一"]}', "line 1"),
        ('{"url": "u", "zh": "一"}', "line 1"),
        ('{"url": "u", "zh": ["一"], "more": 1}', "line 1"),
        ('{"url": "u"}\n{"url": "u"}', "line 2: u is given twice"),
        ("{", "line 1"),
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, lines: str, why: str) -> None:
    (tmp_path / "one.jsonl").write_text(lines, encoding="utf-8")
    with pytest.raises(PhrasingsBroken, match=why):
        read_phrasings(tmp_path)
