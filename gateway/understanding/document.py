"""The report over messages, to be read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.measures.document import Document, Matrix, Misses, Part, Table, bars, figures
from gateway.measures.measure import number
from gateway.understanding.same_place import RULE

_SLOT_MISSES = (
    ("districts", "Districts that were missed"),
    ("places", "Places that were missed"),
    ("places_longer_or_shorter", "Places found longer or shorter than stated"),
    ("items", "Service items not guessed first"),
)
_ITEM_RULE = (
    "A service item is told where a report or petition states its code, or where its words are the name or a "
    "keyword of one item of that kind alone; it is looked for in the kind of case that was understood."
)


def document(report: Mapping[str, Any], read: str) -> Document:
    """The report of `evaluate`; `read` names what was read."""
    about = f"{read}: {report['messages']} messages"
    if report["ordinary"]:
        about += f" and {report['ordinary']} ordinary ones"
    return Document("Understanding", about, tuple(_parts(report)))


def _parts(report: Mapping[str, Any]) -> Iterator[Part]:
    yield figures("Figures", report["measures"], (RULE, _ITEM_RULE))
    yield _intents(report["intents"])
    yield bars(
        "Recall of each intent, with 95 % intervals",
        ((kind, one["recall"]) for kind, one in report["intents"].items()),
    )
    confusion = report["confusion"]
    yield Matrix(
        "Confusion: expected down, found across",
        tuple(confusion["rows"]),
        tuple(confusion["columns"]),
        tuple(map(tuple, confusion["counts"])),
    )
    misses = report["misses"]
    if misses["intents"]:
        yield Misses("Worst misses: intents", tuple(map(_intent_miss, misses["intents"])))
    if misses["false_alarms"]:
        yield Misses(
            "Ordinary messages taken for an emergency", tuple((q, ()) for q in misses["false_alarms"])
        )
    for name, title in _SLOT_MISSES:
        if misses[name]:
            yield Misses(title, tuple(map(_slot_miss, misses[name])))


def _intents(intents: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            kind,
            str(one["messages"]),
            number(one["precision"]["value"]),
            number(one["recall"]["value"]),
            number(one["f1"]),
        )
        for kind, one in intents.items()
    )
    return Table("Intents", ("intent", "n", "precision", "recall", "F1"), rows)


def _intent_miss(miss: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    found = f"{miss['found']}, confidence {miss['confidence']:.2f}"
    return miss["q"], (("expected", miss["expected"]), ("found", found))


def _slot_miss(miss: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return miss["q"], (("expected", miss["expected"]), ("found", miss["found"] or "nothing"))
