"""The figures over many messages: intents, emergencies, slots, and the worst misses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from gateway.measures.intervals import macro_f1, macro_f1_interval
from gateway.measures.measure import Measures, figure, share
from gateway.understanding.judging import EMERGENCY, Judged
from gateway.understanding.parsing import Understood

KIND = "nlu"
MACRO_F1_TARGET = 0.93
EMERGENCY_TARGET = 1.0
FALSE_ALARM_TARGET = 0.0034
"""One in three hundred ordinary messages."""
DISTRICT_TARGET = 0.98
PLACE_TARGET = 0.90
WORST = 40

Mask = Callable[[str], str]


def evaluate(
    judged: Sequence[Judged], ordinary: Sequence[Understood] = (), mask: Mask = str
) -> dict[str, Any]:
    """The report over judged messages and, if given, ordinary ones that are no emergency.

    `mask` takes personal data out of the messages that are shown.
    """
    pairs = [(one.message.intent, one.understood.intent) for one in judged]
    return {
        "kind": KIND,
        "messages": len(judged),
        "ordinary": len(ordinary),
        "measures": _measures(judged, ordinary),
        "intents": _intents(pairs),
        "confusion": _confusion(pairs),
        "misses": _misses(judged, ordinary, mask),
        "outcomes": [
            *({"q": mask(one.message.q), "outcome": one.outcome, "right": one.right} for one in judged),
            *({"q": mask(one.q), "outcome": f"ordinary: {one.intent}", "right": None} for one in ordinary),
        ],
    }


def _measures(judged: Sequence[Judged], ordinary: Sequence[Understood]) -> Measures:
    pairs = [(one.message.intent, one.understood.intent) for one in judged]
    urgent = [one for one in judged if one.message.intent == EMERGENCY]
    others = [one for one in judged if one.message.intent != EMERGENCY]
    measures = {
        "macro_f1": figure(
            "macro-F1 of the intents", macro_f1(pairs), macro_f1_interval(pairs), MACRO_F1_TARGET
        ),
        "intent_right": share("intent right", sum(one.right for one in judged), len(judged)),
        "emergency_recall": share(
            "emergencies recognised", sum(one.right for one in urgent), len(urgent), EMERGENCY_TARGET
        ),
        "emergency_among_messages": share(
            "other messages taken for an emergency",
            sum(one.alarm for one in others),
            len(others),
            at_most=True,
        ),
    }
    if ordinary:
        alarms = sum(one.intent == EMERGENCY for one in ordinary)
        measures["false_alarms"] = share(
            "ordinary messages taken for an emergency",
            alarms,
            len(ordinary),
            FALSE_ALARM_TARGET,
            at_most=True,
        )
    return {**measures, **_slot_measures(judged)}


def _slot_measures(judged: Sequence[Judged]) -> Measures:
    districts = [one.district_right for one in judged if one.district_right is not None]
    places = [one.place for one in judged if one.place is not None]
    numbers = [one.case_number_right for one in judged if one.case_number_right is not None]
    items = [one.item_place for one in judged if one.item_code is not None]
    return {
        "district": share("district exact, where stated", sum(districts), len(districts), DISTRICT_TARGET),
        "place_found": share(
            "place found, where stated",
            sum(place in {"exact", "found"} for place in places),
            len(places),
            PLACE_TARGET,
        ),
        "place_exact": share("place exact, where stated", places.count("exact"), len(places)),
        "case_number": share("case number exact, where stated", sum(numbers), len(numbers)),
        "item_top_1": share("service item first, where told", items.count(0), len(items)),
        "item_top_3": share(
            "service item among three, where told", sum(n is not None for n in items), len(items)
        ),
    }


def _intents(pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Precision, recall and F1 of each kind that occurs, the most frequent first."""
    expected, found = Counter(e for e, _ in pairs), Counter(f for _, f in pairs)
    both = Counter(e for e, f in pairs if e == f)
    return {
        kind: {
            "messages": count,
            "precision": share(kind, both[kind], found[kind]),
            "recall": share(kind, both[kind], count),
            "f1": round(2 * both[kind] / (count + found[kind]), 4),
        }
        for kind, count in expected.most_common()
    }


def _confusion(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    counts = Counter(pairs)
    rows = [kind for kind, _ in Counter(e for e, _ in pairs).most_common()]
    columns = rows + sorted({f for _, f in pairs} - set(rows))
    return {
        "rows": rows,
        "columns": columns,
        "counts": [[counts[row, column] for column in columns] for row in rows],
    }


def _misses(judged: Sequence[Judged], ordinary: Sequence[Understood], mask: Mask) -> dict[str, Any]:
    wrong = sorted(
        (one for one in judged if not one.right),
        key=lambda one: (one.message.intent != EMERGENCY, not one.alarm, -one.understood.confidence),
    )
    return {
        "intents": [_intent_miss(one, mask) for one in wrong[:WORST]],
        "false_alarms": [mask(one.q) for one in ordinary if one.intent == EMERGENCY][:WORST],
        "districts": [_slot_miss(one, "district", mask) for one in judged if one.district_right is False][
            :WORST
        ],
        "places": [_slot_miss(one, "location", mask) for one in judged if one.place in {"wrong", "missing"}][
            :WORST
        ],
        "places_longer_or_shorter": [
            _slot_miss(one, "location", mask) for one in judged if one.place == "found"
        ][:WORST],
        "items": [_item_miss(one, mask) for one in judged if one.item_code and one.item_place != 0][:WORST],
    }


def _intent_miss(one: Judged, mask: Mask) -> dict[str, Any]:
    return {
        "q": mask(one.message.q),
        "expected": one.message.intent,
        "found": one.understood.intent,
        "confidence": round(one.understood.confidence, 4),
    }


def _slot_miss(one: Judged, slot: str, mask: Mask) -> dict[str, Any]:
    found = one.understood.slots.get(slot)
    return {
        "q": mask(one.message.q),
        "expected": mask(one.message.slots[slot]),
        "found": mask(found) if found else None,
    }


def _item_miss(one: Judged, mask: Mask) -> dict[str, Any]:
    candidates = one.understood.slots.get("item_candidates", [])
    return {
        "q": mask(one.message.q),
        "expected": one.item_code,
        "found": ", ".join(candidates) or None,
    }
