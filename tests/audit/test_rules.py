"""The chain's arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.rules import Entry, canonical, chain_key, entry_hash, head_seal

AT = datetime(2026, 11, 24, 3, 0, 0, 5, tzinfo=UTC)
ENTRY = Entry(AT, "mary", "handler", "case.accept", "case:D1", {"sequence": 3})
KEY = chain_key(b"secret")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_two_values_have_one_spelling_only_when_they_are_equal(one: object, other: object) -> None:
    same = repr(_typed(one)) == repr(_typed(other))
    assert (canonical(one) == canonical(other)) == same


def _typed(value: object) -> object:
    if isinstance(value, dict):
        return {"dict": sorted((key, _typed(inner)) for key, inner in value.items())}
    return [_typed(inner) for inner in value] if isinstance(value, list) else value


def test_every_part_of_an_entry_is_in_its_hash() -> None:
    base = entry_hash(KEY, 1, "0", ENTRY)
    others = [
        Entry(AT + timedelta(microseconds=1), *_rest()),
        Entry(AT, "eve", *_rest()[1:]),
        Entry(AT, "mary", "supervisor", *_rest()[2:]),
        Entry(AT, "mary", "handler", "case.handle", *_rest()[3:]),
        Entry(AT, "mary", "handler", "case.accept", "case:D2", {"sequence": 3}),
        Entry(AT, "mary", "handler", "case.accept", "case:D1", {"sequence": 4}),
    ]
    hashes = {entry_hash(KEY, 1, "0", other) for other in others}
    hashes |= {entry_hash(KEY, 2, "0", ENTRY), entry_hash(KEY, 1, "1", ENTRY)}
    hashes |= {entry_hash(chain_key(b"another"), 1, "0", ENTRY)}
    assert len(hashes) == 9
    assert base not in hashes


def _rest() -> tuple[str, str, str, str, dict[str, int]]:
    return ("mary", "handler", "case.accept", "case:D1", {"sequence": 3})


def test_the_zone_of_a_time_does_not_matter() -> None:
    elsewhere = Entry(AT.astimezone(timezone(timedelta(hours=8))), *_rest())
    assert entry_hash(KEY, 1, "0", elsewhere) == entry_hash(KEY, 1, "0", ENTRY)


def test_the_seal_stands_for_one_end() -> None:
    assert head_seal(KEY, 1, "a") != head_seal(KEY, 2, "a")
    assert head_seal(KEY, 1, "a") != head_seal(chain_key(b"x"), 1, "a")
