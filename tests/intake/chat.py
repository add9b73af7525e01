"""A form played through as the dialogue plays it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.intake.reading import read_message
from gateway.intake.rules import Draft, absorb, choose, new_draft, next_field, propose_items
from gateway.places import Places
from tests.intake.conftest import TODAY

ITEMS = ("road_pothole", "streetlight_out", "fallen_tree")


def say(draft: Draft, message: str) -> Draft:
    """The draft after one message; `!payload` presses a button."""
    if message.startswith("!"):
        draft = choose(draft, message[1:])
    else:
        draft = absorb(draft, read_message(message, TODAY, Places.load()), message)
    if not draft.item_confirmed and not draft.item_candidates and draft.item_text:
        draft = propose_items(draft, ITEMS)
    return replace(draft, asking=next_field(draft))


def chat(kind: str, messages: Iterable[str], language: str = "zh-TW") -> Draft:
    """The draft after all messages."""
    draft = new_draft(kind, language)
    for message in messages:
        draft = say(draft, message)
    return draft
