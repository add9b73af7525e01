"""Plots as SVG, drawn without a library: they take their colours from the page. Pure."""

from __future__ import annotations

from html import escape

from gateway.measures.document import Bars, Matrix, Reliability

_ROW = 40
_LABEL = 22
_BAR = 12
_SIDE = 360
_EDGE = 46
_NAMES = 122
_SLANT = 40
"""Room at the right for the slanted name of the last column."""
_ABBREVIATED = 20


def bars(part: Bars) -> str:
    """One bar a row below its label, with the interval as a line and the target across all rows.

    Lengths are shares of the width, so that words keep their size on a narrow screen.
    """
    height = _ROW * len(part.bars)
    drawn = [_svg_open(f'width="100%" height="{height}"', part.title)]
    for place, bar in enumerate(part.bars):
        top = place * _ROW
        middle = top + _LABEL + _BAR / 2
        value = f"{bar.value:.3f} ({bar.low:.2f}–{bar.high:.2f}), n = {bar.count}"
        drawn += [
            f'<text x="0" y="{top + 16}">{escape(bar.label)}</text>',
            f'<text x="100%" y="{top + 16}" text-anchor="end" class="soft">{value}</text>',
            f'<rect x="0" y="{top + _LABEL}" width="100%" height="{_BAR}" class="ground"/>',
            f'<rect x="0" y="{top + _LABEL}" width="{bar.value:.1%}" height="{_BAR}" class="bar"/>',
            f'<line x1="{bar.low:.1%}" x2="{bar.high:.1%}" y1="{middle}" y2="{middle}" class="reach"/>',
        ]
        if part.target is not None:
            drawn.append(
                f'<line x1="{part.target:.1%}" x2="{part.target:.1%}" y1="{top + _LABEL - 2}" '
                f'y2="{top + _LABEL + _BAR + 2}" class="target"/>'
            )
    return "".join([*drawn, "</svg>"])


def matrix(part: Matrix) -> str:
    """Expected kinds down, found kinds across; the darker, the larger a share of its row."""
    cell = (_SIDE - _NAMES - _SLANT) / max(len(part.columns), 1)
    head = _NAMES
    height = head + cell * len(part.rows)
    drawn = [_svg_open(f'viewBox="0 0 {_SIDE} {height:.0f}" class="square small"', part.title)]
    for across, name in enumerate(part.columns):
        x = _NAMES + cell * (across + 0.5)
        drawn.append(f'<text transform="translate({x + 4:.1f} {head - 6}) rotate(-60)">{_short(name)}</text>')
    for down, (name, counts) in enumerate(zip(part.rows, part.counts, strict=True)):
        y = head + cell * down
        middle = y + cell / 2 + 4
        drawn.append(f'<text x="{_NAMES - 6}" y="{middle:.1f}" text-anchor="end">{_short(name)}</text>')
        whole = sum(counts) or 1
        for across, count in enumerate(counts):
            x = _NAMES + cell * across
            right = part.columns[across] == name
            kind = "right" if right else "wrong"
            drawn.append(
                f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{cell - 2:.1f}" height="{cell - 2:.1f}" '
                f'class="ground"/><rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{cell - 2:.1f}" '
                f'height="{cell - 2:.1f}" class="{kind}" opacity="{_shade(count / whole):.2f}"/>'
            )
            if count:
                drawn.append(
                    f'<text x="{x + cell / 2:.1f}" y="{middle:.1f}" text-anchor="middle">{count}</text>'
                )
    return "".join([*drawn, "</svg>"])


def reliability(part: Reliability) -> str:
    """How often it was so over the estimated chance; on the dashed line the estimate is true."""
    inner = _SIDE - 2 * _EDGE

    def across(chance: float) -> float:
        return _EDGE + chance * inner

    def up(chance: float) -> float:
        return _SIDE - _EDGE - chance * inner

    drawn = [_svg_open(f'viewBox="0 0 {_SIDE} {_SIDE}" class="square"', part.title)]
    for tenth in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = across(tenth), up(tenth)
        drawn += [
            f'<line x1="{x}" x2="{x}" y1="{up(0)}" y2="{up(1)}" class="grid"/>',
            f'<line x1="{across(0)}" x2="{across(1)}" y1="{y}" y2="{y}" class="grid"/>',
            f'<text x="{x}" y="{_SIDE - 18}" text-anchor="middle" class="soft">{tenth:g}</text>',
            f'<text x="{_EDGE - 6}" y="{y + 4}" text-anchor="end" class="soft">{tenth:g}</text>',
        ]
    drawn.append(f'<line x1="{across(0)}" y1="{up(0)}" x2="{across(1)}" y2="{up(1)}" class="target"/>')
    most = max((point.count for point in part.points), default=1)
    for point in part.points:
        x, radius = across(point.estimated), 3 + 9 * (point.count / most) ** 0.5
        drawn += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{up(point.low):.1f}" y2="{up(point.high):.1f}" '
            'class="reach"/>',
            f'<circle cx="{x:.1f}" cy="{up(point.observed):.1f}" r="{radius:.1f}" class="dot">'
            f"<title>{point.estimated:.2f} → {point.observed:.2f}, n = {point.count}</title></circle>",
        ]
    middle = _SIDE / 2
    drawn += [
        f'<text x="{middle}" y="{_SIDE - 3}" text-anchor="middle" class="soft">estimated chance</text>',
        f'<text transform="translate(10 {middle}) rotate(-90)" text-anchor="middle" class="soft">'
        "observed share</text>",
    ]
    return "".join([*drawn, "</svg>"])


def _svg_open(attributes: str, title: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" {attributes}>'


def _short(name: str) -> str:
    return escape(name if len(name) <= _ABBREVIATED else name[: _ABBREVIATED - 1] + "…")


def _shade(part: float) -> float:
    """Even a single case is to be seen."""
    return 0.0 if part == 0 else 0.2 + 0.6 * part
