"""The life of a case as one table: which act leads from where to where, and who may do it.

Pure: no database, no framework. The tests are generated from `LIFECYCLE`; the desk's buttons and
forms are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.cases.errors import ActNotAllowed
from gateway.cases.rules import BOTH, OF_A_UNIT, Act, Need, Role, Scope, Stage, Status


@dataclass(frozen=True)
class Step:
    """One row of the table.

    `target` None leaves the state as it is; `resumes` goes back to where the case stood before it
    waited or was merged. `meets` are the clocks that stop with the act, `restarts` those that run
    again. A `public` act is shown to the citizen, with its note where `note_public`; `tells` writes
    a notice to everybody who reported the matter.
    """

    act: Act
    scope: Scope
    sources: frozenset[Status]
    target: Status | None
    roles: frozenset[Role]
    zh: str
    en: str
    needs: frozenset[Need] = frozenset()
    public: bool = True
    note_public: bool = False
    tells: bool = False
    meets: tuple[Stage, ...] = ()
    restarts: tuple[Stage, ...] = ()
    resumes: bool = False


EVERY_STATE = " ".join(Status)
ALL_CLOCKS = (Stage.ROUTING, *BOTH)


def _row(
    act: Act,
    sources: str,
    target: Status | None,
    roles: str,
    zh: str,
    en: str,
    *,
    scope: Scope = Scope.CASE,
    needs: str = "",
    public: bool = True,
    note_public: bool = False,
    tells: bool = False,
    meets: tuple[Stage, ...] = (),
    restarts: tuple[Stage, ...] = (),
    resumes: bool = False,
) -> Step:
    return Step(
        act,
        scope,
        frozenset(Status(name) for name in sources.split()),
        target,
        frozenset(Role(name) for name in roles.split()),
        zh,
        en,
        frozenset(Need(name) for name in needs.split()),
        public,
        note_public,
        tells,
        meets,
        restarts,
        resumes,
    )


PART = Scope.ASSIGNMENT

LIFECYCLE: dict[Act, Step] = {
    step.act: step
    for step in (
        _row(
            Act.REGISTER, "", Status.REGISTERED, "citizen operator dispatcher supervisor system",
            "案件已受理立案", "The case was registered", tells=True,
        ),
        _row(
            Act.ASSIGN, "registered", Status.ASSIGNED, "operator dispatcher supervisor system",
            "已分派給承辦單位", "Assigned to the responsible unit", needs="unit", tells=True,
        ),
        _row(
            Act.ACCEPT, "assigned", Status.IN_PROGRESS, "handler supervisor",
            "承辦單位已開始處理", "The unit has started work", scope=PART, meets=(Stage.ROUTING,),
        ),
        _row(
            Act.INSPECT, "in_progress with_external", None, "handler supervisor",
            "承辦單位已到場勘查", "The unit has inspected the place",
            scope=PART, needs="arrival", meets=(Stage.ROUTING, Stage.INSPECTION),
        ),
        _row(
            Act.HANDLE, "in_progress with_external", Status.HANDLED, "handler supervisor",
            "承辦單位回報處理完成", "The unit reports that it is done",
            scope=PART, needs="result arrival", note_public=True, tells=True, meets=ALL_CLOCKS,
        ),
        _row(
            Act.RELEASE, "handled", Status.RELEASED, "supervisor",
            "案件已結案", "The case was closed", needs="call_back", tells=True,
        ),
        _row(
            Act.REQUEST_INFO, "registered assigned in_progress", Status.AWAITING_CITIZEN,
            "operator dispatcher handler supervisor", "請您補充資料", "You were asked for more information",
            needs="note", note_public=True, tells=True,
        ),
        _row(
            Act.SUPPLY_INFO, "awaiting_citizen", None, "citizen operator handler supervisor",
            "已收到補充資料", "The information was received", needs="note", resumes=True,
        ),
        _row(
            Act.ADD_INFO, "registered assigned in_progress with_external handled", None, "citizen operator",
            "民眾補充說明", "The citizen added information", needs="note",
        ),
        _row(
            Act.COMMENT, EVERY_STATE, None, "operator dispatcher handler supervisor",
            "內部註記", "Internal note", needs="note", public=False,
        ),
        _row(
            Act.ASK_EXTENSION, "assigned in_progress with_external", None, "handler",
            "承辦單位申請展延", "The unit asks for more time", scope=PART, needs="note new_due", public=False,
        ),
        _row(
            Act.EXTEND, "assigned in_progress with_external", None, "supervisor",
            "處理期限已展延", "The due time was extended",
            scope=PART, needs="note new_due", note_public=True, tells=True,
        ),
        _row(
            Act.REFUSE_EXTENSION, "assigned in_progress with_external", None, "supervisor",
            "展延申請未獲核准", "The extension was refused", scope=PART, needs="note", public=False,
        ),
        _row(
            Act.REASSIGN, "assigned in_progress with_external", Status.ASSIGNED, "dispatcher supervisor",
            "已改分給其他單位", "Reassigned to another unit",
            scope=PART, needs="unit note", tells=True, meets=(Stage.ROUTING,),
        ),
        _row(
            Act.RETURN, "assigned in_progress", Status.REGISTERED, "handler supervisor",
            "承辦單位退回，重新分派中", "Returned by the unit, to be assigned again",
            scope=PART, needs="note", meets=(Stage.ROUTING,),
        ),
        _row(
            Act.SPLIT, "assigned in_progress with_external", None, "dispatcher supervisor",
            "已加派其他單位共同處理", "Another unit was assigned as well", needs="unit note",
        ),
        _row(
            Act.HAND_EXTERNAL, "assigned in_progress", Status.WITH_EXTERNAL, "dispatcher handler supervisor",
            "已移請外部單位處理", "Handed to an external unit",
            scope=PART, needs="external_unit note", tells=True, meets=(Stage.ROUTING,),
        ),
        _row(
            Act.TAKE_BACK, "with_external", Status.IN_PROGRESS, "dispatcher handler supervisor",
            "外部單位移回，由承辦單位續辦", "Taken back from the external unit", scope=PART, needs="note",
        ),
        _row(
            Act.RECLASSIFY, "registered assigned in_progress", None, "operator dispatcher supervisor",
            "案件項目已更正", "The service item was corrected", needs="item note",
        ),
        _row(
            Act.MERGE, "registered assigned in_progress awaiting_citizen", Status.MERGED,
            "dispatcher handler supervisor", "已與相同案件併案處理", "Merged with a case on the same matter",
            needs="other_case", tells=True, meets=ALL_CLOCKS,
        ),
        _row(
            Act.UNMERGE, "merged", None, "dispatcher supervisor",
            "併案已解除，恢復個別處理", "No longer merged; handled on its own again",
            needs="note", tells=True, resumes=True,
        ),
        _row(
            Act.CONVERT, "registered assigned in_progress", Status.CONVERTED,
            "dispatcher handler supervisor", "已轉為另一類案件處理", "Converted to a case of another kind",
            needs="item note", note_public=True, tells=True, meets=ALL_CLOCKS,
        ),
        _row(
            Act.SEND_BACK, "handled", Status.IN_PROGRESS, "supervisor",
            "經複核退回續辦", "Sent back for further work after review",
            scope=PART, needs="note", restarts=(Stage.COMPLETION,),
        ),
        _row(
            Act.NOT_PROCESS, "registered assigned in_progress awaiting_citizen", Status.NOT_PROCESSED,
            "dispatcher supervisor", "依規定不予處理", "Not processed, for a legal reason",
            needs="note legal_reason", note_public=True, tells=True, meets=ALL_CLOCKS,
        ),
        _row(
            Act.WITHDRAW, "registered assigned in_progress with_external awaiting_citizen",
            Status.WITHDRAWN, "citizen operator", "陳情人已撤回案件", "Withdrawn by the citizen",
            tells=True, meets=ALL_CLOCKS,
        ),
        _row(
            Act.REOPEN, "released", Status.ASSIGNED, "citizen operator supervisor",
            "案件重新開啟", "The case was reopened", needs="note", tells=True,
        ),
        _row(
            Act.MOVE_DUE, EVERY_STATE, None,
            "system", "因停止上班，處理期限順延",
            "The due time moved because offices were closed", tells=True,
        ),
    )
}  # fmt: skip


def step_for(status: Status | None, act: Act, role: Role) -> Step:
    """The row that allows `act` on a case in `status` (None: not yet registered) by `role`.

    Raises ActNotAllowed where the table has none.
    """
    step = LIFECYCLE[act]
    from_here = not step.sources if status is None else status in step.sources
    if not from_here or role not in step.roles:
        raise ActNotAllowed(f"{act} by {role} on {status}", act=act, role=role, status=status)
    return step


def standing(case: Status, part: Status | None) -> Status:
    """Where one unit's part stands for the table: where the case as a whole waits or is closed, there;
    else where the part itself is."""
    return case if part is None or case not in OF_A_UNIT else part


def allowed_acts(case: Status, part: Status | None, roles: frozenset[Role]) -> tuple[Act, ...]:
    """Every act that somebody with `roles` may do, in the order of the table: on the case, and on the
    part that stands at `part` (None: there is no such part)."""
    acts = []
    for act, step in LIFECYCLE.items():
        if step.scope is Scope.ASSIGNMENT and part is None:
            continue
        status = standing(case, part) if step.scope is Scope.ASSIGNMENT else case
        if status in step.sources and roles & step.roles:
            acts.append(act)
    return tuple(acts)
