"""What an address asks for, read with care. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.errors import InvalidInput

EARLIEST: Final = date(2001, 1, 1)


class CannotBeAsked(InvalidInput):
    """A report was asked for what it cannot tell; `detail` says what."""

    code = "cannot_be_asked"
    zh = "報表的查詢條件不正確，請修正後再查詢。"
    en = "This cannot be asked of the report. Please correct it and try again."


@dataclass(frozen=True)
class Asking:
    """The words of an address, and the day on which they are asked."""

    words: Mapping[str, str]
    today: date

    @property
    def yesterday(self) -> date:
        """The last day that is over."""
        return self.today - timedelta(days=1)

    def day_over(self, name: str) -> date:
        """A day that is over, by default yesterday. Raises CannotBeAsked."""
        return self.day(name, self.yesterday)

    def day(self, name: str, latest: date) -> date:
        """A day up to the latest one, which it is by default. Raises CannotBeAsked."""
        told = self.words.get(name, "").strip()
        try:
            day = date.fromisoformat(told) if told else latest
        except ValueError:
            raise CannotBeAsked(f"{name}: {told[:20]} is no day such as 2026-11-22") from None
        if not EARLIEST <= day <= latest:
            raise CannotBeAsked(f"{name}: a day from {EARLIEST} to {latest}")
        return day

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`. Raises CannotBeAsked."""
        told = self.words.get(name, "").strip()
        try:
            number = int(told) if told else default
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise CannotBeAsked(f"{name}: a whole number from {least} to {most}")
        return number

    def choice(self, name: str, default: str, known: Collection[str]) -> str:
        """One of a few words. Raises CannotBeAsked."""
        told = self.words.get(name, "").strip() or default
        if told not in known:
            raise CannotBeAsked(f"{name}: one of {', '.join(known)}")
        return told

    def text(self, name: str) -> str:
        """A name, empty where there is none; a longer one than any name is cut."""
        return self.words.get(name, "").strip()[:80]
