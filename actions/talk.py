"""Actions outside the forms."""

from __future__ import annotations

from actions.base import DialogueAction
from gateway.conversations.heard import Heard
from gateway.conversations.outcome import DialogueState, Outcome


class Answer(DialogueAction):
    """A question is answered from the FAQ, or honestly not."""

    action_name = "action_answer"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """Search."""
        return self._dialogue.answer(said, state)


class Choose(DialogueAction):
    """A button outside a form."""

    action_name = "action_choose"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """What the button stands for."""
        return self._dialogue.choose(said, state)


class SmallTalk(DialogueAction):
    """Greetings, thanks, farewells."""

    action_name = "action_smalltalk"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """A short, polite word."""
        return self._dialogue.small_talk(said, state)


class Emergency(DialogueAction):
    """Rasa takes the message for an emergency."""

    action_name = "action_emergency"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """The numbers first, then a person."""
        return self._dialogue.emergency(said)


class RequestHuman(DialogueAction):
    """A person is asked for."""

    action_name = "action_request_human"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """Into the queue."""
        return self._dialogue.request_human(said)


class LegalConsultation(DialogueAction):
    """Free legal consultation."""

    action_name = "action_legal_consultation"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """What the FAQ knows of it."""
        return self._dialogue.legal_consultation(said, state)


class OutsideForm(DialogueAction):
    """A yes, no, cancel or correction while nothing is open."""

    action_name = "action_outside_form"

    def decide(self, said: Heard, state: DialogueState) -> Outcome:
        """Offer what can be done."""
        return self._dialogue.outside_form(said, state)


TALK: tuple[type[DialogueAction], ...] = (
    Answer, Choose, SmallTalk, Emergency, RequestHuman, LegalConsultation, OutsideForm,
)  # fmt: skip
