"""What every action shares: what Rasa heard goes in, a proposed outcome comes out."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from gateway.conversations.context import Context
from gateway.conversations.dialogue import Dialogue
from gateway.conversations.heard import Heard
from gateway.conversations.outcome import ENVELOPE, DialogueState, Outcome

Events = list[dict[str, Any]]


class DialogueAction(Action):  # type: ignore[misc]  # rasa_sdk is untyped
    """An action that asks the dialogue and says what it proposes."""

    action_name: str

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    def name(self) -> str:
        """The name in Rasa's domain."""
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Ask, away from the event loop, and propose."""
        outcome = await asyncio.to_thread(self.decide, heard(tracker), state_of(tracker))
        return propose(dispatcher, outcome)

    @abstractmethod
    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """The outcome that this action proposes."""


def heard(tracker: Tracker) -> Heard:
    """The latest message: words, intent, a pressed button or a shared place, and the language."""
    message: dict[str, Any] = tracker.latest_message or {}
    metadata: dict[str, Any] = message.get("metadata") or {}
    text = str(metadata.get("as_written") or message.get("text") or "")
    return Heard(
        text="" if text.startswith("/") else text,
        intent=(message.get("intent") or {}).get("name"),
        language="en" if metadata.get("language") == "en" else "zh-TW",
        choice=metadata.get("option"),
        location=metadata.get("location"),
        context=Context.from_dict(metadata.get("context")),
    )


def state_of(tracker: Tracker) -> DialogueState:
    """The dialogue's state as this tracker holds it."""
    return DialogueState.from_dict(tracker.get_slot("dialogue"))


def propose(dispatcher: CollectingDispatcher, outcome: Outcome) -> Events:
    """Say the outcome in its envelope, and keep its state in the tracker for the next turn."""
    dispatcher.utter_message(json_message={ENVELOPE: outcome.to_dict()})
    return [SlotSet("dialogue", outcome.state.to_dict())] if outcome.state is not None else []
