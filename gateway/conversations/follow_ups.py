"""Questions that lean on the answer before: what its entry says of them, or that it does not say."""

from __future__ import annotations

from dataclasses import replace

from gateway.conversations import questions, speech
from gateway.conversations.finding import Finder
from gateway.conversations.heard import Heard
from gateway.conversations.leaning import Leaning, in_words, leaning, passage, telling, wording
from gateway.conversations.rules import Reply
from knowledge_base.rules import OFFERED
from knowledge_base.service import Hit
from knowledge_base.text import fold, tokens

_SAME_MATTER = 2
"""Words or pairs of characters that the questions of two entries on one matter share at least."""


class FollowUps:
    """Short questions in the context of the entry that was told last."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def replies(self, said: Heard) -> list[Reply]:
        """What is to be said to a message that leans; empty for a question of its own."""
        topic = self._topic(said)
        leans = leaning(said.text, self._finder.districts_in(said.text)) if topic is not None else None
        if topic is None or leans is None:
            return []
        if leans.rest and leans.tells is None:
            return self._something_else(said, topic, leans)
        if leans.tells is not None and not leans.pointed:
            alone = self._finder.find(said)
            if alone.decision == "answer":
                return []
        told = passage(topic.answer, leans)
        if told is not None:
            return speech.passage(topic, told, said.language)
        other = self._in_context(said, topic, leans)
        if other is not None:
            return speech.answer(other, said.language)
        return [speech.not_told(topic, in_words(leans, said.language), said.language)]

    def _topic(self, said: Heard) -> Hit | None:
        return self._finder.entry(said.context.topic, said.language) if said.context.topic else None

    def _something_else(self, said: Heard, topic: Hit, leans: Leaning) -> list[Reply]:
        """Another thing is named: alone it may be a question of its own, else part of the topic."""
        wanted = wording(leans.aspect or said.context.asked)
        alone = self._finder.find(said, f"{leans.rest} {wanted}".strip())
        if alone.decision == "answer" and fold(leans.rest) in fold(alone.hits[0].question):
            return speech.answer(alone.hits[0], said.language)
        told = passage(topic.answer, leans)
        if told is not None:
            return speech.passage(topic, told, said.language)
        other = self._in_context(said, topic, replace(leans, tells=leans.rest))
        if other is not None:
            return speech.answer(other, said.language)
        likely = alone.decision == "clarify" and fold(leans.rest) in fold(alone.hits[0].question)
        return [speech.clarify(alone.hits[:OFFERED], said.language)] if likely else []

    def not_told_with(self, said: Heard, hit: Hit) -> list[Reply]:
        """Where the message asks for more than the entry that answers it tells, that it does not."""
        for part in questions.leaning_parts(said.text):
            leans = leaning(part)
            if leans is not None and passage(hit.answer, leans) is None:
                return [speech.not_told(hit, in_words(leans, said.language), said.language)]
        return []

    def _in_context(self, said: Heard, topic: Hit, leans: Leaning) -> Hit | None:
        """Another entry on the same matter that says what was asked; a sure one or none."""
        wanted = f"{leans.rest} {wording(leans.aspect)}".strip()
        found = self._finder.find(said, f"{topic.question} {wanted}")
        if found.decision != "answer" or found.hits[0].id == topic.id:
            return None
        best = found.hits[0]
        same = len(_matter(best) & _matter(topic)) >= _SAME_MATTER
        return best if same and passage(f"{best.question}。{best.answer}", leans) is not None else None


def _matter(hit: Hit) -> set[str]:
    """What the entry's question is about: its telling words and pairs of characters."""
    return {token for token in tokens(telling(hit.question)) if len(token) > 1}
