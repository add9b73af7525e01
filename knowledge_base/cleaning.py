"""Repairs of what comes out of city systems: markup, full-width addresses, dates in every fashion."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import date, datetime
from html.parser import HTMLParser

_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|hr|i|img|li|ol|p|script|span|strong|style|t[dhr]|table|tbody|u|ul)\b",
    re.I,
)
_BLOCKS = frozenset({"br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "table", "tr"})
_HIDDEN = frozenset({"script", "style"})
_BROKEN_SCHEME = re.compile(r"(?<![a-z])(https?)\s*[:：]\s*(?:[/／]\s*){2}", re.I)
_BLANK = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_NUMBERS = re.compile(r"\d+")
_ROC_EPOCH = 1911
_MINGUO = "民國"
_GREGORIAN_FROM = 1900
_COMPACT_GREGORIAN = 8
_COMPACT_ROC = 7


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def plain_text(text: str) -> str:
    """The text without markup and control characters, broken addresses repaired, blanks tidied."""
    if _TAG.search(text):
        parser = _Text()
        parser.feed(text)
        parser.close()
        text = "".join(parser.parts)
    else:
        text = html.unescape(text)
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Co"))
    text = repair_addresses(_BLANK.sub(" ", text))
    return _BLANK_LINES.sub("\n", text).strip()


def repair_addresses(text: str) -> str:
    """Web addresses written with full-width 「：//」 made usable."""
    return _BROKEN_SCHEME.sub(lambda found: f"{found.group(1).lower()}://", text)


def read_date(value: object) -> date | None:
    """A day as written: 20140312, 2014-3-12, 2014/03/12 10:00, 1030312, 103/3/12, 民國103年3月12日.

    None where nothing is written. ValueError where something is written that is no day.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    written = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
    if not written:
        return None
    year, month, day = _parts(written)
    if _MINGUO in written or year < _GREGORIAN_FROM:
        year += _ROC_EPOCH
    return date(year, month, day)


def _parts(written: str) -> tuple[int, int, int]:
    numbers = _NUMBERS.findall(written)
    if numbers and len(numbers[0]) in (_COMPACT_GREGORIAN, _COMPACT_ROC):
        compact = numbers[0]
        return int(compact[:-4]), int(compact[-4:-2]), int(compact[-2:])
    if len(numbers) < len(("year", "month", "day")):
        raise ValueError(f"not a date: {written[:40]}")
    return int(numbers[0]), int(numbers[1]), int(numbers[2])
