"""The search as a conversation does it: with the place that was meant, and a language model's help if any."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.conversations.heard import Heard
from gateway.conversations.whereabouts import Coverage, means_here, placed, states_only
from gateway.language_model.service import LanguageModel
from gateway.places.service import Places
from knowledge_base.entries import Language
from knowledge_base.rules import Decision
from knowledge_base.service import Hit, KnowledgeBase, SearchResult
from knowledge_base.wording import shipped_wording

_LOOKED_AT = 10
_CERTAINTY: dict[Decision, int] = {"none": 0, "clarify": 1, "answer": 2}


@dataclass(frozen=True)
class Finder:
    """Entries for what the citizen said, where they said it."""

    knowledge_base: KnowledgeBase
    places: Places
    model: LanguageModel | None = None
    """Rewords what was not found and shortens what was; usually there is none."""

    def find(self, said: Heard, text: str | None = None) -> SearchResult:
        """The best entries for the words, or for `text` in their stead, and whether the first may be told."""
        words = said.text if text is None else text
        result = self.knowledge_base.search(words, k=_LOOKED_AT, language=said.language)
        district = self.district(said)
        return result if district is None else placed(result, district, self._coverage)

    def find_otherwise(self, said: Heard, found: SearchResult) -> SearchResult:
        """The result for the message in the language model's words, where it is more certain than `found`.

        It is judged as any other; where the citizen named another city, it is not the answer either.
        """
        reworded = self.model.reword(said.text) if self.model is not None else None
        if reworded is None:
            return found
        second = self.find(said, reworded)
        if second.decision == "answer" and shipped_wording().names_elsewhere(said.text):
            second = replace(second, decision="clarify")
        return second if _CERTAINTY[second.decision] > _CERTAINTY[found.decision] else found

    def shortened(self, said: Heard, hit: Hit) -> str | None:
        """The entry in fewer of its own words, where a language model may and can."""
        return self.model.shorten(said.text, hit.answer) if self.model is not None else None

    def entry(self, id: str, language: Language) -> Hit | None:
        """The entry of an id."""
        return self.knowledge_base.entry(id, language)

    def district(self, said: Heard) -> str | None:
        """The district that is meant: stated, or known from before where the words mean "here"."""
        stated = self.places.office_district(said.text) or self.places.find_district(said.text)
        if stated is not None:
            return stated.zh
        return said.context.district if means_here(said.text) else None

    def only_where(self, text: str) -> bool:
        """Whether the words say where somebody is and nothing else."""
        names = [name for name, _ in self.places.names_in(text)]
        return bool(names) and states_only(text, names)

    def stated(self, said: Heard) -> str | None:
        """The district that the message states or lies in, to be remembered."""
        if said.location is not None:
            located = self.places.locate(said.location["lat"], said.location["lng"])
            return located.district.zh if located else None
        found = self.places.find_district(said.text) if said.text else None
        return found.zh if found else None

    def districts_in(self, text: str) -> dict[str, str]:
        """A pattern for each district that the words name, by the name they use."""
        return {
            name: "|".join((one.zh, one.short, one.en.removesuffix(" District"), *one.aliases))
            for name, one in self.places.names_in(text)
        }

    def _coverage(self, hit: Hit) -> Coverage:
        own = self._named(f"{hit.question} {hit.agency}")
        return Coverage(own, self._named(hit.answer))

    def _named(self, text: str) -> frozenset[str]:
        return frozenset(one.zh for _, one in self.places.names_in(text))
