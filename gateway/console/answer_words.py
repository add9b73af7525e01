"""How pages of the answers desk name people, origins, states and days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fastapi import Request
from sqlalchemy.orm import Session

from gateway.answers.errors import InvalidContent
from gateway.answers.reading import ORIGIN_SHIPPED
from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.errors import PlatformError
from gateway.identity import accounts
from knowledge_base.overlay import ORIGIN

STATE_TONES: Final[Mapping[str, str]] = {
    "draft": "info", "review": "warn", "published": "ok", "withdrawn": "alarm",
}  # fmt: skip
REASON_TONES: Final[Mapping[str, str]] = {"past": "alarm", "link": "alarm", "ending": "warn", "old": "warn"}


class AnswerWords:
    """Names for one page, in the language of who looks at it."""

    def __init__(self, request: Request, names: Mapping[str, str]) -> None:
        self._words, self._language = frame_of(request).words, visitor_of(request).language
        self._names = names

    @classmethod
    def of(cls, request: Request, session: Session) -> AnswerWords:
        """For this request, with the names of the staff."""
        return cls(request, {one.username: one.display_name for one in accounts.listed(session)})

    def text(self, key: str, **values: object) -> str:
        """A message of the catalogue."""
        return self._words.text(key, self._language, **values)

    def name(self, username: str | None) -> str:
        """Somebody's name; the user name where there is no such account."""
        return self._names.get(username or "", username or "—")

    def names(self, usernames: Iterable[str]) -> str:
        """Several people's names."""
        return self.text("form.comma").join(map(self.name, usernames))

    def origin(self, code: str) -> str:
        """Where an entry comes from; an imported source is called by its own name."""
        known = {ORIGIN_SHIPPED: "answers.origins.shipped", ORIGIN: "answers.origins.desk"}
        return self.text(known[code]) if code in known else code

    @staticmethod
    def state_tone(state: str) -> str:
        """The colour of a state."""
        return STATE_TONES.get(state, "quiet")

    @staticmethod
    def reason_tone(reason: str) -> str:
        """The colour of a reason to look at an entry."""
        return REASON_TONES.get(reason, "quiet")

    def problems(self, refused: PlatformError | None) -> dict[str, str]:
        """What is wrong with each field, in words."""
        found = refused.problems if isinstance(refused, InvalidContent) else {}
        return {name: self.text(f"answers.problem.{problem}") for name, problem in found.items()}
