"""Building the replies of the dialogue: answers with their source, buttons, notices. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.conversations.catalogue import say
from gateway.conversations.emergency import EmergencyTopic
from gateway.conversations.rules import Kind, Reply, Sender
from knowledge_base.service import Hit

Option = tuple[str, str]
"""Title and payload of a button."""

START = {
    "dispatch": ("start_dispatch", "start:dispatch"),
    "petition": ("start_petition", "start:petition"),
    "public_works": ("start_public_works", "start:public_works"),
    "case_lookup": ("start_lookup", "start:case_lookup"),
    "human": ("talk_to_person", "human"),
    "leave_message": ("leave_message", "start:petition"),
    "leave_queue": ("leave_queue", "queue:leave"),
    "call_back": ("ask_call_back", "call_back:ask"),
    "ask_again": ("ask_again", "ask:again"),
    "human_after_vote": ("talk_to_person", "human:thumbs_down"),
}
"""Where a button leads, by the name an FAQ entry's `opens` uses: (sentence key, payload)."""


def text(key: str, language: str, **values: object) -> Reply:
    """A sentence of the catalogue as plain text."""
    return Reply(say(key, language, **values))


def notice(key: str, language: str, **values: object) -> Reply:
    """A sentence of the catalogue as a notice of the system."""
    return Reply(say(key, language, **values), Kind.NOTICE, {"notice": key}, Sender.SYSTEM)


def options(question: str, offered: Iterable[Option]) -> Reply:
    """A question with buttons."""
    payload = {"options": [{"title": title, "payload": target} for title, target in offered]}
    return Reply(question, Kind.OPTIONS, payload)


def starts(key: str, language: str, names: Iterable[str], **values: object) -> Reply:
    """A sentence with buttons that start something."""
    offered = [(say(START[name][0], language), START[name][1]) for name in names]
    return options(say(key, language, **values), offered)


def answer(hit: Hit, language: str) -> list[Reply]:
    """An entry of the FAQ with its source and date, a warning when it is old, and where it leads."""
    payload = {
        "faq_id": hit.id,
        "question": hit.question,
        "source_url": hit.source_url,
        "agency": hit.agency_en if language == "en" and hit.agency_en else hit.agency,
        "source_date": hit.source_date.isoformat() if hit.source_date else None,
        "score": round(hit.score, 4),
        "language": hit.language,
        "older_than_3_years": hit.older_than_3_years,
        "entry_version": hit.version,
    }
    replies = [Reply(hit.answer, Kind.ANSWER, payload)]
    if hit.opens in START:
        replies.append(starts("menu_question", language, (hit.opens, "human")))
    return replies


def clarify(hits: Iterable[Hit], language: str) -> Reply:
    """The likeliest entries as buttons."""
    offered = [(hit.question, f"faq:{hit.id}") for hit in hits]
    return options(say("clarify", language), [*offered, (say("none_of_these", language), "faq:none")])


def emergency(topic: EmergencyTopic, language: str) -> list[Reply]:
    """The right number first, then that a person is called."""
    payload = {"notice": "emergency", "topic": topic.name, "numbers": list(topic.numbers)}
    return [
        Reply(topic.sentence(language), Kind.NOTICE, payload),
        starts("emergency_handoff", language, ("leave_queue",)),
    ]
