"""The report over questions, to be read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.measures.document import (
    Bar,
    Bars,
    Document,
    Misses,
    Part,
    Point,
    Reliability,
    Table,
    figures,
)
from gateway.measures.measure import number
from knowledge_base.evaluation.figures import RECALL_TARGETS
from knowledge_base.evaluation.judging import DEPTHS, VERDICTS

_GROUPS = (("by_style", "style"), ("by_agency", "agency"), ("by_language", "language"))
_MISSES = (
    ("confident_and_wrong", "Worst misses: confident and wrong"),
    ("not_among_ten", "Worst misses: the right entry not among ten"),
)


def document(report: Mapping[str, Any], asked: str) -> Document:
    """The report of `evaluate`; `asked` names what was asked."""
    outside = report.get("out_of_scope")
    about = f"{asked}: {report['questions']} questions"
    if outside:
        about += f" and {outside['questions']} out of scope"
    return Document("FAQ search", about, tuple(_parts(report)))


def _parts(report: Mapping[str, Any]) -> Iterator[Part]:
    notes = []
    if report["entries_missing"]:
        notes.append(f"{report['entries_missing']} questions have no expected entry in this index")
    yield figures("Figures", report["measures"], notes)
    yield _decisions(report)
    for name, group in _GROUPS:
        if name in report:
            yield _by_group(report[name], group)
            yield _bars(report[name], group)
    yield _reliability(report["reliability"])
    for name, title in _MISSES:
        if report["misses"][name]:
            yield Misses(title, tuple((miss["q"], _facts(miss)) for miss in report["misses"][name]))


def _decisions(report: Mapping[str, Any]) -> Table:
    count = report["questions"]
    rows = [
        (name.replace("_", " "), str(report["decisions"][name]), f"{report['decisions'][name] / count:.1%}")
        for name in VERDICTS
    ]
    if outside := report.get("out_of_scope"):
        rows += [
            (f"out of scope: {name}", str(outside[name]), f"{outside[name] / outside['questions']:.1%}")
            for name in ("answered", "clarified", "none")
        ]
    return Table("Decisions", ("decision", "questions", "share"), tuple(rows))


def _by_group(groups: Mapping[str, Any], group: str) -> Table:
    head = (group, "n", *(f"@{depth}" for depth in DEPTHS), "MRR", *(v.replace("_", " ") for v in VERDICTS))
    rows = tuple(
        (
            name or "(none)",
            str(one["questions"]),
            *(number(one["recall"][str(depth)]) for depth in DEPTHS),
            number(one["mrr"]),
            *(str(one["decisions"][verdict]) for verdict in VERDICTS),
        )
        for name, one in groups.items()
    )
    return Table(f"By {group}", head, rows)


def _bars(groups: Mapping[str, Any], group: str) -> Bars:
    bars = tuple(_bar(name or "(none)", one) for name, one in groups.items())
    return Bars(f"Recall at 1 by {group}, with 95 % intervals", bars, RECALL_TARGETS[1])


def _bar(label: str, one: Mapping[str, Any]) -> Bar:
    low, high = one["intervals"]["1"]
    return Bar(label, one["recall"]["1"], low, high, one["questions"])


def _reliability(found: Mapping[str, Any]) -> Reliability:
    error = found["expected_calibration_error"]
    points = tuple(_point(row) for row in found["bins"])
    return Reliability(
        f"Reliability of the estimated chance (expected calibration error {error:.3f})", points
    )


def _point(row: Mapping[str, Any]) -> Point:
    low, high = row["interval"]
    return Point(row["estimated"], row["observed"], low, high, row["questions"])


def _facts(miss: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    ids = ", ".join(miss["expected_ids"])
    expected = (
        f"{miss['expected'] or 'no such entry in this index'} [{ids}]" if ids else "nothing: out of scope"
    )
    found = f"{miss['found']} [{miss['found_id']}]" if miss["found_id"] else "nothing"
    place = f", right one at {miss['place']}" if miss["place"] else ""
    return (
        ("expected", expected),
        ("found", found),
        ("decision", f"{miss['decision']}, estimated chance {miss['chance']:.2f}{place}"),
    )
