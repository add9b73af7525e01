"""What a conversation is about just now: the entry last told, and where the citizen is. Pure.

It is kept beside the dialogue's state and goes along with every message, so that a short question
such as what it costs can be understood; it is forgotten after a few turns or minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.conversations.rules import Kind, Reply

KEY = "context"
"""Where it lies in the conversation's stored state."""
_TURNS = 3
_TOPIC_AGE = timedelta(minutes=10)
_PLACE_AGE = timedelta(minutes=30)


@dataclass(frozen=True)
class Context:
    """The topic of the last answer and the district the citizen spoke of, each with its age."""

    topic: str | None = None
    """Id of the entry that was told last."""
    asked: str | None = None
    """What the last question wanted to know of it (`fee`, `deadline`, …), where that was plain."""
    topic_at: datetime | None = None
    turns: int = 0
    """The citizen's messages since."""
    district: str | None = None
    """Chinese name of the district that was shared or stated last."""
    district_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, raw: dict[str, Any] | None) -> Context:
        """From JSON; anything missing or unreadable is as at the start."""
        raw = raw or {}
        try:
            return cls(
                raw.get("topic"), raw.get("asked"), _instant(raw.get("topic_at")), int(raw.get("turns") or 0),
                raw.get("district"), _instant(raw.get("district_at")),
            )  # fmt: skip
        except (TypeError, ValueError):
            return cls()

    def at(self, now: datetime) -> Context:
        """What of it still holds at `now`."""
        held = self
        if self.topic_at is None or self.turns >= _TURNS or now - self.topic_at > _TOPIC_AGE:
            held = replace(held, topic=None, asked=None, topic_at=None, turns=0)
        if self.district_at is None or now - self.district_at > _PLACE_AGE:
            held = replace(held, district=None, district_at=None)
        return held

    def after(
        self,
        replies: Iterable[Reply],
        now: datetime,
        *,
        asked: str | None = None,
        district: str | None = None,
    ) -> Context:
        """The context of the next message: the entry told last is its topic."""
        told = [topic for reply in replies if (topic := _topic(reply)) is not None]
        held = replace(self, turns=self.turns + 1).at(now)
        if told:
            held = replace(held, topic=told[-1], asked=asked, topic_at=now, turns=0)
        if district is not None:
            held = replace(held, district=district, district_at=now)
        return held


def _topic(reply: Reply) -> str | None:
    """The entry that a reply tells, or says it tells nothing of."""
    topic: str | None = (
        reply.payload.get("faq_id") if reply.kind is Kind.ANSWER else reply.payload.get("about")
    )
    return topic


def _instant(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None
