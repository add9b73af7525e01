"""Cells of files that are opened in a spreadsheet."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would reckon out; East Asian ones take the full-width signs too."""


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might reckon this out where it is typed in or read from a CSV file."""
    return text.startswith(_FORMULA)


def safe_cell(text: str) -> str:
    """The text as a cell of a CSV file that is shown and never reckoned."""
    return f"'{text}" if is_formula(text) else text
