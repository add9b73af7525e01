"""Which acts somebody may do on a case now: the lifecycle's table for their roles and units. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.cases.lifecycle import LIFECYCLE, Step, standing
from gateway.cases.models import Case
from gateway.cases.rules import Act, Role, Scope, Status


@dataclass(frozen=True)
class Standing:
    """An active part as the table sees it."""

    id: int
    unit: str
    status: Status
    asked_for_time: bool
    """Whether a wish for more time waits for a decision."""


@dataclass(frozen=True)
class Offer:
    """An act that may be done now, on the case or on one part, in this role."""

    act: Act
    step: Step
    role: Role
    part: Standing | None = None

    @property
    def key(self) -> str:
        """Names the offer on a page."""
        return f"{self.act}-{self.part.id}" if self.part else self.act.value


# Whoever holds several roles acts as the unit's own where the part is theirs, else in the widest.
PREFERENCE = (Role.HANDLER, Role.SUPERVISOR, Role.DISPATCHER, Role.OPERATOR)


def offers(
    case: Case,
    parts: Sequence[Standing],
    roles: frozenset[Role],
    units: frozenset[str],
    *,
    citizens_reopening: bool,
) -> list[Offer]:
    """Every act that the table allows to these roles, in its order; acts on parts once for each part.

    `citizens_reopening`: whether who reported the case may still have it reopened.
    """
    found = []
    owns_one = any(part.unit in units for part in parts)
    for act, step in LIFECYCLE.items():
        if step.scope is Scope.CASE:
            role = _role(step, roles, owns_one)
            if role and Status(case.status) in step.sources and _now(act, role, citizens_reopening):
                found.append(Offer(act, step, role))
            continue
        for part in parts:
            role = _role(step, roles, part.unit in units)
            if role and standing(Status(case.status), part.status) in step.sources and _asked(act, part):
                found.append(Offer(act, step, role, part))
    return found


def _role(step: Step, roles: frozenset[Role], own: bool) -> Role | None:
    """In which role the act is done; a handler only on what is their unit's."""
    held = roles & step.roles
    return next((role for role in PREFERENCE if role in held and (own or role is not Role.HANDLER)), None)


def _asked(act: Act, part: Standing) -> bool:
    if act is Act.ASK_EXTENSION:
        return not part.asked_for_time
    return part.asked_for_time or act is not Act.REFUSE_EXTENSION


def _now(act: Act, role: Role, citizens_reopening: bool) -> bool:
    """What the effect of an act would refuse in any case is not offered."""
    return act is not Act.REOPEN or role is Role.SUPERVISOR or citizens_reopening
