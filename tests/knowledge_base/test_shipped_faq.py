"""The FAQ that ships: enough of it, and well formed."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.corpus import topics
from knowledge_base.faq_files import ShippedFaqBroken, read_faq_file, shipped_entries

ENTRIES = shipped_entries()


def test_there_is_as_much_as_promised() -> None:
    chinese = [entry for entry in ENTRIES if entry.language == "zh-TW"]
    assert len(chinese) >= 250
    assert len(ENTRIES) - len(chinese) >= 60
    assert len({entry.agency for entry in ENTRIES}) >= 20


def test_every_entry_links_to_the_official_page_and_has_its_own_words() -> None:
    for entry in ENTRIES:
        assert entry.source_url.startswith("https://soweb.kcg.gov.tw/"), entry.id
        said = [entry.question, *entry.phrasings]
        assert len(set(said)) == len(said) >= 5, entry.id


def test_every_twin_is_part_of_its_topic() -> None:
    chinese = {entry.id for entry in ENTRIES if entry.language == "zh-TW"}
    assert {topic.id for topic in topics(ENTRIES)} == chinese


@pytest.mark.parametrize(
    "content",
    [
        "agency: A\nagency_en: A\nentries: [",
        "[]",
        "agency: A\nagency_en: A\nentries:\n  - {id: x}",
        "agency: A\nentries: []",
    ],
)
def test_a_broken_file_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "bureau.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ShippedFaqBroken, match=r"bureau\.yml"):
        read_faq_file(path)


def entry_text(entry_id: str, extra: str = "") -> str:
    return (
        f"  - {{id: {entry_id}, question: q, phrasings: [a, b, c, d], answer: a, "
        f"source_url: 'https://x.example', source_date: 2020-01-01{extra}}}\n"
    )


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (entry_text("a") + entry_text("a"), "twice"),
        (entry_text("a", ", language: en, translation_of: z"), "no z"),
    ],
)
def test_ids_and_twins_are_checked(entries: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "bureau.yml").write_text(f"agency: A\nagency_en: A\nentries:\n{entries}", encoding="utf-8")
    with pytest.raises(ShippedFaqBroken, match=reason):
        shipped_entries(tmp_path)
