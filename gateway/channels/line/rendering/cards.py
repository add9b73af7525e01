"""Building blocks of Flex Messages. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from linebot.v3.messaging import (
    Action,
    FlexBox,
    FlexBubble,
    FlexButton,
    FlexComponent,
    FlexMessage,
    FlexSeparator,
    FlexText,
)

from gateway.channels.line.rendering.rules import ALT_TEXT_MAX, FIELD_MAX, FIELD_NAME_MAX, TITLE_MAX, cut

GREY = "#5F6B7A"
RED = "#B42318"
BLUE = "#0B5CAD"


def card(
    alternative: str, body: Iterable[FlexComponent | None], footer: Iterable[FlexComponent | None] = ()
) -> FlexMessage:
    """One bubble; `alternative` is what is read where no card can be shown."""
    below = [part for part in footer if part is not None]
    bubble = FlexBubble(
        size="mega",
        body=column([part for part in body if part is not None], "md"),
        footer=column(below, "sm") if below else None,
    )
    return FlexMessage(altText=cut(" ".join(alternative.split()), ALT_TEXT_MAX), contents=bubble)


def column(parts: list[FlexComponent], spacing: str) -> FlexBox:
    """Parts one below the other."""
    return FlexBox(layout="vertical", spacing=spacing, contents=parts)


def heading(words: str) -> FlexComponent | None:
    """The title of a card."""
    shown = cut(words, TITLE_MAX)
    return FlexText(text=shown, weight="bold", size="md", wrap=True) if shown else None


def words(text: str, color: str | None = None, size: str = "sm") -> FlexComponent | None:
    """A paragraph; nothing for an empty one."""
    return FlexText(text=text, wrap=True, size=size, color=color) if text.strip() else None


def row(label: object, value: object, *, copied: bool = False) -> FlexComponent | None:
    """A label with its value beside it; nothing without a value. `copied`: large enough to be copied."""
    name, told = cut(str(label or ""), FIELD_NAME_MAX), cut(str(value or ""), FIELD_MAX)
    if not told:
        return None
    shown = FlexText(text=told, wrap=True, size="md" if copied else "sm", flex=5)
    if copied:
        shown.weight = "bold"
    if not name:
        return shown
    beside = FlexText(text=name, size="sm", color=GREY, flex=2, wrap=True)
    return FlexBox(layout="horizontal", spacing="md", contents=[beside, shown])


def line() -> FlexComponent:
    """A thin line between parts."""
    return FlexSeparator(margin="md")


def button(action: Action | None, style: str = "secondary") -> FlexComponent | None:
    """A button; nothing without an action. `style` is `primary`, `secondary` or `link`."""
    if action is None:
        return None
    color = BLUE if style == "primary" else None
    return FlexButton(action=action, style=style, height="sm", color=color)


def beside(buttons: list[FlexComponent]) -> FlexComponent:
    """Buttons in one row."""
    return FlexBox(layout="horizontal", spacing="sm", contents=buttons)
