"""States of an entry's version, who may do what, and what a version holds. Pure: the table is the law."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.answers.errors import EntryActRefused, NoteMissing, OwnDraft
from gateway.identity.rules import Permission


class State(StrEnum):
    """How far a version is."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    """Neither it nor the entry below it is found any more."""
    REPLACED = "replaced"
    DISCARDED = "discarded"


class Act(StrEnum):
    """What is done to an entry."""

    SAVE = "save"
    SUBMIT = "submit"
    RETURN = "return"
    DISCARD = "discard"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    RESTORE = "restore"


OPEN: Final = frozenset({State.DRAFT, State.REVIEW})
"""States of the version that is being worked on; an entry has one at most."""
LIVE: Final = frozenset({State.PUBLISHED, State.WITHDRAWN})
"""States of the version that counts; an entry has one at most."""


@dataclass(frozen=True)
class Move:
    """What comes of an act, who may do it, and what it asks for."""

    to: State
    needs: Permission
    by_another: bool = False
    """Not by somebody who has written in this version, unless the settings allow it."""
    with_reason: bool = False


_EDIT, _RELEASE = Permission.FAQ_EDIT, Permission.FAQ_RELEASE
LAW: Final[Mapping[tuple[State | None, Act], Move]] = {
    (None, Act.SAVE): Move(State.DRAFT, _EDIT),
    (State.DRAFT, Act.SAVE): Move(State.DRAFT, _EDIT),
    (State.DRAFT, Act.SUBMIT): Move(State.REVIEW, _EDIT),
    (State.DRAFT, Act.DISCARD): Move(State.DISCARDED, _EDIT),
    (State.REVIEW, Act.RETURN): Move(State.DRAFT, _EDIT, with_reason=True),
    (State.REVIEW, Act.PUBLISH): Move(State.PUBLISHED, _RELEASE, by_another=True),
    (None, Act.WITHDRAW): Move(State.WITHDRAWN, _RELEASE, with_reason=True),
    (State.PUBLISHED, Act.WITHDRAW): Move(State.WITHDRAWN, _RELEASE, with_reason=True),
    (State.WITHDRAWN, Act.RESTORE): Move(State.PUBLISHED, _RELEASE),
}
"""From which state (None: there is no such version yet) what may be done. What is published replaces the
version that was live; a replaced or discarded one is changed by nothing."""

NOTE_MAX: Final = 300
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def move_of(state: State | None, act: Act) -> Move:
    """What the law says of an act. Raises EntryActRefused."""
    move = LAW.get((state, act))
    if move is None:
        raise EntryActRefused(f"{act} of a version that is {state}")
    return move


def check_person(move: Move, who: str, authors: Collection[str], *, own_review: bool) -> None:
    """Raise OwnDraft where somebody would release what they wrote themselves."""
    if move.by_another and not own_review and who in authors:
        raise OwnDraft


def checked_note(move: Move, note: str) -> str:
    """The reason as it is kept. Raises NoteMissing where one is needed, or where it is too long."""
    note = kept_text(note)
    if len(note) > NOTE_MAX or (move.with_reason and not note):
        raise NoteMissing
    return note


def acts_for(
    open_state: State | None, live_state: State | None, *, known: bool, who: str, authors: Collection[str],
    held: Collection[Permission], own_review: bool,
) -> list[Act]:  # fmt: skip
    """What somebody may do to an entry now, in the order of the buttons.

    `known` tells whether there is an entry below the desk's versions, which can be withdrawn at once.
    """
    below = None if known or live_state else State.DISCARDED
    starts = {
        Act.WITHDRAW: live_state or below, Act.RESTORE: live_state or State.DISCARDED,
        Act.SAVE: open_state if open_state else None,
    }  # fmt: skip
    found = []
    for act in Act:
        state = starts.get(act, open_state or State.DISCARDED)
        move = LAW.get((state, act))
        if move is None or move.needs not in held:
            continue
        if move.by_another and not own_review and who in authors:
            continue
        found.append(act)
    return found


def kept_text(text: str) -> str:
    """What somebody wrote, as it is kept: one kind of line end, nothing that a database refuses."""
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
