"""What the states and acts of a case are called among the staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.cases.lifecycle import LIFECYCLE
from gateway.cases.rules import Act, Status
from gateway.reports.tables import Pair

STATES: Final[Mapping[Status, Pair]] = {
    Status.REGISTERED: ("待分派", "To be assigned"),
    Status.ASSIGNED: ("已分派", "Assigned"),
    Status.IN_PROGRESS: ("處理中", "In progress"),
    Status.WITH_EXTERNAL: ("外部單位處理中", "With an external unit"),
    Status.AWAITING_CITIZEN: ("待民眾補件", "Waiting for the citizen"),
    Status.HANDLED: ("待解除管制", "Waiting for release"),
    Status.RELEASED: ("已結案", "Closed"),
    Status.NOT_PROCESSED: ("不予處理", "Not processed"),
    Status.WITHDRAWN: ("已撤回", "Withdrawn"),
    Status.MERGED: ("已併案", "Merged"),
    Status.CONVERTED: ("已轉案", "Converted"),
}


def state_name(status: str) -> Pair:
    """A state's name."""
    return STATES[Status(status)]


def act_name(act: str) -> Pair:
    """An act's name, as the timeline of the case has it; of one from elsewhere, its code."""
    if act not in set(Act):
        return act, act
    step = LIFECYCLE[Act(act)]
    return step.zh, step.en
