"""What a chart says in a sentence, for whoever cannot see it or has no time: highest, lowest, last. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SPOKEN = 3
"""More series than so many are named, but not described."""


@dataclass(frozen=True)
class Said:
    """Names of the series, labels, and for each series its values and their texts."""

    names: Sequence[str]
    labels: Sequence[str]
    values: Sequence[Sequence[float | None]]
    texts: Sequence[Sequence[str]]


def said(kind: str, drawn: Said, *, ordered: bool, english: bool) -> str:
    """The sentence of a chart."""
    if not any(value is not None for row in drawn.values for value in row):
        return "There is nothing to show." if english else "沒有資料可以顯示。"
    if kind == "heat":
        return _field(drawn, english)
    if kind == "band":
        return _band(drawn, english)
    if kind == "share":
        return _whole(drawn, english)
    sentences = [_row(drawn, n, ordered, english) for n in range(min(len(drawn.names), SPOKEN))]
    if len(drawn.names) > SPOKEN:
        rest = ("、", ", ")[english].join(drawn.names[SPOKEN:])
        sentences.append(f"Also shown: {rest}." if english else f"另有{rest}，數字見表。")
    return (" " if english else "").join(sentences)


def _row(drawn: Said, n: int, ordered: bool, english: bool) -> str:
    name, texts = drawn.names[n], drawn.texts[n]
    known = [(value, place) for place, value in enumerate(drawn.values[n]) if value is not None]
    if not known:
        return f"{name}: no data." if english else f"{name}：沒有資料。"
    high = max(known, key=lambda one: (one[0], -one[1]))[1]
    low, last = min(known)[1], known[-1][1]

    def at(place: int) -> str:
        label = drawn.labels[place]
        return f"{texts[place]} ({label})" if english else f"{label} {texts[place]}"

    if len({value for value, _ in known}) == 1:
        count = len(known)
        return (
            f"{name}: {texts[last]} at all {count} places."
            if english
            else f"{name}：{count} 處都是 {texts[last]}。"
        )
    ends = f" Last: {at(last)}." if english else f"，最後是 {at(last)}"
    if english:
        return f"{name}: highest {at(high)}, lowest {at(low)}.{ends if ordered else ''}"
    return f"{name}：最高是 {at(high)}，最低是 {at(low)}{ends if ordered else ''}。"


def _field(drawn: Said, english: bool) -> str:
    known = [
        (value, row, place)
        for row, values in enumerate(drawn.values)
        for place, value in enumerate(values)
        if value is not None
    ]
    high = max(known, key=lambda one: (one[0], -one[1], -one[2]))
    low = min(known)

    def at(one: tuple[float, int, int]) -> str:
        _, row, place = one
        where = f"{drawn.names[row]} {drawn.labels[place]}"
        text = drawn.texts[row][place]
        return f"{text} ({where})" if english else f"{where}（{text}）"

    return f"Most: {at(high)}. Least: {at(low)}." if english else f"最多：{at(high)}；最少：{at(low)}。"


def _band(drawn: Said, english: bool) -> str:
    """The last figure that is known, with its bounds, and the last one that really came."""
    places = [n for n, value in enumerate(drawn.values[0]) if value is not None]
    if not places:
        return "There is no forecast." if english else "沒有預測。"
    last = places[-1]
    figure, low, high = (drawn.texts[n][last] for n in range(3))
    label = drawn.labels[last]
    text = (
        f"{drawn.names[0]} at the end ({label}): {figure}, between {low} and {high}."
        if english
        else f"{drawn.names[0]}到 {label} 為 {figure}，範圍 {low} 至 {high}。"
    )
    real = (
        [n for n, value in enumerate(drawn.values[3]) if value is not None]
        if len(drawn.names) > SPOKEN
        else []
    )
    if real:
        name, then, when = drawn.names[3], drawn.texts[3][real[-1]], drawn.labels[real[-1]]
        text += f" {name}, last: {then} ({when})." if english else f"{name}最後一筆是 {when} {then}。"
    return text


def _whole(drawn: Said, english: bool) -> str:
    """Which part is the largest of all labels together."""
    sums = [sum(value or 0 for value in row) for row in drawn.values]
    whole = sum(sums)
    if not whole:
        return "All figures are 0." if english else "數字都是 0。"
    order = sorted(range(len(sums)), key=lambda n: (-sums[n], n))
    first = order[0]
    share = f"{sums[first] / whole:.1%}"
    text = (
        f"The largest part is {drawn.names[first]}, {share} of all."
        if english
        else f"占最多的是{drawn.names[first]}，占全部 {share}"
    )
    if len(order) == 1:
        return text if english else f"{text}。"
    least = order[-1]
    share = f"{sums[least] / whole:.1%}"
    if english:
        return f"{text} The smallest is {drawn.names[least]}, {share}."
    return f"{text}；最少的是{drawn.names[least]}，占 {share}。"
