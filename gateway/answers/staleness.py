"""Which entries may be out of date, and why. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from knowledge_base.rules import is_current, is_old

SOON: Final = timedelta(days=30)
"""So long before its last day an entry is shown as ending."""
LOOKED_AT_HOLDS: Final = timedelta(days=365)
"""So long somebody's word holds that an entry is still right."""


class Reason(StrEnum):
    """Why somebody should look at an entry."""

    PAST = "past"
    """Its last day is over."""
    ENDING = "ending"
    LINK = "link"
    """An importer found that the official page is gone."""
    OLD = "old"
    """Its source is older than three years."""


def reasons(
    source_date: date | None, valid_until: date | None, *, link_dead: bool, looked_on: date | None,
    today: date,
) -> tuple[Reason, ...]:  # fmt: skip
    """Why an entry may be out of date, the most pressing first.

    Who found it still right is believed for a year, but not beyond the entry's own last day.
    """
    if not is_current(valid_until, today):
        return (Reason.PAST,)
    if looked_on is not None and today - looked_on < LOOKED_AT_HOLDS:
        return ()
    found = {
        Reason.ENDING: valid_until is not None and valid_until - today <= SOON,
        Reason.LINK: link_dead,
        Reason.OLD: is_old(source_date, today),
    }
    return tuple(reason for reason, holds in found.items() if holds)
