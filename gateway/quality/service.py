"""Acts on a sheet: saved, finished, opened again, answered. One transaction each, under the sheet's lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.audit.rules import digest
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.views import Actor
from gateway.quality.errors import AlreadyReplied, InvalidReply, ReasonMissing, SheetNotFound, StaleSheet
from gateway.quality.models import QualityEvent, QualityMark, QualityReply, QualitySheet
from gateway.quality.rules import (
    Act,
    Mark,
    ReplyKind,
    State,
    check_assessor,
    check_marks,
    grade_of,
    hundredths,
    kept_text,
    next_state,
    score_of,
)
from gateway.quality.standard import Standard, standard
from gateway.quality.views import Assessment, Typed

COMMENT_MAX: Final = 2000
REMARK_MAX: Final = 500
REPLY_MAX: Final = 1000
REASON_MAX: Final = 300


def _now() -> datetime:
    return datetime.now(UTC)


class Assessments:
    """What supervisors and operators do with sheets. Every act leaves an entry in the audit trail."""

    def __init__(
        self, database: Database, trail: AuditTrail, zone: ZoneInfo, clock: Callable[[], datetime] = _now,
        of: Standard | None = None,
    ) -> None:  # fmt: skip
        self.database = database
        self.zone = zone
        self.clock = clock
        self.standard = of or standard()
        self._trail = trail

    def save(self, sheet_id: int, given: Assessment, by: Actor) -> None:
        """Keep what has been assessed so far; points may be missing.

        Raises SheetNotFound, OwnSheet, SheetActRefused, StaleSheet, InvalidMarks.
        """
        with self.database.write() as session:
            sheet, _ = self._assess(session, sheet_id, given, by, Act.SAVE)
            self._record(session, sheet, Act.SAVE, by, {})

    def finish(self, sheet_id: int, given: Assessment, by: Actor) -> None:
        """Make the sheet final, with score and grade. Raises as `save`, also for points that are missing."""
        with self.database.write() as session:
            sheet, marks = self._assess(session, sheet_id, given, by, Act.FINISH)
            score = score_of(marks)
            assert score is not None  # noqa: S101 - check_marks has seen to it
            sheet.score, sheet.finished_at = hundredths(score), self.clock()
            sheet.grade = grade_of(score, self.standard.grades).code
            self._tell(session, sheet, Act.FINISH, by, score=sheet.score)
            told = {"score": sheet.score, "grade": sheet.grade, "edition": sheet.edition}
            self._record(session, sheet, Act.FINISH, by, {**told, "digest": _digest(sheet, marks)})

    def reopen(self, sheet_id: int, reason: str, by: Actor) -> None:
        """Open a final sheet again, for a reason that is kept.

        Raises SheetNotFound, OwnSheet, SheetActRefused, ReasonMissing.
        """
        reason = kept_text(reason)
        if not 0 < len(reason) <= REASON_MAX:
            raise ReasonMissing
        with self.database.write() as session:
            sheet = _locked(session, sheet_id)
            check_assessor(by.name, sheet.operator)
            self._move(sheet, Act.REOPEN)
            told = {"score": sheet.score, "grade": sheet.grade, "edition": sheet.edition, "reason": reason}
            sheet.score = sheet.grade = sheet.finished_at = None
            sheet.edition += 1
            self._tell(session, sheet, Act.REOPEN, by, note=reason)
            self._record(session, sheet, Act.REOPEN, by, told)

    def reply(self, sheet_id: int, kind: ReplyKind, text: str, by: Actor) -> None:
        """The operator's one answer to a final sheet of theirs; an objection gives reasons.

        Raises SheetNotFound, InvalidReply, AlreadyReplied.
        """
        text = kept_text(text)
        if len(text) > REPLY_MAX or (kind is ReplyKind.OBJECT and not text):
            raise InvalidReply
        with self.database.write() as session:
            sheet = _locked(session, sheet_id)
            if sheet.operator != by.name or sheet.state != State.FINAL:
                raise SheetNotFound
            if session.get(QualityReply, (sheet_id, sheet.edition)) is not None:
                raise AlreadyReplied
            self._move(sheet, Act.REPLY)
            session.add(
                QualityReply(
                    sheet_id=sheet_id, edition=sheet.edition, kind=kind.value, text=text, at=self.clock()
                )
            )
            self._tell(session, sheet, Act.REPLY, by, note=kind.value)
            self._record(session, sheet, Act.REPLY, by, {"kind": kind.value, "edition": sheet.edition})

    def note_reading(self, session: Session, sheet_id: int, operator: str, by: Actor) -> None:
        """Write down, in the caller's transaction, that somebody read a colleague's conversation."""
        detail = {"operator": operator}
        self._trail.append(
            session, act="quality.read", actor=by.name, role=by.role, subject=f"quality:{sheet_id}",
            detail=detail, at=self.clock(),
        )  # fmt: skip

    def note_export(self, session: Session, detail: dict[str, Any], by: Actor) -> None:
        """Write down, in the caller's transaction, that averages left the house as a file."""
        self._trail.append(
            session, act="quality.export", actor=by.name, role=by.role, subject="quality", detail=detail,
            at=self.clock(),
        )  # fmt: skip

    def _assess(
        self, session: Session, sheet_id: int, given: Assessment, by: Actor, act: Act
    ) -> tuple[QualitySheet, list[Mark]]:
        sheet = _locked(session, sheet_id)
        check_assessor(by.name, sheet.operator)
        if sheet.version != given.version:
            raise StaleSheet
        self._move(sheet, act)
        rows = _rows(session, sheet_id)
        marks = [_marked(row, given.marks.get(row.criterion, Typed())) for row in rows]
        optional = [one.code for one in self.standard.criteria if one.may_be_left_out]
        check_marks(marks, optional, whole=act is Act.FINISH)
        for row, mark in zip(rows, marks, strict=True):
            row.halves, row.left_out, row.remark = mark.halves, mark.left_out, mark.remark
        sheet.assessor, sheet.comment = by.name, kept_text(given.comment)[:COMMENT_MAX]
        return sheet, marks

    @staticmethod
    def _move(sheet: QualitySheet, act: Act) -> None:
        sheet.state = next_state(State(sheet.state), act).value
        sheet.version += 1

    def _tell(
        self, session: Session, sheet: QualitySheet, act: Act, by: Actor, *, note: str = "",
        score: int | None = None,
    ) -> None:  # fmt: skip
        session.add(
            QualityEvent(
                sheet_id=sheet.id, act=act.value, actor=by.name, at=self.clock(), note=note, score=score
            )
        )

    def _record(
        self, session: Session, sheet: QualitySheet, act: Act, by: Actor, detail: dict[str, Any]
    ) -> None:
        session.flush()
        self._trail.append(
            session, act=f"quality.{act.value}", actor=by.name, role=by.role, subject=f"quality:{sheet.id}",
            detail={"operator": sheet.operator, **detail}, at=self.clock(),
        )  # fmt: skip


def _locked(session: Session, sheet_id: int) -> QualitySheet:
    """The sheet, nobody else's until the transaction ends. Raises SheetNotFound."""
    query = select(QualitySheet).where(QualitySheet.id == sheet_id).with_for_update()
    sheet = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if sheet is None:
        raise SheetNotFound
    return sheet


def _rows(session: Session, sheet_id: int) -> list[QualityMark]:
    query = select(QualityMark).where(QualityMark.sheet_id == sheet_id).order_by(QualityMark.place)
    return list(session.scalars(query))


def _marked(row: QualityMark, typed: Typed) -> Mark:
    halves = None if typed.left_out else typed.halves
    remark = kept_text(typed.remark)[:REMARK_MAX]
    return Mark(row.criterion, row.weight, halves, typed.left_out, remark)


def _digest(sheet: QualitySheet, marks: list[Mark]) -> str:
    """What a final sheet says, in one hash: an edit behind the service's back no longer fits the trail."""
    told = [[one.criterion, one.weight, one.halves, one.left_out, one.remark] for one in marks]
    return digest([sheet.handling_id, sheet.operator, sheet.assessor, sheet.comment, sheet.score, told])
