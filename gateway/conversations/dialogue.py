"""The dialogue: what each kind of message leads to. Rasa's actions and the way without Rasa both ask here.

Nothing is written here; every method proposes an Outcome that the turn's closing transaction commits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.cases.catalogue import Catalogue
from gateway.cases.service import CaseService
from gateway.conversations import changes, distress, emergency, questions, small_talk, speech
from gateway.conversations.case_lookup import CaseLookup
from gateway.conversations.files import SentFile
from gateway.conversations.finding import Finder
from gateway.conversations.heard import Heard
from gateway.conversations.incoming import Incoming
from gateway.conversations.inquiries import FAQ_CHOICE, NONE_OF_THESE, Inquiries
from gateway.conversations.known_cases import KnownCases
from gateway.conversations.leaning import aspect_of
from gateway.conversations.outcome import DialogueState, Outcome, join
from gateway.conversations.people import (
    ASK_AGAIN,
    ASK_CALL_BACK,
    ASK_PERSON,
    INSTEAD,
    PERSON_AFTER_VOTE,
    People,
)
from gateway.conversations.reports import REPORT_FORMS, Reports
from gateway.conversations.rules import Owner
from gateway.conversations.service import Turn
from gateway.language_model.service import LanguageModel
from gateway.places.service import Places
from knowledge_base.entries import Language
from knowledge_base.service import KnowledgeBase

LOOKUP_FORM = "case_lookup"
FORMS = (*REPORT_FORMS, LOOKUP_FORM)
LEAVE_QUEUE = "queue:leave"
LEAVE_MESSAGE = "start:petition"
PERSON_CHOICES = frozenset({ASK_PERSON, PERSON_AFTER_VOTE})
_STARTS = {
    "start:dispatch": "dispatch",
    "start:petition": "petition",
    "start:public_works": "public_works_report",
    "start:case_lookup": LOOKUP_FORM,
}
_ANSWERED_AT_ONCE = {
    ASK_AGAIN: lambda language: speech.text("ask_again_prompt", language),
    ASK_CALL_BACK: lambda language: speech.notice("call_back_form", language),
}
"""Buttons whose answer is one sentence, with or without an open form."""
_MENU = ("dispatch", "petition", "public_works", "case_lookup", "human")


class Dialogue:
    """Every turn's meaning, over the knowledge base, the catalogue, the places and the cases."""

    def __init__(
        self,
        knowledge_base: KnowledgeBase,
        catalogue: Callable[[], Catalogue],
        places: Places,
        cases: CaseService,
        known_cases: KnownCases,
        hours_when_nobody_is_there: Callable[[str], str | None] = lambda _language: None,
        model: LanguageModel | None = None,
    ) -> None:
        """`hours_when_nobody_is_there` tells in a language when people answer, if none should now."""
        self._people = People(hours_when_nobody_is_there)
        self._finder = Finder(knowledge_base, places, model)
        self._inquiries = Inquiries(self._finder)
        self._reports = Reports(catalogue, places, self._inquiries, known_cases)
        self._lookup = CaseLookup(cases, places, self._inquiries)

    # Outside the forms

    def answer(self, said: Heard, state: DialogueState) -> Outcome:
        """A question; where something is reported beside it, the report's form as well."""
        where = self._where(said)
        if where is not None:
            return where
        both = questions.beside(said.text, lambda words: self._finder.places.find_place(words) is not None)
        if both is not None:
            report, question = both
            told = Outcome(tuple(self._inquiries.search(replace(said, text=question))))
            begun = self.begin("dispatch", replace(said, text=report), state)
            return replace(join([told, begun]), outside_loop=True)
        outcome = self._people.after_failures(said, self._inquiries.answer(said, state))
        return replace(outcome, aspect=aspect_of(said.text), district=self._finder.stated(said))

    def legal_consultation(self, said: Heard, state: DialogueState) -> Outcome:
        """Free legal consultation."""
        return self._people.after_failures(said, self._inquiries.legal_consultation(said, state))

    def small_talk(self, said: Heard, state: DialogueState) -> Outcome:
        """A short, polite word; a greeting also shows what can be done."""
        key = small_talk.sentence_for(said.text)
        if key in {"smalltalk_hello", "smalltalk_who"}:
            return Outcome((speech.starts(key, said.language, _MENU),))
        return Outcome((speech.text(key, said.language),))

    def outside_form(self, said: Heard, state: DialogueState) -> Outcome:
        """A yes, no, cancel or correction while nothing is open."""
        key = "nothing_to_cancel" if said.intent in {"cancel", "correct"} else "menu_question"
        return Outcome((speech.starts(key, said.language, _MENU),))

    def choose(self, said: Heard, state: DialogueState) -> Outcome:
        """A button that belongs to no open form."""
        choice = said.choice or ""
        if choice == NONE_OF_THESE:
            return self._people.after_failures(said, self._inquiries.unknown(said, state))
        if choice in _ANSWERED_AT_ONCE:
            return Outcome((_ANSWERED_AT_ONCE[choice](said.language),))
        if choice.startswith(FAQ_CHOICE):
            replies = self._inquiries.chosen(choice, said.language)
            if replies:
                return Outcome(tuple(replies), replace(state, failed_answers=0))
        return Outcome((speech.starts("stale_option", said.language, _MENU),))

    def emergency(self, said: Heard) -> Outcome:
        """The right numbers first, then a person; never a form."""
        # Rasa may take a bare «我在鳳山» for the start of a call for help; `urgent` has seen no danger in it.
        where = self._where(said)
        return self._people.danger(said) if where is None else where

    def request_human(self, said: Heard) -> Outcome:
        """Into the queue; outside staffed hours, when to come back."""
        return self._people.asked(said)

    def _where(self, said: Heard) -> Outcome | None:
        """Words that say where somebody is and nothing else: remembered, and heard with the last answer."""
        if said.choice is not None or not self._finder.only_where(said.text):
            return None
        replies = self._inquiries.in_context(said)
        noted = speech.starts("place_noted", said.language, _MENU)
        return Outcome(tuple(replies) or (noted,), district=self._finder.stated(said))

    # Forms

    def begin(self, form: str, said: Heard, state: DialogueState) -> Outcome:
        """Open a form with what was said already; where somebody is alone opens none."""
        where = self._where(said) if state.form is None else None
        if where is not None:
            return replace(where, state=state)
        state = replace(state, failed_answers=0)
        if form == LOOKUP_FORM:
            return self._lookup.begin(said, state)
        return replace(self._reports.begin(form, said, state), district=self._finder.stated(said))

    def proceed(self, said: Heard, state: DialogueState) -> Outcome:
        """Go on with the open form; a wish for a person or another form is heard too."""
        if said.intent == "request_human" or said.choice in PERSON_CHOICES:
            return self.request_human(said)
        if said.intent == "emergency":
            return self._perhaps_danger(said, state)
        if said.choice in _ANSWERED_AT_ONCE:
            return self._aside(said, state)
        wanted = _STARTS.get(said.choice or "") or changes.other_form(said.text)
        if wanted is not None and wanted != state.form:
            return self.begin(wanted, replace(said, text=""), state)
        if said.choice in _STARTS:
            said = replace(said, choice=None)  # it is open already: ask again
        if state.form == LOOKUP_FORM:
            return self._lookup.proceed(said, state)
        return self._reports.proceed(said, state)

    def _aside(self, said: Heard, state: DialogueState) -> Outcome:
        """A button of something else in the middle of a form, which goes on."""
        told = _ANSWERED_AT_ONCE[said.choice or ""](said.language)
        return join([Outcome((told,)), self.proceed(replace(said, choice=None), state)])

    def _perhaps_danger(self, said: Heard, state: DialogueState) -> Outcome:
        # Plain danger has not come this far (`urgent`). What only Rasa takes for danger is more often
        # an answer to the form's question: the numbers are told, and the form goes on.
        numbers = speech.emergency(emergency.table().fallback, said.language)[:1]
        return join([Outcome(tuple(numbers)), self.proceed(replace(said, intent=None), state)])

    def submit(self, said: Heard, state: DialogueState) -> Outcome:
        """A report's form is over."""
        return self._reports.submit(state)

    def case_failed(self, language: Language) -> Outcome:
        """The case room refuses the report: say so, and ask a person to help."""
        return self._people.case_failed(language)

    def show_case(self, said: Heard, state: DialogueState) -> Outcome:
        """The look-up's form is over."""
        return self._lookup.show(said, state)

    def requested_slot(self, state: DialogueState) -> str | None:
        """What the open form waits for; None when no form is open."""
        if state.form is None:
            return None
        if state.form == LOOKUP_FORM:
            return self._lookup.requested_slot(state)
        return self._reports.requested_slot(state)

    def filled_slots(self, state: DialogueState) -> dict[str, object]:
        """What the open form has been told, under the names of Rasa's slots."""
        if state.form in REPORT_FORMS:
            return self._reports.filled_slots(state)
        # A form that sets no slot at all is rejected by Rasa, which then answers the message a second time.
        return {"case_number": state.draft.get("number")} if state.form == LOOKUP_FORM else {}

    def file_sent(self, turn: Turn, file: SentFile) -> Outcome:
        """A photo or document: part of the report that is open, or of the one that comes next."""
        state, language = turn.state, turn.language
        if state.form in REPORT_FORMS:
            return self._reports.add_file(file, state, language)
        if state.form == LOOKUP_FORM:
            return self._lookup.ask_again(state, language, speech.text("file_kept", language, name=file.name))
        files = [*state.draft.get("files", ()), [file.id, file.name]]
        waiting = turn.owner is Owner.QUEUE
        offered = ("leave_message", "leave_queue") if waiting else ("dispatch", "petition", "human")
        key = "file_noted_while_waiting" if waiting else "file_for_a_report"
        reply = speech.starts(key, language, offered, name=file.name)
        return Outcome((reply,), replace(state, draft={"files": files}))

    # Without Rasa

    def urgent(self, incoming: Incoming, language: Language) -> Outcome | None:
        """Danger that the words plainly tell of, before anything else is asked; then anger and distress."""
        if incoming.option is not None or incoming.location is not None:
            return None
        said = Heard(incoming.text, language=language)
        if emergency.table().match(said.text):
            return self.emergency(said)
        return self._people.upset(said) if distress.is_distressed(said.text) else None

    def while_waiting(self, turn: Turn, incoming: Incoming) -> Outcome:
        """In the queue: forms and sure answers go on; the rest is kept for the person to come."""
        said, state = _heard(turn, incoming), turn.state
        if said.choice == LEAVE_QUEUE or (state.form is None and changes.leaves_queue(said.text)):
            return self._back(said, state)
        if said.choice in PERSON_CHOICES:
            return Outcome((speech.starts("already_waiting", said.language, INSTEAD),))
        if state.form is None and (said.choice == NONE_OF_THESE or not (said.choice or said.location)):
            noted = speech.starts("noted_while_waiting", said.language, INSTEAD)
            return Outcome((*(self._inquiries.certain(said) if said.text else ()), noted))
        instead = state.instead_of_waiting or said.choice == LEAVE_MESSAGE
        outcome = self._direct(said, state)
        return _instead_of_waiting(outcome, said.language) if instead else outcome

    def _back(self, said: Heard, state: DialogueState) -> Outcome:
        """Out of the queue: to the form that is still open, or to the menu."""
        if state.form is None:
            return Outcome((speech.starts("left_queue", said.language, _MENU),), back_to_bot=True)
        asked = self.proceed(replace(said, choice=None), state)
        left = speech.text("left_queue_form", said.language)
        return replace(asked, replies=(left, *asked.replies), back_to_bot=True)

    def without_rasa(self, turn: Turn, incoming: Incoming) -> Outcome:
        """Rasa is away: the FAQ directly, forms by the gateway alone, one sentence that says so."""
        said, state = _heard(turn, incoming), turn.state
        outcome = self._direct(said, state)
        after = outcome.state or state
        if state.form is not None or said.choice is not None:
            return outcome
        replies = [speech.notice("degraded", said.language), *outcome.replies]
        told_already = outcome.handoff is not None or after.failed_answers > state.failed_answers
        if after.form is None and not told_already:
            offered = ("dispatch", "human", "leave_message")
            replies.append(speech.starts("menu_question", said.language, offered))
        return replace(outcome, replies=tuple(replies))

    def _direct(self, said: Heard, state: DialogueState) -> Outcome:
        if said.choice in PERSON_CHOICES:
            return self.request_human(said)
        if state.form is not None:
            return self._closed(said, state, self.proceed(said, state))
        if said.choice in _STARTS:
            return self.begin(_STARTS[said.choice], said, state)
        if said.location is not None:
            return self.begin("dispatch", said, state)
        if said.choice is not None:
            return self.choose(said, state)
        return self.answer(said, state)

    def _closed(self, said: Heard, before: DialogueState, outcome: Outcome) -> Outcome:
        """With Rasa a closed form's last action follows; here it is called at once."""
        after = outcome.state
        if after is None or after.form is not None:
            return outcome
        last = self.show_case if before.form == LOOKUP_FORM else self.submit
        return join([outcome, last(said, after)])


def _heard(turn: Turn, incoming: Incoming) -> Heard:
    words = "" if incoming.option is not None or incoming.location is not None else incoming.text
    return Heard(words, None, turn.language, incoming.option, incoming.location, turn.context)


def _instead_of_waiting(outcome: Outcome, language: Language) -> Outcome:
    """The form goes on as the message that is left instead; once it is a new case, they wait no more."""
    if outcome.register is not None and not outcome.register.get("joins"):
        left = speech.starts("left_queue_message", language, ("human",))
        return replace(outcome, replies=(*outcome.replies, left), back_to_bot=True)
    state = outcome.state
    if state is None or state.form is None:
        return outcome
    return replace(outcome, state=replace(state, instead_of_waiting=True))
