"""What the pages of city news share: who may come, the room, the form, and how things are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Form, Path, Request
from sqlalchemy.orm import Session

from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.identity import accounts
from gateway.identity.rules import Permission
from gateway.identity.views import Actor, Staff
from gateway.identity.web import require
from gateway.news.drafts import SEVERAL, SINGLE
from gateway.news.rules import State, districts_in
from gateway.news.service import NewsDesk

BASE: Final = "/console/news"
EDITOR: Final = Depends(require(Permission.NEWS_EDIT))
Editor = Annotated[Staff, EDITOR]
NewsId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Revision = Annotated[int, Form(ge=0, le=2**31 - 1)]
Note = Annotated[str, Form(max_length=2000)]
TONES: Final[Mapping[State, str]] = {
    State.DRAFT: "info", State.HANDED_IN: "warn", State.RETURNED: "warn", State.SCHEDULED: "info",
    State.SENDING: "info", State.SENT: "ok", State.STOPPED: "alarm", State.DISCARDED: "quiet",
}  # fmt: skip


async def typed_news(request: Request) -> dict[str, Any]:
    """A dependency: the fields of a piece of news as they were typed."""
    form = await request.form()
    single = {name: form.get(name, "") for name in SINGLE}
    return {
        **{name: text if isinstance(text, str) else "" for name, text in single.items()},
        **{name: [one for one in form.getlist(name) if isinstance(one, str)] for name in SEVERAL},
    }


Typed = Annotated[dict[str, Any], Depends(typed_news)]


def desk_of(request: Request) -> NewsDesk:
    """The room where news is written and approved."""
    desk: NewsDesk = request.app.state.news_desk
    return desk


def zone_of(request: Request) -> ZoneInfo:
    """The city's time zone."""
    return ZoneInfo(request.app.state.settings.timezone)


def acting(staff: Staff, permission: Permission = Permission.NEWS_EDIT) -> Actor:
    """Somebody as the audit trail names them: with the role that lets them do it."""
    return Actor(staff.username, staff.role_for(permission))


class NewsWords:
    """Names for one page, in the language of who looks at it."""

    def __init__(self, request: Request, session: Session) -> None:
        self._words, self._language = frame_of(request).words, visitor_of(request).language
        self._names = {one.username: one.display_name for one in accounts.listed(session)}
        self.districts = [
            (one.code, one.en if self._language == "en" else one.zh)
            for one in request.app.state.places.districts
        ]

    def name(self, username: str | None) -> str:
        """Somebody's name; the clock has none."""
        if username == "system":
            return self._words.text("news.clock", self._language)
        return self._names.get(username or "", username or "—")

    def names(self, usernames: list[str]) -> str:
        """Several people's names."""
        return self._joined([self.name(one) for one in usernames])

    def area(self, mask: int) -> str:
        """The districts of a piece of news."""
        known, codes = dict(self.districts), districts_in(mask)
        return self._joined([known.get(code, code) for code in codes]) or self._words.text(
            "news.whole_city", self._language
        )

    def _joined(self, parts: list[str]) -> str:
        return self._words.text("form.comma", self._language).join(parts)
