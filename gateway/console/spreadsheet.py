"""Cells of files that are opened in a spreadsheet."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would reckon out."""


def safe_cell(text: str) -> str:
    """The text as a cell that is shown and never reckoned."""
    return f"'{text}" if text.startswith(_FORMULA) else text
