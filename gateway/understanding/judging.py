"""One message held against its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.cases.catalogue import Catalogue
from gateway.places.service import Places
from gateway.understanding.messages import Message
from gateway.understanding.parsing import Understood
from gateway.understanding.same_place import Likeness, likeness

EMERGENCY = "emergency"


@dataclass(frozen=True)
class Judged:
    """A message and what was made of it; what the label does not state is None.

    `item_place` counts from 0 among the candidates and is None where the item is not among them.
    """

    message: Message
    understood: Understood
    district_right: bool | None
    place: Likeness | None
    case_number_right: bool | None
    item_code: str | None
    item_place: int | None

    @property
    def right(self) -> bool:
        """Whether the intent is right."""
        return self.understood.intent == self.message.intent

    @property
    def alarm(self) -> bool:
        """Whether it was taken for an emergency."""
        return self.understood.intent == EMERGENCY

    @property
    def outcome(self) -> str:
        """What was made of it, in words."""
        told = [self.understood.intent]
        if self.district_right is not None:
            told.append(f"district {'right' if self.district_right else 'wrong'}")
        if self.place is not None:
            told.append(f"place {self.place}")
        if self.case_number_right is not None:
            told.append(f"case number {'right' if self.case_number_right else 'wrong'}")
        if self.item_code is not None:
            told.append("item not among three" if self.item_place is None else f"item {self.item_place + 1}")
        return ", ".join(told)


def judge(
    messages: Sequence[Message], understood: Sequence[Understood], places: Places, catalogue: Catalogue
) -> list[Judged]:
    """Every message with what was made of it, in order."""
    return [
        _judge(message, found, places, catalogue) for message, found in zip(messages, understood, strict=True)
    ]


def _judge(message: Message, understood: Understood, places: Places, catalogue: Catalogue) -> Judged:
    found, stated = understood.slots, message.slots
    district, code = message.district(places), message.item_code(catalogue)
    candidates = found.get("item_candidates", [])
    return Judged(
        message,
        understood,
        district_right=None if district is None else found.get("district") == district,
        place=likeness(found.get("location"), stated["location"]) if "location" in stated else None,
        case_number_right=found.get("case_no") == stated["case_no"] if "case_no" in stated else None,
        item_code=code,
        item_place=candidates.index(code) if code in candidates else None,
    )
