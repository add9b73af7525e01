"""Filing a report in the chat: item, place, description, contact, read-back, confirmation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.cases.catalogue import Catalogue
from gateway.conversations import speech
from gateway.conversations.files import SentFile
from gateway.conversations.heard import Heard
from gateway.conversations.inquiries import FAQ_CHOICE, Inquiries
from gateway.conversations.known_cases import KnownCases
from gateway.conversations.leaning import leaning
from gateway.conversations.outcome import DialogueState, Outcome
from gateway.conversations.rules import Kind, Reply
from gateway.intake import rules as intake
from gateway.intake.draft import CONFIRM, DUPLICATE, REVIEW
from gateway.intake.options import CANCEL, CONFIRM_YES
from gateway.intake.reading import Reading, looks_like_question, read_message
from gateway.intake.rules import Draft
from gateway.places.service import Places
from knowledge_base.entries import Language

REPORT_FORMS = ("dispatch", "petition", "public_works_report")
_TAIPEI = ZoneInfo("Asia/Taipei")
_CANDIDATES = 3
_SHORT_YES = 10
_CONFIRMED = "confirmed"
_MAY_ASK = {None, "ask_faq", "legal_consultation", "out_of_scope", "nlu_fallback"}
_MAY_SAY_WHERE = {"", "place", "district", REVIEW, CONFIRM}
_NEVER_A_QUESTION = {"place", "district", "description", "contact"}
_SLOT_OF = {"district": "place", DUPLICATE: "confirmed", CONFIRM: "confirmed", REVIEW: "confirmed"}


class Reports:
    """The three report forms over one draft."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        places: Places,
        inquiries: Inquiries,
        known_cases: KnownCases,
    ) -> None:
        self._catalogue = catalogue
        self._places = places
        self._inquiries = inquiries
        self._known_cases = known_cases

    def begin(self, form: str, said: Heard, state: DialogueState) -> Outcome:
        """A draft from the first message: what it tells is not asked again."""
        draft = intake.new_draft(form, said.language, tuple(map(tuple, state.draft.get("files", ()))))
        told = self._elsewhere(draft, said)
        return self._next(self._hear(draft, said), said.language, before=told)

    def proceed(self, said: Heard, state: DialogueState) -> Outcome:
        """What one message means for the draft."""
        draft = Draft.from_dict(state.draft)
        language = said.language
        if said.choice == CANCEL or said.intent == "cancel" or intake.is_cancel(said.text):
            return Outcome((speech.text("cancelled", language),), DialogueState())
        if said.choice is not None:
            return self._pressed(draft, said)
        aside = self._aside(draft, said)
        if aside:
            return self._next(draft, language, before=aside)
        if draft.asking == CONFIRM and _agrees(said):
            return self._confirmed(draft)
        told = self._elsewhere(draft, said)
        return self._next(self._hear(draft, said), language, before=told)

    def add_file(self, file: SentFile, state: DialogueState, language: Language) -> Outcome:
        """A file that goes with the report; then the question that is open."""
        draft = Draft.from_dict(state.draft)
        draft = replace(draft, files=(*draft.files, (file.id, file.name)))
        told = speech.text("file_joins_report", language, name=file.name)
        return self._next(draft, language, before=[told])

    def submit(self, state: DialogueState) -> Outcome:
        """Propose the case of a confirmed draft; after a cancel there is nothing to do."""
        if not state.draft.get(_CONFIRMED):
            return Outcome()
        return Outcome(state=DialogueState(), register=state.draft)

    def requested_slot(self, state: DialogueState) -> str:
        """The slot of Rasa's form that the draft waits for."""
        asking = Draft.from_dict(state.draft).asking
        return _SLOT_OF.get(asking, asking)

    def filled_slots(self, state: DialogueState) -> dict[str, object]:
        """What the draft holds, under the names of Rasa's slots."""
        draft = Draft.from_dict(state.draft)
        return {
            "item": draft.item_code if draft.item_confirmed else None,
            "place": draft.address or draft.district,
            "description": draft.description,
            "contact": "given" if draft.contact_phone or draft.contact_email else None,
        }

    def _read(self, said: Heard) -> Reading:
        return read_message(said.text, datetime.now(_TAIPEI).date(), self._places)

    def _hear(self, draft: Draft, said: Heard) -> Draft:
        if said.location is not None:
            return self._place(draft, said.location)
        if said.text:
            draft = intake.absorb(draft, self._read(said), said.text)
        return self._with_candidates(draft)

    def _place(self, draft: Draft, location: dict[str, Any]) -> Draft:
        located = self._places.require(location["lat"], location["lng"])
        return intake.at_coordinates(
            draft, location["lat"], location["lng"], located.district.zh, located.village,
            location.get("label"),
        )  # fmt: skip

    def _elsewhere(self, draft: Draft, said: Heard) -> list[Reply]:
        """A kind refusal of a place in another city, where a place of this one is needed."""
        where = draft.rules.place_required and draft.asking in _MAY_SAY_WHERE
        if not where or said.location is not None or not self._places.is_elsewhere(said.text):
            return []
        return [speech.text("elsewhere", said.language)]

    def _with_candidates(self, draft: Draft) -> Draft:
        if draft.item_confirmed or draft.item_candidates or not draft.item_text:
            return draft
        guesses = self._catalogue().guess(draft.item_text, kind=draft.kind, k=_CANDIDATES)
        return intake.propose_items(draft, tuple(guess.code for guess in guesses))

    def _aside(self, draft: Draft, said: Heard) -> list[Reply]:
        """What the FAQ says to a question in the middle; nothing where the words are an answer."""
        if said.location is not None or said.intent not in _MAY_ASK or not looks_like_question(said.text):
            return []
        leans = leaning(said.text)
        if leans is not None and not leans.rest and draft.asking in _NEVER_A_QUESTION:
            # Of the answer before, or of nothing that is known here: never a part of the report.
            return self._inquiries.in_context(said) or [speech.text("no_answer_aside", said.language)]
        # A description may be put as a question too: only a sure answer makes it one.
        if draft.asking == "description":
            return self._inquiries.certain(said)
        found = self._inquiries.search(said)
        unknown = not found and draft.asking in _NEVER_A_QUESTION and self._says_nothing(said)
        return [speech.text("no_answer_aside", said.language)] if unknown else found

    def _says_nothing(self, said: Heard) -> bool:
        """Whether the words give no place and no contact, so that a question is nothing but a question."""
        reading = self._read(said)
        told = (reading.district, reading.place, reading.phone, reading.email, reading.name)
        return not any(told) and not reading.elsewhere

    def _pressed(self, draft: Draft, said: Heard) -> Outcome:
        choice = said.choice or ""
        if choice == CONFIRM_YES and draft.asking == CONFIRM:
            return self._confirmed(draft)
        if choice.startswith(FAQ_CHOICE):
            return self._next(draft, said.language, before=self._inquiries.chosen(choice, said.language))
        try:
            draft = intake.choose(draft, choice)
        except intake.UnknownOption:
            stale = [speech.text("stale_option", said.language)]
            return self._next(draft, said.language, before=stale)
        return self._next(self._with_candidates(draft), said.language)

    def _confirmed(self, draft: Draft) -> Outcome:
        return Outcome((), DialogueState(None, {**draft.to_dict(), _CONFIRMED: True}))

    def _next(self, draft: Draft, language: Language, before: list[Reply] | None = None) -> Outcome:
        draft = self._with_known_cases(draft, language)
        if draft.joins:
            return self._confirmed(draft)
        field = intake.next_field(draft)
        draft = replace(draft, asking=field)
        question = self._read_back(draft, language) if field == CONFIRM else self._question(draft, language)
        context = {"form": draft.kind, "asking": field}
        asked = replace(question, payload={**question.payload, **context})
        return Outcome((*(before or ()), asked), DialogueState(draft.kind, draft.to_dict()))

    def _with_known_cases(self, draft: Draft, language: Language) -> Draft:
        """Look once for what others have reported of the same item at the same place."""
        key = intake.place_in_question(draft)
        if not key or not (draft.district or draft.lat is not None):
            return draft
        return intake.offer(draft, key, self._known_cases(draft, language))

    def _question(self, draft: Draft, language: Language) -> Reply:
        names = {code: self._item_name(code, language) for code in draft.item_candidates}
        prompt = intake.prompt(draft, language, names)
        return speech.options(prompt.text, prompt.options) if prompt.options else Reply(prompt.text)

    def _read_back(self, draft: Draft, language: Language) -> Reply:
        summary = intake.summary(draft, language, self._item_name(draft.item_code, language))
        return Reply(summary.text, Kind.SUMMARY, summary.payload)

    def _item_name(self, code: str | None, language: Language) -> str:
        item = self._catalogue().item(code or "")
        return item.name_en if language == "en" else item.name_zh


def _agrees(said: Heard) -> bool:
    # A longer sentence may agree and still correct something; only short ones are taken as a yes.
    return intake.is_yes(said.text) or (said.intent == "affirm" and 0 < len(said.text) <= _SHORT_YES)
