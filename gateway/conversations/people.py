"""The ways to a person, as the dialogue proposes them: into the queue, or else what can be done meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.conversations import emergency, speech
from gateway.conversations.heard import Heard
from gateway.conversations.inquiries import FAILED_IN_A_ROW
from gateway.conversations.outcome import DialogueState, Handoff, Outcome
from gateway.conversations.rules import Wish
from knowledge_base.entries import Language

ASK_PERSON = "human"
PERSON_AFTER_VOTE = "human:thumbs_down"
"""The same wish, after an answer that did not help."""
ASK_AGAIN = "ask:again"
ASK_CALL_BACK = "call_back:ask"
INSTEAD = ("leave_message", "call_back", "leave_queue")
"""What can be done instead of waiting."""
_WISHES = {ASK_PERSON: Wish.ASKED, PERSON_AFTER_VOTE: Wish.THUMBS_DOWN}


class People:
    """Who is handed to a person, and what they are told."""

    def __init__(self, hours_when_nobody_is_there: Callable[[str], str | None]) -> None:
        """`hours_when_nobody_is_there` tells in a language when people answer, if none should now."""
        self._hours = hours_when_nobody_is_there

    def asked(self, said: Heard) -> Outcome:
        """Into the queue, with a way out and a message instead; outside staffed hours, when to come back."""
        hours = self._hours(said.language)
        if hours is not None:
            offered = ("leave_message", "call_back", "dispatch", "case_lookup")
            return Outcome((speech.starts("handoff_unstaffed", said.language, offered, hours=hours),))
        wish = _WISHES.get(said.choice or "", Wish.ASKED)
        return Outcome((speech.starts("handoff", said.language, INSTEAD),), handoff=Handoff(wish))

    def danger(self, said: Heard) -> Outcome:
        """The right numbers first, then a person; never a form."""
        table = emergency.table()
        topic = table.match(said.text) or table.fallback
        return Outcome(
            tuple(speech.emergency(topic, said.language)),
            handoff=Handoff(f"{Wish.EMERGENCY}: {topic.name}", "emergency"),
        )

    def upset(self, said: Heard) -> Outcome | None:
        """A person, before others who wait; where nobody is there the words go the usual way."""
        if self._hours(said.language) is not None:
            return None
        sorry = speech.starts("distress_handoff", said.language, INSTEAD)
        return Outcome((sorry,), handoff=Handoff(Wish.DISTRESS, "distress"))

    def case_failed(self, language: Language) -> Outcome:
        """The case room refuses the report: say so, and ask a person to help."""
        sorry = speech.starts("case_failed", language, ("leave_queue",))
        return Outcome((sorry,), DialogueState(), Handoff(Wish.CASE_FAILED))

    def after_failures(self, said: Heard, outcome: Outcome) -> Outcome:
        """The outcome itself, or a person once as many answers in a row have failed as are too many.

        The row begins anew with the person, so that who leaves the queue is not put back by one failure.
        """
        state = outcome.state
        if state is None or state.form is not None or state.failed_answers < FAILED_IN_A_ROW:
            return outcome
        hours = self._hours(said.language)
        if hours is not None:
            offered = ("leave_message", "call_back", "dispatch")
            told = speech.starts("no_answer_unstaffed", said.language, offered, hours=hours)
            return Outcome((told,), state, asked=outcome.asked)
        told = speech.starts("no_answer_handoff", said.language, INSTEAD)
        state, wish = replace(state, failed_answers=0), Handoff(Wish.FAILED_ANSWERS)
        return Outcome((told,), state, wish, asked=outcome.asked)
