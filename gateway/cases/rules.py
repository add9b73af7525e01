"""The words of the case room: kinds, states, acts, roles, and what an act may ask for. Pure."""

from __future__ import annotations

from enum import StrEnum


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
    WITH_EXTERNAL = "with_external"
    AWAITING_CITIZEN = "awaiting_citizen"
    HANDLED = "handled"
    RELEASED = "released"
    NOT_PROCESSED = "not_processed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    CONVERTED = "converted"


CONVERTED = "converted:"
"""How the origin of a case begins that another one was converted to."""


class Parted(StrEnum):
    """How a unit's part in a case ended while the case went on elsewhere."""

    RETURNED = "returned"
    REASSIGNED = "reassigned"


class Act(StrEnum):
    """What can be done to a case."""

    REGISTER = "register"
    ASSIGN = "assign"
    REASSIGN = "reassign"
    RETURN = "return"
    SPLIT = "split"
    ACCEPT = "accept"
    INSPECT = "inspect"
    REQUEST_INFO = "request_info"
    SUPPLY_INFO = "supply_info"
    ADD_INFO = "add_info"
    COMMENT = "comment"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"
    REFUSE_EXTENSION = "refuse_extension"
    HAND_EXTERNAL = "hand_external"
    TAKE_BACK = "take_back"
    RECLASSIFY = "reclassify"
    MERGE = "merge"
    UNMERGE = "unmerge"
    CONVERT = "convert"
    HANDLE = "handle"
    SEND_BACK = "send_back"
    RELEASE = "release"
    NOT_PROCESS = "not_process"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    MOVE_DUE = "move_due"


class Role(StrEnum):
    """Who does it."""

    CITIZEN = "citizen"
    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class Stage(StrEnum):
    """The clocks of an assignment: the two of the law, and the short one to take it up or pass it on."""

    ROUTING = "routing"
    INSPECTION = "inspection"
    COMPLETION = "completion"


BOTH = (Stage.INSPECTION, Stage.COMPLETION)
"""The clocks that a citizen is told of."""


class Need(StrEnum):
    """What must come with an act."""

    NOTE = "note"
    """Words: a reason, a question, an answer."""
    RESULT = "result"
    """What was found and done; a template alone is refused."""
    UNIT = "unit"
    EXTERNAL_UNIT = "external_unit"
    ARRIVAL = "arrival"
    """When the crew arrived; asked only where the item has an inspection limit."""
    NEW_DUE = "new_due"
    LEGAL_REASON = "legal_reason"
    CALL_BACK = "call_back"
    """When the citizen was called back and how it went."""
    OTHER_CASE = "other_case"
    ITEM = "item"


class Scope(StrEnum):
    """Whether an act concerns the case as a whole or one unit's part in it."""

    CASE = "case"
    ASSIGNMENT = "assignment"


class CallBack(StrEnum):
    """How the call-back before the release went."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"
    NOT_REACHED = "not_reached"
    NO_CONTACT = "no_contact"


CALL_BACK_TEXT: dict[CallBack, tuple[str, str]] = {
    CallBack.SATISFIED: ("已回電，民眾接受處理結果", "Called back; the citizen accepts the result"),
    CallBack.NOT_SATISFIED: ("已回電，民眾仍有意見", "Called back; the citizen does not agree"),
    CallBack.NOT_REACHED: ("多次回電未接", "Called several times, not reached"),
    CallBack.NO_CONTACT: ("民眾未留聯絡方式", "The citizen left no contact"),
}


class LegalReason(StrEnum):
    """Why a petition may be left unhandled though registered (行政程序法 §173)."""

    NO_CONTENT_OR_NAME = "no_content_or_name"
    ALREADY_ANSWERED = "already_answered"
    NOT_COMPETENT = "not_competent"


LEGAL_REASON_TEXT: dict[LegalReason, tuple[str, str]] = {
    LegalReason.NO_CONTENT_OR_NAME: (
        "無具體內容，或未具真實姓名或聯絡方式（行政程序法第173條第1款）",
        "No concrete content, or no real name or contact (Administrative Procedure Act, art. 173(1))",
    ),
    LegalReason.ALREADY_ANSWERED: (
        "同一事由已適當處理並明確答覆，仍一再陳情（行政程序法第173條第2款）",
        "The same matter has been handled and clearly answered before (art. 173(2))",
    ),
    LegalReason.NOT_COMPETENT: (
        "非主管機關，且陳情人已以同一事由分向各機關陳情（行政程序法第173條第3款）",
        "Not the competent agency, and the same petition went to several agencies (art. 173(3))",
    ),
}

OPEN = frozenset(
    {
        Status.REGISTERED,
        Status.ASSIGNED,
        Status.IN_PROGRESS,
        Status.WITH_EXTERNAL,
        Status.AWAITING_CITIZEN,
        Status.HANDLED,
    }
)
"""The states in which somebody still has to do something."""

CLOSED = frozenset(Status) - OPEN

OF_A_UNIT = frozenset({Status.ASSIGNED, Status.IN_PROGRESS, Status.WITH_EXTERNAL, Status.HANDLED})
"""The states that belong to one unit's part; a case's state is made of those of its parts."""

STATUS_TEXT: dict[Status, tuple[str, str]] = {
    Status.REGISTERED: ("已受理，等待分派", "Registered, waiting to be assigned"),
    Status.ASSIGNED: ("已分派，承辦單位準備處理", "Assigned, the unit will take it up"),
    Status.IN_PROGRESS: ("處理中", "In progress"),
    Status.WITH_EXTERNAL: ("已移請外部單位處理", "With an external unit"),
    Status.AWAITING_CITIZEN: ("等候您補充資料", "Waiting for you to add information"),
    Status.HANDLED: ("處理完成，等待確認", "Done, waiting for confirmation"),
    Status.RELEASED: ("已結案", "Closed"),
    Status.NOT_PROCESSED: ("依規定不予處理", "Not processed, for a legal reason"),
    Status.WITHDRAWN: ("已撤回", "Withdrawn"),
    Status.MERGED: ("已併入另一案件", "Merged into another case"),
    Status.CONVERTED: ("已轉為另一案件", "Converted to another case"),
}
"""What a citizen reads for each status: (zh-TW, en)."""


def combined(parts: list[Status]) -> Status:
    """The state of a case whose active parts stand at `parts`: the least advanced work decides.

    Without an active part the case waits to be assigned; it is handled when every part is.
    """
    for status in (Status.IN_PROGRESS, Status.WITH_EXTERNAL, Status.ASSIGNED):
        if status in parts:
            return status
    return Status.HANDLED if parts else Status.REGISTERED
