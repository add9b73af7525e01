"""Filing a report in the chat: item, place, description, contact, read-back, confirmation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.cases.catalogue import Catalogue
from gateway.conversations import speech
from gateway.conversations.heard import Heard
from gateway.conversations.inquiries import FAQ_CHOICE, Inquiries
from gateway.conversations.outcome import DialogueState, Outcome
from gateway.conversations.rules import Kind, Reply
from gateway.intake import rules as intake
from gateway.intake.reading import looks_like_question, read_message
from gateway.intake.rules import Draft
from gateway.places.service import Places

REPORT_FORMS = ("dispatch", "petition", "public_works_report")
_TAIPEI = ZoneInfo("Asia/Taipei")
_CANDIDATES = 3
_CONFIRMED = "confirmed"


class Reports:
    """The three report forms over one draft."""

    def __init__(self, catalogue: Catalogue, places: Places, inquiries: Inquiries) -> None:
        self._catalogue = catalogue
        self._places = places
        self._inquiries = inquiries

    def begin(self, form: str, said: Heard, state: DialogueState) -> Outcome:
        """A draft from the first message: what it tells is not asked again."""
        draft = intake.new_draft(form, said.language)
        draft = self._hear(draft, said)
        return self._next(draft, said.language)

    def proceed(self, said: Heard, state: DialogueState) -> Outcome:
        """What one message means for the draft."""
        draft = Draft.from_dict(state.draft)
        language = said.language
        if said.choice == "form:cancel" or said.intent == "cancel" or intake.is_cancel(said.text):
            return Outcome((speech.text("cancelled", language),), DialogueState())
        if said.choice is not None:
            return self._pressed(draft, said)
        if said.location is None and self._is_digression(draft, said):
            replies = self._inquiries.search(said)
            if replies:
                return self._next(draft, language, before=replies)
        if draft.asking == "confirm" and said.text:
            if said.intent == "affirm" or intake.is_yes(said.text):
                return self._confirmed(draft)
            draft = intake.correct(draft, said.text, self._read(said))
            return self._next(draft, language)
        return self._next(self._hear(draft, said), language)

    def submit(self, state: DialogueState) -> Outcome:
        """Propose the case of a confirmed draft; after a cancel there is nothing to do."""
        if not state.draft.get(_CONFIRMED):
            return Outcome()
        return Outcome(state=DialogueState(), register=state.draft)

    def requested_slot(self, state: DialogueState) -> str:
        """The slot of Rasa's form that the draft waits for."""
        asking = Draft.from_dict(state.draft).asking
        return {"district": "place", "confirm": "confirmed", "review": "confirmed"}.get(asking, asking)

    def filled_slots(self, state: DialogueState) -> dict[str, object]:
        """What the draft holds, under the names of Rasa's slots."""
        draft = Draft.from_dict(state.draft)
        return {
            "item": draft.item_code if draft.item_confirmed else None,
            "place": draft.address or draft.district,
            "description": draft.description,
            "contact": "given" if draft.contact_phone or draft.contact_email else None,
        }

    def _read(self, said: Heard) -> Any:
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

    def _with_candidates(self, draft: Draft) -> Draft:
        words = draft.description or draft.first_text
        if draft.item_confirmed or draft.item_candidates or not words:
            return draft
        guesses = self._catalogue.guess(words, kind=draft.kind, k=_CANDIDATES)
        return replace(draft, item_candidates=tuple(guess.code for guess in guesses))

    def _is_digression(self, draft: Draft, said: Heard) -> bool:
        if draft.asking == "description" or not looks_like_question(said.text):
            return False
        return said.intent in {None, "ask_faq", "legal_consultation", "out_of_scope", "nlu_fallback"}

    def _pressed(self, draft: Draft, said: Heard) -> Outcome:
        choice = said.choice or ""
        if choice == "confirm:yes" and draft.asking == "confirm":
            return self._confirmed(draft)
        if choice.startswith(FAQ_CHOICE):
            return self._next(draft, said.language, before=self._inquiries.chosen(choice, said.language))
        return self._next(self._with_candidates(intake.choose(draft, choice)), said.language)

    def _confirmed(self, draft: Draft) -> Outcome:
        return Outcome((), DialogueState(None, {**draft.to_dict(), _CONFIRMED: True}))

    def _next(self, draft: Draft, language: str, before: list[Reply] | None = None) -> Outcome:
        field = intake.next_field(draft)
        draft = replace(draft, asking=field)
        replies = list(before or [])
        if field == "confirm":
            replies.append(self._read_back(draft, language))
        else:
            prompt = intake.prompt(draft, language)
            replies.append(
                speech.options(prompt.text, prompt.options) if prompt.options else Reply(prompt.text)
            )
        return Outcome(tuple(replies), DialogueState(draft.kind, draft.to_dict()))

    def _read_back(self, draft: Draft, language: str) -> Reply:
        item = self._catalogue.item(draft.item_code)
        summary = intake.summary(draft, language, item.name_en if language == "en" else item.name_zh)
        return Reply(summary.text, Kind.SUMMARY, summary.payload)
