"""Answering questions from the knowledge base: the entry and its source, or an honest no."""

from __future__ import annotations

from dataclasses import replace

from gateway.conversations import speech
from gateway.conversations.catalogue import say
from gateway.conversations.finding import Finder
from gateway.conversations.follow_ups import FollowUps
from gateway.conversations.heard import Heard
from gateway.conversations.leaning import in_words
from gateway.conversations.leaning import leaning as leaning_of
from gateway.conversations.outcome import Asked, DialogueState, Outcome
from gateway.conversations.questions import split, unlinked
from gateway.conversations.rules import Kind, Reply
from knowledge_base.entries import Language
from knowledge_base.service import Hit, SearchResult

CLARIFY_BUTTONS = 3
FAQ_CHOICE = "faq:"
NONE_OF_THESE = "faq:none"
FAILED_IN_A_ROW = 2
"""After so many questions in a row that could not be answered, a person is called unasked."""
_LEGAL_TOPIC = "legal_consultation"


class Inquiries:
    """Questions of citizens, answered only with what an entry says."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._follow_ups = FollowUps(finder)

    def answer(self, said: Heard, state: DialogueState) -> Outcome:
        """The entry, up to three to choose from, or that nothing reliable is known.

        Only an answer ends a row of failures: a choice may still turn out to be none of these.
        """
        found, result = self._put(said)
        asked = _asked(result) if result is not None else None
        if not found:
            return replace(self.unknown(said, state), asked=asked)
        answered = any(reply.kind is Kind.ANSWER for reply in found)
        state = replace(state, failed_answers=0) if answered else state
        return Outcome(tuple(found), state, asked=asked)

    def search(self, said: Heard) -> list[Reply]:
        """What the knowledge base can say; empty when it does not know."""
        return self._put(said)[0]

    def _put(self, said: Heard) -> tuple[list[Reply], SearchResult | None]:
        """What is to be said, and what was found where the message was searched for as one question."""
        leaning = self.in_context(said) or self._which_matter(said)
        if leaning:
            return leaning, None
        parts = split(said.text)
        return self._each(parts, said) if len(parts) > 1 else self._one(said)

    @staticmethod
    def _which_matter(said: Heard) -> list[Reply]:
        """To a bare «要多少錢» with nothing before it: of what."""
        leans = leaning_of(said.text) if said.context.topic is None else None
        if leans is None or leans.rest or leans.aspect is None:
            return []
        return [speech.text("which_matter", said.language, what=in_words(leans, said.language))]

    def _one(self, said: Heard) -> tuple[list[Reply], SearchResult | None]:
        """The whole message as one question."""
        apart = self._apart(said)
        if apart:
            return apart, None
        result = self._finder.find(said)
        if result.decision != "answer":
            result = self._finder.find_otherwise(said, result)
            return self._told(result, said), result
        best = result.hits[0]
        short = self._finder.shortened(said, best)
        told = speech.shortened(best, short, said.language) if short else self._told(result, said)
        return [*told, *self._follow_ups.not_told_with(said, best)], result

    @staticmethod
    def _told(result: SearchResult, said: Heard) -> list[Reply]:
        if result.decision == "answer":
            return speech.answer(result.hits[0], said.language)
        if result.decision == "clarify":
            return [speech.clarify(result.hits[:CLARIFY_BUTTONS], said.language)]
        return []

    def _apart(self, said: Heard) -> list[Reply]:
        """The answers of several questions without a word between them, where each has a sure one."""
        parts = [replace(said, text=part) for part in unlinked(said.text)]
        found = [self._finder.find(part) for part in parts]
        sure = {result.hits[0].id for result in found if result.decision == "answer"}
        if not parts or len(sure) < len(parts):
            return []
        return [speech.answer(result.hits[0], said.language)[0] for result in found]

    def _each(self, parts: list[str], said: Heard) -> tuple[list[Reply], SearchResult | None]:
        """Every question's own answer, where at least one has one; else the message is one question."""
        found = [
            self._told(self._finder.find(one), one) for one in (replace(said, text=part) for part in parts)
        ]
        told = [replies[0].payload.get("faq_id") for replies in found if replies]
        sure = [id for id in told if id is not None]
        if not sure or (len(sure) == len(parts) and len(set(sure)) == 1):
            return self._one(said)
        told_each = [self._part(part, one, said.language) for part, one in zip(parts, found, strict=True)]
        return told_each, None

    @staticmethod
    def _part(question: str, found: list[Reply], language: Language) -> Reply:
        if not found:
            return speech.text("no_answer_to_part", language, question=question)
        if found[0].kind is Kind.ANSWER:
            return found[0]
        asked = speech.text("about_question", language, question=question).text
        return replace(found[0], text=f"{asked}{found[0].text}")

    def in_context(self, said: Heard) -> list[Reply]:
        """What is to be said to words that lean on the last answer; empty where they do not."""
        return self._follow_ups.replies(said)

    def certain(self, said: Heard) -> list[Reply]:
        """The entry, only where it may be given as the answer."""
        result = self._finder.find(said)
        return speech.answer(result.hits[0], said.language) if result.decision == "answer" else []

    def chosen(self, choice: str, language: Language) -> list[Reply]:
        """The entry behind a pressed button; empty when it is gone."""
        hit = self._finder.entry(choice.removeprefix(FAQ_CHOICE), language)
        return speech.answer(hit, language) if hit is not None else []

    def unknown(self, said: Heard, state: DialogueState) -> Outcome:
        """Say that it is not known, and offer a person or a case. The failure is counted in the state."""
        reply = speech.starts("no_answer", said.language, ("human", "leave_message", "dispatch"))
        return Outcome((reply,), replace(state, failed_answers=state.failed_answers + 1))

    def legal_consultation(self, said: Heard, state: DialogueState) -> Outcome:
        """The entry on free legal consultation, whatever else was said."""
        query = say("legal_query", said.language)
        hits = self._finder.find(said, query).hits
        hit = next((one for one in hits if one.opens == _LEGAL_TOPIC), _first(hits))
        if hit is None:
            return self.answer(said, state)
        replies = [speech.text("legal_first", said.language), *speech.answer(hit, said.language)[:1]]
        replies.append(speech.starts("menu_question", said.language, ("human",)))
        return Outcome(tuple(replies), replace(state, failed_answers=0))


def _asked(result: SearchResult) -> Asked:
    """What is kept of a question that was searched for."""
    best = result.hits[0] if result.hits else None
    return Asked(result.decision, *((best.id, best.version, round(best.score, 4)) if best else ()))


def _first(hits: list[Hit]) -> Hit | None:
    return hits[0] if hits else None
