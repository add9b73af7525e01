"""Looking a case up in the chat: its number, its code, its status."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.cases.errors import CaseNotFound, InvalidCaseNumber
from gateway.cases.numbering import parse_number
from gateway.cases.service import CaseService
from gateway.conversations import case_message, speech
from gateway.conversations.catalogue import say
from gateway.conversations.heard import Heard
from gateway.conversations.inquiries import FAQ_CHOICE, Inquiries
from gateway.conversations.outcome import DialogueState, Outcome
from gateway.conversations.rules import Reply
from gateway.intake.reading import looks_like_question, read_message
from gateway.intake.rules import is_cancel
from gateway.places.service import Places
from knowledge_base.entries import Language

FORM = "case_lookup"
_TAIPEI = ZoneInfo("Asia/Taipei")
_OUR_SHAPE = re.compile(r"[DPWI]\d{7}-", re.IGNORECASE)


class CaseLookup:
    """The form with two fields: `number` and `code`."""

    def __init__(self, cases: CaseService, places: Places, inquiries: Inquiries) -> None:
        self._cases = cases
        self._places = places
        self._inquiries = inquiries

    def begin(self, said: Heard, state: DialogueState) -> Outcome:
        """Take what the first message tells, and ask for the rest."""
        return self._take(said, replace(state, form=FORM, draft={}))

    def proceed(self, said: Heard, state: DialogueState) -> Outcome:
        """Take number or code; a cancel ends it, a question is answered and it goes on."""
        if said.choice == "form:cancel" or said.intent == "cancel" or is_cancel(said.text):
            return Outcome((speech.text("cancelled", said.language),), DialogueState())
        if said.choice is not None and said.choice.startswith(FAQ_CHOICE):
            replies = self._inquiries.chosen(said.choice, said.language)
            return Outcome((*replies, self._ask(state, said.language)), state)
        before = state.draft
        outcome = self._take(said, state)
        unchanged = outcome.state is not None and outcome.state.draft == before
        if unchanged and said.text and (said.intent == "ask_faq" or looks_like_question(said.text)):
            replies = self._inquiries.search(said)
            if replies:
                return Outcome((*replies, self._ask(state, said.language)), state)
        return outcome

    def show(self, said: Heard, state: DialogueState) -> Outcome:
        """The case's status, or that there is no such case; either way the form is over."""
        number, code = state.draft.get("number"), state.draft.get("code")
        over = DialogueState()
        if not number or not code:
            return Outcome((), over)
        try:
            with self._cases.database.read() as session:
                case = self._cases.public_view(session, number, code)
        except CaseNotFound:
            reply = speech.starts("case_not_found", said.language, ("case_lookup", "human"))
            return Outcome((reply,), over)
        return Outcome((Reply(case_message.status_text(case, said.language)),), over)

    def ask_again(self, state: DialogueState, language: Language, before: Reply) -> Outcome:
        """The question that is open, after something else has been said."""
        return Outcome((before, self._ask(state, language)), state)

    def requested_slot(self, state: DialogueState) -> str:
        """Which of the two fields is missing."""
        return "verification_code" if state.draft.get("number") else "case_number"

    def _take(self, said: Heard, state: DialogueState) -> Outcome:
        reading = read_message(said.text, datetime.now(_TAIPEI).date(), self._places)
        draft = dict(state.draft)
        if reading.case_number is not None:
            try:
                draft["number"] = str(parse_number(reading.case_number))
            except InvalidCaseNumber:
                return self._strange_number(reading.case_number, said.language, state)
        if reading.code is not None and draft.get("number"):
            draft["code"] = reading.code
        after = replace(state, draft=draft)
        if draft.get("number") and draft.get("code"):
            return Outcome((), replace(after, form=None))
        return Outcome((self._ask(after, said.language),), after)

    def _strange_number(self, number: str, language: str, state: DialogueState) -> Outcome:
        if _OUR_SHAPE.match(number):
            return Outcome((speech.text("case_number_typo", language, number=number),), state)
        reply = speech.starts("legacy_case_number", language, ("human",), number=number)
        return Outcome((reply,), DialogueState())

    def _ask(self, state: DialogueState, language: Language) -> Reply:
        number = state.draft.get("number")
        key = "ask_case_code" if number else "ask_case_number"
        asked = {"form": FORM, "asking": self.requested_slot(state)}
        return Reply(say(key, language, number=number), payload=asked)
