"""The law of versions by its table, forms by property, differences that give both texts again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.answers.content import EMPTY_FORM, LISTS, Content, as_form, content_of
from gateway.answers.difference import differences, pieces
from gateway.answers.errors import EntryActRefused, InvalidContent, NoteMissing, OwnDraft
from gateway.answers.rules import LAW, Act, Move, State, acts_for, check_person, checked_note, move_of
from gateway.answers.staleness import Reason, reasons
from gateway.identity.rules import GRANTS, Permission, StaffRole

ALL = list(Permission)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize("state", [None, *State])
@pytest.mark.parametrize("act", list(Act))
def test_what_is_not_in_the_table_is_refused(state: State | None, act: Act) -> None:
    if (state, act) in LAW:
        assert move_of(state, act) is LAW[state, act]
    else:
        with pytest.raises(EntryActRefused):
            move_of(state, act)


def test_replaced_and_discarded_versions_are_changed_by_nothing() -> None:
    assert not [key for key in LAW if key[0] in {State.REPLACED, State.DISCARDED}]


def test_only_editors_and_supervisors_write_and_release() -> None:
    held = {role for move in LAW.values() for role in GRANTS[move.needs]}
    assert held == {StaffRole.EDITOR, StaffRole.SUPERVISOR}


@pytest.mark.parametrize(
    ("opened", "live", "known", "who", "own", "expected"),
    [
        (None, None, True, "mei", False, ["save", "withdraw"]),
        (None, None, False, "mei", False, ["save"]),
        ("draft", None, True, "mei", False, ["save", "submit", "discard", "withdraw"]),
        ("draft", None, False, "mei", False, ["save", "submit", "discard"]),
        ("review", None, False, "mei", False, ["return"]),
        ("review", None, False, "mei", True, ["return", "publish"]),
        ("review", "published", True, "hua", False, ["return", "publish", "withdraw"]),
        (None, "published", False, "hua", False, ["save", "withdraw"]),
        (None, "withdrawn", True, "hua", False, ["save", "restore"]),
        ("draft", "withdrawn", True, "hua", False, ["save", "submit", "discard", "restore"]),
    ],
)
def test_the_buttons_are_the_law(
    opened: str | None, live: str | None, known: bool, who: str, own: bool, expected: list[str]
) -> None:
    found = acts_for(
        State(opened) if opened else None, State(live) if live else None, known=known, who=who,
        authors=["mei"], held=ALL, own_review=own,
    )  # fmt: skip
    assert found == expected


def test_nobody_releases_their_own_unless_the_settings_say_so() -> None:
    move = LAW[State.REVIEW, Act.PUBLISH]
    with pytest.raises(OwnDraft):
        check_person(move, "mei", ["hua", "mei"], own_review=False)
    check_person(move, "mei", ["hua", "mei"], own_review=True)
    check_person(move, "boss", ["hua", "mei"], own_review=False)


def test_a_reason_is_needed_where_the_table_says_so() -> None:
    needs = Move(State.DRAFT, Permission.FAQ_EDIT, with_reason=True)
    assert checked_note(needs, " 日期有誤 ") == "日期有誤"
    for wrong in ("", " \n", "長" * 301):
        with pytest.raises(NoteMissing):
            checked_note(needs, wrong)
    assert checked_note(Move(State.DRAFT, Permission.FAQ_EDIT), "") == ""


@given(st.fixed_dictionaries(dict.fromkeys(EMPTY_FORM, TEXT)))
def test_a_form_is_either_refused_or_comes_back_the_same(form: dict[str, str]) -> None:
    try:
        content = content_of(form)
    except InvalidContent as refused:
        assert refused.problems
        return
    assert content_of(as_form(content)) == content
    assert Content.from_json(content.to_json()) == content
    assert Content.of(content.entry("x-1", "desk")) == content


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("question", " ", "missing"), ("answer", "", "missing"), ("question", "問" * 501, "long"),
        ("source_url", "javascript:alert(1)", "url"), ("source_url", "https://a b", "url"),
        ("source_date", "2026-02-30", "day"), ("valid_until", "20260101", "day"),
        ("valid_until", "0001-01-01", "day"), ("language", "de", "choice"), ("opens", "x", "choice"),
        ("phrasings", "\n".join(map(str, range(101))), "lines"), ("keywords", "字" * 201, "lines"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_field(field: str, value: str, problem: str) -> None:
    with pytest.raises(InvalidContent) as refused:
        content_of({**EMPTY_FORM, "question": "問？", "answer": "答。", field: value})
    assert refused.value.problems == {field: problem}


def test_markup_stays_text_and_lists_are_told_once() -> None:
    form = {**EMPTY_FORM, "question": "a  b", "answer": "<script>x</script>", "phrasings": "甲\r\n 乙 \n\n甲"}
    content = content_of(form)
    assert (content.question, content.answer, content.phrasings) == (
        "a b",
        "<script>x</script>",
        ("甲", "乙"),
    )


@given(TEXT, TEXT)
def test_a_difference_gives_both_texts_again(old: str, new: str) -> None:
    found = list(pieces(old, new))
    assert "".join(text for kind, text in found if kind != "in") == old
    assert "".join(text for kind, text in found if kind != "out") == new


def test_long_texts_are_compared_by_sentences() -> None:
    old = "這是一句話。" * 3_000
    new = old + "多了一句。"
    assert list(pieces(old, new)) == [("same", old), ("in", "多了一句。")]


def test_differences_name_the_fields() -> None:
    old = Content("甲？", "每月一日報名。", phrasings=("一",))
    new = Content("甲？", "每月五日報名。", phrasings=("一", "二"))
    found = differences(old, new)
    assert [change.field for change in found] == ["answer", "phrasings"]
    assert found[0].pieces == (("same", "每月"), ("out", "一"), ("in", "五"), ("same", "日報名。"))
    assert [change.field for change in differences(None, old)] == [
        "question", "answer", "language", "phrasings",
    ]  # fmt: skip
    assert set(LISTS) <= set(EMPTY_FORM)


TODAY = date(2026, 11, 5)


@pytest.mark.parametrize(
    ("source", "until", "dead", "looked", "expected"),
    [
        (date(2023, 11, 5), None, False, None, []),
        (date(2023, 11, 4), None, False, None, [Reason.OLD]),
        (date(2011, 1, 1), None, False, TODAY - timedelta(days=364), []),
        (date(2011, 1, 1), None, False, TODAY - timedelta(days=365), [Reason.OLD]),
        (None, TODAY, False, None, [Reason.ENDING]),
        (None, TODAY + timedelta(days=31), False, None, []),
        (None, TODAY - timedelta(days=1), True, TODAY, [Reason.PAST]),
        (None, None, True, None, [Reason.LINK]),
        (None, None, True, TODAY, []),
        (date(2011, 1, 1), TODAY, True, None, [Reason.ENDING, Reason.LINK, Reason.OLD]),
    ],
)
def test_why_an_entry_should_be_looked_at(
    source: date | None, until: date | None, dead: bool, looked: date | None, expected: list[Reason]
) -> None:
    found = reasons(source, until, link_dead=dead, looked_on=looked, today=TODAY)
    assert list(found) == expected
