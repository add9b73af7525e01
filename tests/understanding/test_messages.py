"""Reading labelled messages, and what their labels tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cases.catalogue import Catalogue
from gateway.places.service import Places
from gateway.understanding.messages import Message, MessagesUnusable, read_messages


def test_slots_are_read_and_what_is_empty_left_out(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(
        '\ufeff{"q": "路燈", "intent": "report_dispatch", "slots": {"district": "左營", "item": ""}}\n'
        '\n{"q": "嗨", "intent": "smalltalk"}\n',
        encoding="utf-8",
    )
    assert read_messages(path) == [
        Message("路燈", "report_dispatch", {"district": "左營"}),
        Message("嗨", "smalltalk", {}),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        '{"q": "no intent"}',
        '{"q": 1, "intent": "x"}',
        '{"q": "\\ud800", "intent": "x"}',
        '{"q": "a", "intent": "x", "slots": []}'.replace("[]", '["district"]'),
        '{"q": "a", "intent": "x", "slots": {"district": 3}}',
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"q": "a", "intent": "x"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(MessagesUnusable, match=r"m\.jsonl, line 2"):
        read_messages(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe"])
def test_a_file_without_messages(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(content)
    with pytest.raises(MessagesUnusable):
        read_messages(path)


@pytest.mark.parametrize(
    ("stated", "full"),
    [
        ("左營", "左營區"),
        ("左營區", "左營區"),
        ("Zuoying District", "左營區"),
        ("某地", "某地"),
        (None, None),
    ],
)
def test_a_district_in_any_spelling(stated: str | None, full: str | None) -> None:
    slots = {"district": stated} if stated else {}
    assert Message("q", "x", slots).district(Places.load()) == full


@pytest.mark.parametrize(
    ("slots", "code"),
    [
        ({"item_code": "road_oil", "item": "路面坑洞"}, "road_oil"),
        ({"item": "路面坑洞"}, "road_pothole"),
        ({"item": "流浪狗"}, "stray_dog"),
        ({"item": "路上有個洞"}, None),
        ({}, None),
    ],
)
def test_an_item_is_told_by_its_code_or_by_words_of_one_item_alone(
    slots: dict[str, str], code: str | None
) -> None:
    assert Message("q", "report_dispatch", slots).item_code(Catalogue.load()) == code
    assert Message("q", "query_case", slots).item_code(Catalogue.load()) is None
