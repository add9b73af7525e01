"""What was heard from the citizen, whichever way it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.conversations.context import Context
from knowledge_base.entries import Language


@dataclass(frozen=True)
class Heard:
    """One message of the citizen."""

    text: str = ""
    """The words; empty for a button or a shared place."""
    intent: str | None = None
    """Rasa's reading of the words; None when Rasa did not hear them."""
    language: Language = "zh-TW"
    choice: str | None = None
    """Payload of the button that was pressed."""
    location: dict[str, Any] | None = None
    """`lat`, `lng` in degrees and perhaps `label`."""
    context: Context = field(default_factory=Context)
    """What the conversation is about just now."""
