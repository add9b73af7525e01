"""Building the replies of the dialogue: answers with their source, buttons, notices. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from gateway.conversations.catalogue import say
from gateway.conversations.emergency import EmergencyTopic
from gateway.conversations.rules import Kind, Reply, Sender
from knowledge_base.service import Hit

_PHONE = re.compile(r"0\d{1,3}-\d{3,4}-?\d{3,4}(?:\s*(?:轉|分機|ext\.?)\s*\d+)?")

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
    replies = [_told(hit, hit.answer, language)]
    if hit.opens in START:
        replies.append(starts("menu_question", language, (hit.opens, "human")))
    return replies


def passage(hit: Hit, told: str, language: str) -> list[Reply]:
    """The part of an entry that was asked for, with the entry's source; the whole is a press away."""
    if told == hit.answer.strip():
        return [_told(hit, hit.answer, language)]
    part = _told(hit, told, language, passage=True)
    return [part, options(say("part_of_entry", language), [_whole(hit, language)])]


def shortened(hit: Hit, short: str, language: str) -> list[Reply]:
    """An entry in fewer words, marked as such, with its source; the whole is a press away."""
    part = _told(hit, short, language, shortened=True)
    return [part, options(say("shortened_entry", language), [_whole(hit, language)])]


def not_told(hit: Hit, what: str, language: str) -> Reply:
    """That the entry the citizen goes on about does not say this, and whom to ask."""
    agency = _agency(hit, language) or say("the_office", language)
    phone = _PHONE.search(hit.answer)
    ask = f"{agency} ({phone.group()})" if phone and language == "en" else agency
    if phone and language != "en":
        ask = f"{agency}（{phone.group()}）"
    question = say("not_in_entry", language, question=hit.question, what=what, agency=ask)
    person = (say("talk_to_person", language), START["human"][1])
    asked = options(question, [_whole(hit, language), person])
    return replace(asked, payload={**asked.payload, "about": hit.id})


def _whole(hit: Hit, language: str) -> Option:
    return say("whole_entry", language), f"faq:{hit.id}"


def _agency(hit: Hit, language: str) -> str:
    return hit.agency_en if language == "en" and hit.agency_en else hit.agency


def _told(hit: Hit, words: str, language: str, **more: object) -> Reply:
    payload = {
        "faq_id": hit.id,
        "question": hit.question,
        "source_url": hit.source_url,
        "agency": _agency(hit, language),
        "source_date": hit.source_date.isoformat() if hit.source_date else None,
        "score": round(hit.score, 4),
        "language": hit.language,
        "older_than_3_years": hit.older_than_3_years,
        "entry_version": hit.version,
        "valid_until": hit.valid_until.isoformat() if hit.valid_until else None,
        "expired": hit.expired,
        "warning": _warning(hit, language),
        **more,
    }
    # A reader of the mere text must not take it for current either.
    shown = f"{payload['warning']}\n\n{words}" if hit.expired else words
    return Reply(shown, Kind.ANSWER, payload)


def _warning(hit: Hit, language: str) -> str | None:
    """What has to be said of the entry's age; None for one that is current."""
    if hit.expired:
        return say("expired_entry", language, date=hit.valid_until)
    return say("old_entry", language, date=hit.source_date) if hit.older_than_3_years else None


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
