"""Answering questions from the knowledge base: the entry and its source, or an honest no."""

from __future__ import annotations

from dataclasses import replace

from gateway.conversations import speech
from gateway.conversations.catalogue import say
from gateway.conversations.heard import Heard
from gateway.conversations.outcome import Asked, DialogueState, Outcome
from gateway.conversations.rules import Kind, Reply
from knowledge_base.entries import Language
from knowledge_base.service import Hit, KnowledgeBase, SearchResult

CLARIFY_BUTTONS = 3
FAQ_CHOICE = "faq:"
NONE_OF_THESE = "faq:none"
FAILED_IN_A_ROW = 2
"""After so many questions in a row that could not be answered, a person is called unasked."""
_LEGAL_TOPIC = "legal_consultation"


class Inquiries:
    """Questions of citizens, answered only with what an entry says."""

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        self._knowledge_base = knowledge_base

    def answer(self, said: Heard, state: DialogueState) -> Outcome:
        """The entry, up to three to choose from, or that nothing reliable is known.

        Only an answer ends a row of failures: a choice may still turn out to be none of these.
        """
        result = self._result(said)
        best = result.hits[0] if result.hits else None
        asked = Asked(result.decision, *((best.id, best.version, round(best.score, 4)) if best else ()))
        found = self._told(result, said)
        if not found:
            return replace(self.unknown(said, state), asked=asked)
        answered = found[0].kind is Kind.ANSWER
        state = replace(state, failed_answers=0) if answered else state
        return Outcome(tuple(found), state, asked=asked)

    def search(self, said: Heard) -> list[Reply]:
        """What the knowledge base can say; empty when it does not know."""
        return self._told(self._result(said), said)

    def _result(self, said: Heard) -> SearchResult:
        return self._knowledge_base.search(said.text, k=10, language=said.language)

    @staticmethod
    def _told(result: SearchResult, said: Heard) -> list[Reply]:
        if result.decision == "answer":
            return speech.answer(result.hits[0], said.language)
        if result.decision == "clarify":
            return [speech.clarify(result.hits[:CLARIFY_BUTTONS], said.language)]
        return []

    def certain(self, said: Heard) -> list[Reply]:
        """The entry, only where it may be given as the answer."""
        result = self._knowledge_base.search(said.text, k=3, language=said.language)
        return speech.answer(result.hits[0], said.language) if result.decision == "answer" else []

    def chosen(self, choice: str, language: Language) -> list[Reply]:
        """The entry behind a pressed button; empty when it is gone."""
        hit = self._knowledge_base.entry(choice.removeprefix(FAQ_CHOICE), language)
        return speech.answer(hit, language) if hit is not None else []

    def unknown(self, said: Heard, state: DialogueState) -> Outcome:
        """Say that it is not known, and offer a person or a case. The failure is counted in the state."""
        reply = speech.starts("no_answer", said.language, ("human", "leave_message", "dispatch"))
        return Outcome((reply,), replace(state, failed_answers=state.failed_answers + 1))

    def legal_consultation(self, said: Heard, state: DialogueState) -> Outcome:
        """The entry on free legal consultation, whatever else was said."""
        query = say("legal_query", said.language)
        hits = self._knowledge_base.search(query, k=10, language=said.language).hits
        hit = next((one for one in hits if one.opens == _LEGAL_TOPIC), _first(hits))
        if hit is None:
            return self.answer(said, state)
        replies = [speech.text("legal_first", said.language), *speech.answer(hit, said.language)[:1]]
        replies.append(speech.starts("menu_question", said.language, ("human",)))
        return Outcome(tuple(replies), replace(state, failed_answers=0))


def _first(hits: list[Hit]) -> Hit | None:
    return hits[0] if hits else None
