"""What both OpenDocument files are made with."""

from __future__ import annotations

import io
from typing import Any

from odf import teletype
from odf.style import Style, TableColumnProperties
from odf.text import P


def column(book: Any, name: str, width: float) -> Any:
    """The style of a table's column of so many centimetres."""
    style = Style(name=f"column-{name}", family="table-column")
    style.addElement(TableColumnProperties(columnwidth=f"{width}cm"))
    book.automaticstyles.addElement(style)
    return style


def p(style: Any, text: str) -> Any:
    """A paragraph that says the text as it is."""
    made = P() if style is None else P(stylename=style)
    teletype.addTextToElement(made, text)
    return made


def packed(book: Any) -> bytes:
    """The file."""
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()
