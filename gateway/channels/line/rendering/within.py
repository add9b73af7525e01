"""What a text names that can be dialled or opened: on a card nothing of a text can be pressed. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from linebot.v3.messaging import Action

from gateway.channels.line.rendering import buttons
from gateway.channels.line.texts import line_text

_PHONE: Final = re.compile(r"(?<![\d-])0\d{1,3}-\d{3,4}-?\d{3,4}(?![\d-])")
_FAX: Final = re.compile(r"(傳真|[Ff]ax)[^\d]{0,6}$")
_LINK: Final = re.compile(r"https://[!-~]+")
_NOT_OF_IT: Final = ".,;:!?)]}'\""
_EACH_MAX: Final = 2


def reachable(text: str, language: str, *, besides: object = None) -> list[Action]:
    """Buttons for the first telephone numbers and addresses of a text; `besides` has one already."""
    numbers = [found[0] for found in _PHONE.finditer(text) if not _FAX.search(text[: found.start()])]
    called = [buttons.call(number, language) for number in _first(numbers)]
    links = [found.rstrip(_NOT_OF_IT) for found in _LINK.findall(text)]
    opened = [_opened(link, language) for link in _first([link for link in links if link != besides])]
    return [action for action in (*called, *opened) if action is not None]


def _first(several: list[str]) -> list[str]:
    return list(dict.fromkeys(several))[:_EACH_MAX]


def _opened(link: str, language: str) -> Action | None:
    if not buttons.safe_link(link):
        return None
    site = (urlsplit(link).hostname or "").removeprefix("www.")
    return buttons.link(line_text("open_site", language, site=site), link)
