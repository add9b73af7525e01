"""How pages of quality sheets name people, scores, grades and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from fastapi import Request
from markupsafe import Markup
from sqlalchemy.orm import Session

from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.identity import accounts
from gateway.quality.rules import grade_of, hundredths, shown_score
from gateway.quality.standard import Grade, Standard
from gateway.quality.views import Served

TONES: Mapping[str, str] = {"outstanding": "ok", "excellent": "ok", "good": "info", "fair": "warn"}
"""A grade's colour; below them all it is an alarm."""
STATE_TONES: Mapping[str, str] = {"drawn": "warn", "drafted": "info", "final": "ok"}
_MINUTE = 60
_YEARS = range(1912, 3000)


class QualityWords:
    """Names for one page, in the language of who looks at it."""

    def __init__(
        self, request: Request, names: Mapping[str, str], standard: Standard, zone: ZoneInfo
    ) -> None:
        self._words, self._language = frame_of(request).words, visitor_of(request).language
        self._names = names
        self.standard = standard
        self._zone = zone

    @classmethod
    def of(cls, request: Request, session: Session) -> QualityWords:
        """For this request, with the names of the staff."""
        names = {account.username: account.display_name for account in accounts.listed(session)}
        quality = request.app.state.quality
        return cls(request, names, quality.standard, quality.zone)

    def text(self, key: str, **values: object) -> str:
        """A message of the catalogue."""
        return self._words.text(key, self._language, **values)

    def name(self, username: str | None) -> str:
        """Somebody's name; the user name where there is no such account."""
        return self._names.get(username or "", username or "—")

    def grade(self, code: str | None) -> Grade | None:
        """The grade of this code."""
        return self.standard.grade(code)

    def grade_for(self, average: Fraction) -> Grade:
        """The grade of an average."""
        return grade_of(average, self.standard.grades)

    @staticmethod
    def tone(code: str) -> str:
        """The colour of a grade."""
        return TONES.get(code, "alarm")

    @staticmethod
    def state_tone(state: str) -> str:
        """The colour of a state."""
        return STATE_TONES[state]

    @staticmethod
    def score(kept: int | None) -> str:
        """A kept score."""
        return "—" if kept is None else shown_score(kept)

    @staticmethod
    def number(value: Fraction | None) -> str:
        """An exact number, to hundredths and never rounded up."""
        return "—" if value is None else shown_score(hundredths(value))

    def criterion(self, code: str) -> tuple[str, str]:
        """A criterion's name; its code where it is assessed no more."""
        found = self.standard.criterion(code)
        return found.pair if found else (code, code)

    def lasted(self, seconds: int | None) -> str:
        """A stretch of time in minutes and seconds."""
        if seconds is None:
            return "—"
        minutes, rest = divmod(max(seconds, 0), _MINUTE)
        return self.text("quality.sheet.duration", minutes=minutes, seconds=rest)

    def first_reply(self, served: Served) -> str:
        """How long the first words took."""
        if served.reply_seconds is None:
            return self.text("quality.sheet.no_first_reply")
        return self.lasted(served.reply_seconds)

    def clock(self, at: datetime) -> Markup:
        """An instant of a conversation, to the second."""
        here = at.astimezone(self._zone)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.astimezone(UTC).isoformat(timespec="seconds"), f"{here:%Y-%m-%d}", f"{here:%H:%M:%S}"
        )


def day_of(text: str) -> date | None:
    """A day that somebody typed; None where it is none, or of no year that this platform will see."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if day.year in _YEARS else None
