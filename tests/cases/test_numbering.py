"""Case numbers: every wrong digit and every swap is noticed; sequences have no gap and no double."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.errors import InvalidCaseNumber
from gateway.cases.numbering import CaseNumber, allocate_number, parse_number
from gateway.cases.rules import Kind
from gateway.cases.service import CaseService
from gateway.cases.verification import ALPHABET, code_matches, normalise_code, verification_code
from gateway.cases.views import NewCase
from gateway.database import Database

NUMBERS = st.builds(
    CaseNumber,
    st.sampled_from(Kind),
    st.dates(date(2010, 1, 1), date(2099, 12, 31)),
    st.integers(1, 999_999),
)
DIGITS = "0123456789"


def test_the_form() -> None:
    number = str(CaseNumber(Kind.DISPATCH, date(2026, 11, 22), 123))
    assert number[:-1] == "D1151122-000123-"
    assert number[-1] in DIGITS


@given(NUMBERS)
def test_what_is_written_is_read_back(number: CaseNumber) -> None:
    assert parse_number(str(number)) == number


@given(NUMBERS, st.data())
def test_people_type_numbers_in_many_ways(number: CaseNumber, data: st.DataObject) -> None:
    full_width = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
    ways: list[Callable[[str], str]] = [
        str.lower,
        lambda text: text.replace("-", ""),
        lambda text: text.replace("-", " "),
        lambda text: f"  {text}\n",
        lambda text: text.translate(full_width),
        lambda text: text.replace("-", "–"),
    ]
    typed = data.draw(st.sampled_from(ways))(str(number))
    assert parse_number(typed) == number


@given(NUMBERS, st.data())
def test_every_single_wrong_character_is_noticed(number: CaseNumber, data: st.DataObject) -> None:
    text = str(number)
    at = data.draw(st.sampled_from([i for i, c in enumerate(text) if c != "-"]))
    others = [c for c in (DIGITS if text[at] in DIGITS else "DPWI") if c != text[at]]
    with pytest.raises(InvalidCaseNumber):
        parse_number(text[:at] + data.draw(st.sampled_from(others)) + text[at + 1 :])


@given(NUMBERS, st.data())
def test_every_swap_of_neighbours_is_noticed(number: CaseNumber, data: st.DataObject) -> None:
    plain = str(number).replace("-", "")
    at = data.draw(st.integers(1, len(plain) - 2))
    swapped = plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :]
    if swapped == plain:
        assert parse_number(swapped) == number
    else:
        with pytest.raises(InvalidCaseNumber):
            parse_number(swapped)


@pytest.mark.parametrize("text", ["", "D", "INS161005529", "D1151122-000123", "D1151322-000123-4", "X" * 500])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidCaseNumber):
        parse_number(text)


def test_each_kind_and_day_counts_for_itself(database: Database) -> None:
    today, tomorrow = date(2026, 11, 22), date(2026, 11, 23)
    with database.write() as session:
        drawn = [
            allocate_number(session, kind, day).sequence
            for kind, day in [
                (Kind.DISPATCH, today),
                (Kind.DISPATCH, today),
                (Kind.PETITION, today),
                (Kind.DISPATCH, tomorrow),
            ]
        ]
    assert drawn == [1, 2, 1, 1]


def test_the_day_is_the_local_one(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    late_in_utc = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    with database.write() as session:
        assert cases.register(session, new_case(received_at=late_in_utc)).number.startswith("D1151123-000001")


def test_a_rolled_back_case_gives_its_number_back(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        cases.register(session, new_case("lost"))
        raise RuntimeError("the transaction fails")
    with database.write() as session:
        assert cases.register(session, new_case("kept")).number.startswith("D1151123-000001")


def test_a_race_leaves_no_gap_and_no_double(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    numbers: list[str] = []
    start = threading.Barrier(6)

    def citizen(who: int) -> None:
        start.wait()
        for turn in range(5):
            with database.write() as session:
                registered = cases.register(session, new_case(f"citizen-{who}:{turn}"))
            numbers.append(registered.number)

    threads = [threading.Thread(target=citizen, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(parse_number(number).sequence for number in numbers) == list(range(1, 31))


def test_the_code_is_the_same_again_and_another_for_another_case_or_key() -> None:
    code = verification_code(b"key", "D1151122-000123-6")
    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    assert code == verification_code(b"key", "D1151122-000123-6")
    assert code != verification_code(b"key", "D1151122-000124-1")
    assert code != verification_code(b"other", "D1151122-000123-6")


@given(st.text(alphabet=ALPHABET, min_size=8, max_size=8))
def test_a_code_is_read_as_people_write_it(code: str) -> None:
    written = code.replace("0", "o").replace("1", "l").lower()
    assert normalise_code(f" {written[:4]} {written[4:]}　") == code


@given(st.text(max_size=12))
def test_any_text_may_be_tried_as_a_code(text: str) -> None:
    right = verification_code(b"key", "D1151122-000123-6")
    assert code_matches(b"key", "D1151122-000123-6", text) == (normalise_code(text) == right)
