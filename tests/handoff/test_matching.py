"""Who is asked to take whom: properties of the rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.handoff.matching import Candidate, offers
from gateway.handoff.rules import Priority, Taker, Waiting, fits, in_order

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
NAMES = ("mei", "hua", "lin")
LANGUAGES = ("zh-TW", "en")


def waits(
    name: str, minutes: int, priority: str = "normal", language: str = "zh-TW", **more: object
) -> Waiting:
    return Waiting(name, priority, NOON - timedelta(minutes=minutes), language, **more)  # type: ignore[arg-type]


def there(name: str, free: int, took: int | None = None, languages: tuple[str, ...] = LANGUAGES) -> Candidate:
    last = None if took is None else NOON - timedelta(minutes=took)
    return Candidate(Taker(name, languages, (), free), last)


def asked(waiting: list[Waiting], candidates: list[Candidate]) -> dict[str, str]:
    return {one.conversation_id: one.username for one in offers(waiting, candidates)}


def test_the_freest_is_asked_and_between_equals_who_rested_longest() -> None:
    one = [waits("a", 3)]
    assert asked(one, [there("mei", 1), there("hua", 2)]) == {"a": "hua"}
    assert asked(one, [there("mei", 2, took=1), there("hua", 2, took=9)]) == {"a": "hua"}
    assert asked(one, [there("mei", 2, took=1), there("hua", 2)]) == {"a": "hua"}
    assert asked(one, [there("mei", 2), there("hua", 2)]) == {"a": "hua"}


def test_an_emergency_gets_the_last_place_and_others_wait() -> None:
    queue = [waits("old", 60), waits("danger", 1, "emergency"), waits("upset", 2, "distress")]
    assert asked(queue, [there("mei", 1)]) == {"danger": "mei"}
    assert asked(queue, [there("mei", 2)]) == {"danger": "mei", "upset": "mei"}


def test_language_group_and_wish_are_kept() -> None:
    speaks_chinese = there("mei", 5, languages=("zh-TW",))
    queue = [waits("english", 9, language="en"), waits("hers", 8, wanted_operator="hua"),
             waits("group", 7, wanted_unit="養工處"), waits("anybody", 1)]  # fmt: skip
    assert asked(queue, [speaks_chinese]) == {"anybody": "mei"}


def test_who_was_asked_in_vain_is_not_asked_again_and_one_who_is_being_asked_is_left_alone() -> None:
    assert asked([waits("a", 3, passed_over=["mei"])], [there("mei", 2)]) == {}
    assert asked([waits("a", 3, passed_over=["mei"])], [there("mei", 2), there("hua", 1)]) == {"a": "hua"}
    assert asked([waits("a", 3, offered_to="mei")], [there("mei", 2), there("hua", 2)]) == {}


people = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.none() | st.integers(0, 50),
        st.sampled_from([("zh-TW",), ("en",), LANGUAGES]),
    ),
    max_size=len(NAMES),
)
queues = st.lists(
    st.tuples(
        st.integers(0, 90), st.sampled_from(list(Priority)), st.sampled_from(LANGUAGES),
        st.sets(st.sampled_from(NAMES)), st.none() | st.sampled_from(NAMES),
    ),
    max_size=8,
)  # fmt: skip


@given(queues, people)
def test_whatever_waits_and_whoever_is_there(
    rows: list[tuple[int, Priority, str, set[str], str | None]],
    desk: list[tuple[int, int | None, tuple[str, ...]]],
) -> None:
    queue = [
        waits(str(n), minutes, priority.value, language, passed_over=passed, wanted_operator=wanted)
        for n, (minutes, priority, language, passed, wanted) in enumerate(rows)
    ]
    candidates = [there(name, *facts) for name, facts in zip(NAMES, desk, strict=False)]
    found = asked(queue, candidates)
    takers = {one.taker.username: one.taker for one in candidates}
    for name, taker in takers.items():
        assert sum(one == name for one in found.values()) <= taker.free
    by_id = {one.id: one for one in queue}
    for conversation, name in found.items():
        assert fits(by_id[conversation], takers[name])
        assert name not in by_id[conversation].passed_over
    left = {name: taker.free - sum(one == name for one in found.values()) for name, taker in takers.items()}
    ordered = in_order(queue)
    for place, one in enumerate(ordered):
        if one.id in found:
            continue
        could = [n for n, t in takers.items() if fits(one, t) and n not in one.passed_over]
        # Who was left out was overtaken by nobody: every place that would have done went to somebody ahead.
        assert all(left[name] == 0 for name in could)
        behind = {later.id for later in ordered[place + 1 :]}
        assert not any(name in could for conversation, name in found.items() if conversation in behind)
