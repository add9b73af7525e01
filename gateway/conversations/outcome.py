"""What a turn came to: things to say, the dialogue's new state, and acts to commit with them.

Actions and the direct dialogue only *propose* an outcome. The conversation's closing transaction
carries it out, so a case, its number and the message that tells it exist together or not at all.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.conversations.rules import Kind, Reply, Sender

ENVELOPE = "wst"
"""Key of an outcome inside the `custom` part of what an action says through Rasa."""


@dataclass(frozen=True)
class DialogueState:
    """Where the dialogue stands between two turns; kept with the conversation."""

    form: str | None = None
    """`dispatch`, `petition`, `public_works_report`, `case_lookup` or none."""
    draft: dict[str, Any] = field(default_factory=dict)
    failed_answers: int = 0
    """Questions in a row that could not be answered."""
    instead_of_waiting: bool = False
    """Whether the open form was begun to leave a message instead of waiting for a person."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: dict[str, Any] | None) -> DialogueState:
        """From JSON; anything missing is as at the start."""
        raw = raw or {}
        return cls(
            raw.get("form"), dict(raw.get("draft") or {}), int(raw.get("failed_answers") or 0),
            bool(raw.get("instead_of_waiting")),
        )  # fmt: skip


@dataclass(frozen=True)
class Handoff:
    """The wish to be handed to a person."""

    reason: str
    priority: str = "normal"


@dataclass(frozen=True)
class Asked:
    """What the knowledge base said to a question: the decision, and the nearest entry if there is one."""

    decision: str
    entry: str | None = None
    version: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of one turn, before it is committed."""

    replies: tuple[Reply, ...] = ()
    state: DialogueState | None = None
    """The new state; None leaves it as it is."""
    handoff: Handoff | None = None
    register: dict[str, Any] | None = None
    """A confirmed draft that becomes a case."""
    back_to_bot: bool = False
    """The citizen leaves the queue."""
    asked: Asked | None = None
    """What was asked of the knowledge base outside a form."""
    aspect: str | None = None
    """What the answered question wanted to know of its topic, where that was plain."""
    outside_loop: bool = False
    """A form was opened where Rasa does not know of it: a clean tracker takes it up."""
    district: str | None = None
    """The district that the citizen stated or shared, to be remembered."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON, for the way through Rasa."""
        return {
            "replies": [
                {"text": r.text, "kind": r.kind, "payload": r.payload, "sender": r.sender}
                for r in self.replies
            ],
            "state": self.state.to_dict() if self.state else None,
            "handoff": {"reason": self.handoff.reason, "priority": self.handoff.priority}
            if self.handoff
            else None,
            "register": self.register,
            "asked": asdict(self.asked) if self.asked else None,
            "aspect": self.aspect,
            "district": self.district,
            "outside_loop": self.outside_loop,
        }

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> Outcome:
        """Back from JSON. Raises KeyError or ValueError when it is not an outcome."""
        handoff, asked = raw.get("handoff"), raw.get("asked")
        return cls(
            replies=tuple(
                Reply(r["text"], Kind(r["kind"]), dict(r["payload"]), Sender(r["sender"]))
                for r in raw["replies"]
            ),
            state=DialogueState.from_dict(raw["state"]) if raw.get("state") is not None else None,
            handoff=Handoff(handoff["reason"], handoff["priority"]) if handoff else None,
            register=raw.get("register"),
            asked=Asked(**asked) if asked else None,
            aspect=raw.get("aspect"),
            district=raw.get("district"),
            outside_loop=bool(raw.get("outside_loop")),
        )


def join(outcomes: list[Outcome]) -> Outcome:
    """Several outcomes of one turn as one: all replies in order, the last word on the rest."""
    state = handoff = register = asked = aspect = district = None
    for outcome in outcomes:
        state = outcome.state or state
        handoff = outcome.handoff or handoff
        register = outcome.register or register
        asked = outcome.asked or asked
        aspect = outcome.aspect or aspect
        district = outcome.district or district
    replies = tuple(reply for outcome in outcomes for reply in outcome.replies)
    outside = any(outcome.outside_loop for outcome in outcomes)
    return Outcome(
        replies, state, handoff, register, asked=asked, aspect=aspect, district=district, outside_loop=outside
    )  # fmt: skip
