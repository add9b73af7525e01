"""The life of a case as one table: which act leads from where to where, and who may do it.

Pure: no database, no framework. The tests are generated from `LIFECYCLE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.cases.errors import ActNotAllowed, NoteRequired


class Kind(StrEnum):
    """What sort of case it is."""

    DISPATCH = "dispatch"
    PETITION = "petition"
    PUBLIC_WORKS_REPORT = "public_works_report"
    INQUIRY = "inquiry"


class Status(StrEnum):
    """Where a case stands."""

    REGISTERED = "registered"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    HANDLED = "handled"
    RELEASED = "released"
    NOT_PROCESSED = "not_processed"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What can be done to a case."""

    REGISTER = "register"
    ASSIGN = "assign"
    REASSIGN = "reassign"
    RETURN = "return"
    ACCEPT = "accept"
    INSPECT = "inspect"
    HANDLE = "handle"
    SEND_BACK = "send_back"
    RELEASE = "release"
    NOT_PROCESS = "not_process"
    WITHDRAW = "withdraw"


class Role(StrEnum):
    """Who does it."""

    CITIZEN = "citizen"
    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class Stage(StrEnum):
    """The two clocks of a case."""

    INSPECTION = "inspection"
    COMPLETION = "completion"


@dataclass(frozen=True)
class Step:
    """One row of the table.

    `meets` are the clocks that stop with this act, `restarts` those that run again; `needs_unit`
    and `needs_note` say what must come with it; a `public` act is shown to the citizen.
    """

    act: Act
    sources: frozenset[Status]
    target: Status
    roles: frozenset[Role]
    zh: str
    en: str
    needs_unit: bool = False
    needs_note: bool = False
    public: bool = True
    meets: tuple[Stage, ...] = ()
    restarts: tuple[Stage, ...] = ()


def _states(names: str) -> frozenset[Status]:
    return frozenset(Status(name) for name in names.split())


def _roles(names: str) -> frozenset[Role]:
    return frozenset(Role(name) for name in names.split())


BOTH = (Stage.INSPECTION, Stage.COMPLETION)

LIFECYCLE: dict[Act, Step] = {
    step.act: step
    for step in (
        Step(
            Act.REGISTER,
            _states(""),
            Status.REGISTERED,
            _roles("citizen operator dispatcher supervisor system"),
            "案件已受理立案",
            "The case was registered",
        ),
        Step(
            Act.ASSIGN,
            _states("registered"),
            Status.ASSIGNED,
            _roles("operator dispatcher supervisor system"),
            "已分派給承辦單位",
            "Assigned to the responsible unit",
            needs_unit=True,
        ),
        Step(
            Act.REASSIGN,
            _states("assigned in_progress"),
            Status.ASSIGNED,
            _roles("dispatcher supervisor"),
            "已改分給其他單位",
            "Reassigned to another unit",
            needs_unit=True,
            needs_note=True,
        ),
        Step(
            Act.RETURN,
            _states("assigned in_progress"),
            Status.REGISTERED,
            _roles("handler supervisor"),
            "承辦單位退回，重新分派中",
            "Returned by the unit, to be assigned again",
            needs_note=True,
        ),
        Step(
            Act.ACCEPT,
            _states("assigned"),
            Status.IN_PROGRESS,
            _roles("handler supervisor"),
            "承辦單位已開始處理",
            "The unit has started work",
        ),
        Step(
            Act.INSPECT,
            _states("in_progress"),
            Status.IN_PROGRESS,
            _roles("handler supervisor"),
            "承辦單位已到場勘查",
            "The unit has inspected the place",
            meets=(Stage.INSPECTION,),
        ),
        Step(
            Act.HANDLE,
            _states("in_progress"),
            Status.HANDLED,
            _roles("handler supervisor"),
            "承辦單位回報處理完成",
            "The unit reports that it is done",
            needs_note=True,
            meets=BOTH,
        ),
        Step(
            Act.SEND_BACK,
            _states("handled"),
            Status.IN_PROGRESS,
            _roles("supervisor"),
            "經複核退回續辦",
            "Sent back for further work after review",
            needs_note=True,
            restarts=(Stage.COMPLETION,),
        ),
        Step(
            Act.RELEASE,
            _states("handled"),
            Status.RELEASED,
            _roles("supervisor"),
            "案件已結案",
            "The case was closed",
        ),
        Step(
            Act.NOT_PROCESS,
            _states("registered assigned in_progress"),
            Status.NOT_PROCESSED,
            _roles("dispatcher supervisor"),
            "依規定不予處理",
            "Not processed, for a legal reason",
            needs_note=True,
        ),
        Step(
            Act.WITHDRAW,
            _states("registered assigned in_progress"),
            Status.WITHDRAWN,
            _roles("citizen operator"),
            "陳情人已撤回案件",
            "Withdrawn by the citizen",
        ),
    )
}

STATUS_TEXT: dict[Status, tuple[str, str]] = {
    Status.REGISTERED: ("已受理，等待分派", "Registered, waiting to be assigned"),
    Status.ASSIGNED: ("已分派，承辦單位準備處理", "Assigned, the unit will take it up"),
    Status.IN_PROGRESS: ("處理中", "In progress"),
    Status.HANDLED: ("處理完成，等待確認", "Done, waiting for confirmation"),
    Status.RELEASED: ("已結案", "Closed"),
    Status.NOT_PROCESSED: ("依規定不予處理", "Not processed, for a legal reason"),
    Status.WITHDRAWN: ("已撤回", "Withdrawn"),
}
"""What a citizen reads for each status: (zh-TW, en)."""


def step_for(status: Status | None, act: Act, role: Role) -> Step:
    """The row that allows `act` on a case in `status` (None: not yet registered) by `role`.

    Raises ActNotAllowed where the table has none.
    """
    step = LIFECYCLE[act]
    from_here = not step.sources if status is None else status in step.sources
    if not from_here or role not in step.roles:
        raise ActNotAllowed(f"{act} by {role} on {status}", act=act, role=role, status=status)
    return step


def allowed_acts(status: Status, role: Role) -> tuple[Act, ...]:
    """Every act that `role` may do on a case in `status`, in the order of the table."""
    return tuple(act for act, step in LIFECYCLE.items() if status in step.sources and role in step.roles)


def check_words(step: Step, note: str | None, unit: str | None) -> None:
    """Raise NoteRequired where the act lacks the words or the unit it needs."""
    if step.needs_note and not (note or "").strip():
        raise NoteRequired(f"{step.act} needs a note", act=step.act)
    if step.needs_unit and not unit:
        raise NoteRequired(f"{step.act} needs a unit", act=step.act)
