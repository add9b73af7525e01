"""The forms: Rasa holds the loop, the dialogue decides what a message means for the draft."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import DialogueAction, Events, heard, propose, state_of
from gateway.conversations.dialogue import Dialogue
from gateway.conversations.heard import Heard
from gateway.conversations.outcome import DialogueState, Outcome
from gateway.conversations.service import ConversationService

REQUESTED_SLOT = "requested_slot"


class FormAction(DialogueAction):
    """Validates one form: every message inside its loop comes here."""

    def __init__(self, dialogue: Dialogue, form: str) -> None:
        super().__init__(dialogue)
        self._form = form
        self.action_name = f"validate_{form}_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Move the form on; an empty `requested_slot` tells Rasa that the loop is over."""
        said, state = heard(tracker), state_of(tracker)
        outcome = await asyncio.to_thread(self.decide, said, state)
        events = propose(dispatcher, outcome)
        after = outcome.state or state
        return [*events, *_slots(self._dialogue, after)]

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """Begin the form, or go on with it."""
        if state.form != self._form:
            return self._dialogue.begin(self._form, said, state)
        return self._dialogue.proceed(said, state)


class SubmitReport(DialogueAction):
    """A report's loop is over: propose the case if the citizen confirmed it."""

    action_name = "action_submit_report"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """Register, or nothing after a cancel."""
        return self._dialogue.submit(said, state)


class ShowCase(DialogueAction):
    """The lookup's loop is over: show the case."""

    action_name = "action_show_case"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """Its status, or that there is no such case."""
        return self._dialogue.show_case(said, state)


class SessionStart(DialogueAction):
    """A fresh tracker takes up the conversation where the gateway's database has it."""

    action_name = "action_session_start"

    def __init__(self, dialogue: Dialogue, conversations: ConversationService) -> None:
        super().__init__(dialogue)
        self._conversations = conversations

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """The events that bring the tracker to where the dialogue stands."""
        conversation_id = str(tracker.sender_id).partition(":")[0]
        state = await asyncio.to_thread(self._conversations.state, conversation_id)
        events: Events = [SessionStarted(), SlotSet("dialogue", state.to_dict())]
        if state.form is not None:
            events += [ActiveLoop(f"{state.form}_form"), *_slots(self._dialogue, state)]
        return [*events, ActionExecuted("action_listen")]

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """Nothing is said at the start of a session."""
        return Outcome()


def _slots(dialogue: Dialogue, state: DialogueState) -> Events:
    filled = [SlotSet(name, value) for name, value in dialogue.filled_slots(state).items()]
    return [*filled, SlotSet(REQUESTED_SLOT, dialogue.requested_slot(state))]
