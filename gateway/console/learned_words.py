"""Cells of a table as people read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from gateway.reports.tables import Form, Value

NOTHING = "—"
_NUMBERS = frozenset({Form.COUNT, Form.SHARE, Form.DAYS, Form.SCORE, Form.SECONDS})


@dataclass(frozen=True)
class Cell:
    """What is shown; `case` is the number of a case to go to."""

    text: str | Markup
    number: bool = False
    case: str = ""


def cell(value: Value, form: Form, local: Callable[[datetime | None], Markup]) -> Cell:
    """One cell. `local` writes an instant in the city's time."""
    number = form in _NUMBERS
    if value is None:
        return Cell(NOTHING, number)
    if isinstance(value, datetime):
        return Cell(local(value))
    if form is Form.COUNT and isinstance(value, int | float):
        return Cell(f"{value:,.0f}", number)
    if form is Form.SHARE and isinstance(value, int | float):
        return Cell(f"{value:.2%}", number)
    if isinstance(value, float):
        return Cell(f"{value:,.2f}", number)
    return Cell(str(value), number, str(value) if form is Form.CASE else "")
