"""What citizens are told: every text in both languages, and the rows they become."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.cases.lifecycle import LIFECYCLE
from gateway.cases.notices import Addressee, Wording, notice_text, notices, write_notices
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.outbox.service import Outbox

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TOLD = sorted(act.value for act, step in LIFECYCLE.items() if step.tells)
OTHERS = ["join", "mailbox_confirm", "rating"]
LANGUAGES = ["zh-TW", "en"]
PLACEHOLDER = re.compile(r"\{(\w*)\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FACTS: dict[str, object] = {
    "number": "D1151124-000001-7",
    "code": "K7QD-M2XW",
    "item_zh": "路面坑洞",
    "item_en": "Pothole",
    "owner_zh": "養工處",
    "owner_en": "Maintenance Office",
    "unit_zh": "台電",
    "unit_en": "Taipower",
    "due_at": datetime(2026, 11, 27, 9, 30, tzinfo=UTC),
    "new_due_at": datetime(2026, 12, 4, 9, 30, tzinfo=UTC),
    "arrived_at": datetime(2026, 11, 24, 5, 0, tzinfo=UTC),
    "expires_at": datetime(2026, 12, 1, 2, 0, tzinfo=UTC),
    "note": "THE-NOTE",
    "message": "THE-MESSAGE",
    "reason_zh": "無具體內容",
    "reason_en": "No concrete content",
    "new_number": "P1151124-000002-3",
    "new_code": "ABCD-EFGH",
    "link": "https://1999.example/case",
}
NEEDED = {
    "register": {"number", "owner"},
    "assign": {"number", "owner"},
    "reassign": {"number", "unit"},
    "request_info": {"number", "note"},
    "extend": {"number", "new_due_at", "note"},
    "merge": {"number", "new_number"},
    "convert": {"number", "new_number"},
    "hand_external": {"number", "unit"},
    "handle": {"number", "note"},
    "not_process": {"number", "reason"},
    "mailbox_confirm": {"link", "expires_at"},
}
"""Without these a notice would not say what happened."""


def wording(act: str, language: str) -> Wording:
    return notices()[act].en if language == "en" else notices()[act].zh


def test_there_is_a_notice_for_every_act_that_tells_and_for_no_other() -> None:
    assert not set(TOLD) - set(notices())
    assert set(notices()) <= {act.value for act in LIFECYCLE} | set(OTHERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("act", [*TOLD, *OTHERS, "send_back"])
def test_every_notice_is_whole_with_all_facts(act: str, language: str) -> None:
    title, text = notice_text(act, language, FACTS)
    assert not PLACEHOLDER.search(title + text)
    assert "None" not in title + text
    assert all(line.strip() for line in text.splitlines())
    assert bool(CHINESE.search(title + text)) is (language != "en")
    said = wording(act, language)
    for line in (*said.lines, *said.where_known):
        for name in PLACEHOLDER.findall(line):
            assert name in FACTS or f"{name}_zh" in FACTS, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("act", [*TOLD, *OTHERS, "send_back"])
def test_what_must_be_said_stands_in_lines_that_are_never_left_out(act: str, language: str) -> None:
    said = wording(act, language)
    always = set(PLACEHOLDER.findall("\n".join([said.title, *said.lines, said.last])))
    assert NEEDED.get(act, {"number"}) <= always


@pytest.mark.parametrize("act", [*TOLD, *OTHERS, "send_back"])
def test_both_languages_name_the_same_facts(act: str) -> None:
    named = [
        sorted(set(PLACEHOLDER.findall("\n".join([*said.lines, *said.where_known, said.last]))))
        for said in (wording(act, "zh-TW"), wording(act, "en"))
    ]
    assert named[0] == named[1]


@pytest.mark.parametrize("act", TOLD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_facts_leave_their_lines_out(act: str, language: str) -> None:
    needed = NEEDED.get(act, set()) | {"number", "item", "owner"}
    known = {
        key: value for key, value in FACTS.items() if key.removesuffix("_zh").removesuffix("_en") in needed
    }
    _, text = notice_text(act, language, known)
    assert "https://" not in text
    assert not PLACEHOLDER.search(text)


def test_a_fact_that_must_be_named_and_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="new_due_at"):
        notice_text("extend", "zh-TW", {**FACTS, "new_due_at": None})
    with pytest.raises(KeyError):
        notice_text("comment", "zh-TW", FACTS)


def test_instants_are_shown_on_the_citys_clock() -> None:
    assert "115/12/04 17:30" in notice_text("extend", "zh-TW", FACTS)[1]
    assert "2026-12-04 17:30" in notice_text("extend", "en", FACTS)[1]


def test_words_of_a_citizen_are_never_taken_for_placeholders() -> None:
    _, text = notice_text("request_info", "zh-TW", {**FACTS, "note": "請補 {code} 與 {0}"})
    assert "請補 {code} 與 {0}" in text


@pytest.fixture
def told(database: Database) -> Callable[..., tuple[list[str], list[OutboxMessage]]]:
    def write(
        *addressees: Addressee, event_key: str = "case:D1151124-000001-7:3"
    ) -> tuple[list[str], list[OutboxMessage]]:
        with database.write() as session:
            used = write_notices(
                session, Outbox(), event_key=event_key, act="release", addressees=addressees,
                facts=FACTS, now=NOW,
            )  # fmt: skip
        with database.read() as session:
            return used, list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    return write


Told = Callable[..., tuple[list[str], list[OutboxMessage]]]


def test_a_notice_goes_out_by_every_way_and_in_the_readers_language(told: Told) -> None:
    used, rows = told(
        Addressee("a@example.org", "conversation-1", "zh-TW"), Addressee("b@example.org", None, "en")
    )
    assert sorted(used) == ["conversation", "email"]
    assert [(row.transport, row.recipient) for row in rows] == [
        ("conversation", "conversation-1"), ("email", "a@example.org"), ("email", "b@example.org"),
    ]  # fmt: skip
    assert [row.payload["language"] for row in rows] == ["zh-TW", "zh-TW", "en"]
    assert {row.subject for row in rows} == {FACTS["number"]}
    assert len({row.ordering for row in rows}) == 3


def test_nobody_is_told_twice_of_one_event(told: Told) -> None:
    same = Addressee("a@example.org", None, "zh-TW")
    told(same, same)
    _, rows = told(same)
    assert len(rows) == 1
    _, rows = told(same, event_key="case:D1151124-000001-7:4")
    assert len(rows) == 2


def test_without_any_way_nobody_is_told(told: Told) -> None:
    assert told(Addressee(None, None, "zh-TW"), Addressee(" ", "", "en")) == ([], [])


def test_nothing_of_one_reporter_is_in_the_notice_to_another(told: Told) -> None:
    _, rows = told(
        Addressee("a@example.org", "conversation-1", "zh-TW"), Addressee("b@example.org", None, "zh-TW")
    )
    for row in rows:
        others = {"a@example.org", "conversation-1", "b@example.org"} - {row.recipient}
        assert not any(other in str(row.payload) + row.key + str(row.ordering) for other in others)
