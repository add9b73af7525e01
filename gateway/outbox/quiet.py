"""Quiet hours: when no telephone of a citizen should ring for what can wait until the morning. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.outbox.rules import RINGING, rule_of
from gateway.settings import Settings

_ONE_DAY = timedelta(days=1)
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True)
class QuietHours:
    """From `first` (in it) until `last` (no more in it) on the city's clock, perhaps over midnight."""

    first: time
    last: time
    zone: ZoneInfo

    @classmethod
    def from_settings(cls, settings: Settings) -> QuietHours | None:
        """The quiet hours of the settings; None where there are none."""
        found = _SPAN.fullmatch(settings.quiet_hours)
        if found is None:
            return None
        hour, minute, last_hour, last_minute = (int(part) for part in found.groups())
        return cls(time(hour, minute), time(last_hour, last_minute), ZoneInfo(settings.timezone))

    def until(self, at: datetime) -> datetime | None:
        """When the quiet hours end that `at` lies in; None outside of them."""
        here = at.astimezone(self.zone)
        now = here.time()
        over_midnight = self.last <= self.first
        inside = now >= self.first or now < self.last if over_midnight else self.first <= now < self.last
        if not inside:
            return None
        day = here.date() + _ONE_DAY if over_midnight and now >= self.first else here.date()
        return datetime.combine(day, self.last, self.zone).astimezone(UTC)

    def first_allowed(self, topic: str, transport: str, at: datetime) -> datetime:
        """The earliest instant from `at` on at which a message may go out."""
        waits = rule_of(topic).waits and transport in RINGING
        return (self.until(at) or at) if waits else at
