"""Saved, finished, opened again, answered; and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from fractions import Fraction

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.database import Base, Database
from gateway.database.migrate import downgrade, upgrade
from gateway.identity.views import Actor
from gateway.quality import models, reading
from gateway.quality.averages import standings
from gateway.quality.drawing import Drawing
from gateway.quality.errors import (
    AlreadyReplied,
    InvalidMarks,
    InvalidReply,
    OwnSheet,
    ReasonMissing,
    SheetActRefused,
    SheetNotFound,
    StaleSheet,
)
from gateway.quality.rules import ReplyKind
from gateway.quality.service import Assessments
from gateway.quality.standard import standard
from gateway.quality.views import Assessment, Sheet, Typed
from tests.quality.conftest import NOW, TAIPEI
from tests.quality.talks import BOSS, CHIEF, ENDED, drawn_sheet, final_sheet, marks

MEI = Actor("mei", "operator")
TABLES = {
    mapper.class_.__tablename__
    for mapper in Base.registry.mappers
    if mapper.class_.__module__ == models.__name__
}


@pytest.fixture
def sheet_id(database: Database, drawing: Drawing) -> int:
    return drawn_sheet(database, drawing, "mei")


def read(database: Database, sheet_id: int) -> Sheet:
    with database.read() as session:
        return reading.sheet(session, sheet_id)


def acts(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.seq))
        return [(row.act, row.actor) for row in rows]


def test_a_sheet_shows_the_conversation_as_it_was(database: Database, sheet_id: int) -> None:
    found = read(database, sheet_id)
    assert [one.text for one in found.messages] == ["路燈壞了", "請問在哪個路口？", "建工路 <b>", "已立案"]
    assert (found.served.waited_seconds, found.served.reply_seconds) == (95, 25)
    assert [found.served.covers(one) for one in found.messages] == [False, True, True, True]
    assert found.rating is not None
    assert (found.rating.speed, found.rating.result, found.rating.comment) == (5, 2, "很快，但沒解決")
    assert (found.state, found.score, found.assessor) == ("drawn", None, None)


def test_from_a_draft_to_a_final_sheet(database: Database, room: Assessments, sheet_id: int) -> None:
    room.save(sheet_id, Assessment({"courtesy": Typed(27, False, " 很\x00親切\r\n\ud83d ")}, "", 1), CHIEF)
    draft = read(database, sheet_id)
    assert (draft.state, draft.assessor, draft.version, draft.score) == ("drafted", "chief", 2, None)
    assert (draft.marks[0].points, draft.marks[0].remark) == (Fraction(27, 2), "很親切")
    given = {**marks(0.9, left_out=["closing"]), "courtesy": Typed(26)}
    room.finish(sheet_id, Assessment(given, " 做得好 ", 2), BOSS)
    final = read(database, sheet_id)
    points = sum(mark.points or 0 for mark in final.marks)
    assert final.score == int(100 * 100 * points / 95)
    assert (final.state, final.grade, final.assessor, final.comment) == (
        "final",
        "excellent",
        "boss",
        "做得好",
    )
    assert acts(database) == [("quality.draw", "boss"), ("quality.save", "chief"), ("quality.finish", "boss")]


def test_a_final_sheet_is_changed_by_nothing(database: Database, room: Assessments, sheet_id: int) -> None:
    final_sheet(room, sheet_id)
    before = read(database, sheet_id)
    for act in (room.save, room.finish):
        for version in (1, before.version):
            with pytest.raises((SheetActRefused, StaleSheet)):
                act(sheet_id, Assessment(marks(0.1), "", version), BOSS)
    assert read(database, sheet_id) == before


def test_points_that_are_missing_or_out_of_range_change_nothing(
    database: Database, room: Assessments, sheet_id: int
) -> None:
    given = {**marks(), "courtesy": Typed(31), "speed": Typed(), "rules": Typed(None, True)}
    with pytest.raises(InvalidMarks) as refused:
        room.finish(sheet_id, Assessment(given, "", 1), BOSS)
    assert refused.value.problems == {"courtesy": "range", "speed": "missing", "rules": "needed"}
    assert read(database, sheet_id).state == "drawn"
    with pytest.raises(InvalidMarks):
        room.save(sheet_id, Assessment({"courtesy": Typed(-1)}, "", 1), BOSS)
    assert acts(database) == [("quality.draw", "boss")]


def test_nobody_assesses_their_own(database: Database, drawing: Drawing, room: Assessments) -> None:
    own = drawn_sheet(database, drawing, "chief")
    for act in (room.save, room.finish):
        with pytest.raises(OwnSheet):
            act(own, Assessment(marks(), "", 1), CHIEF)
    final_sheet(room, own)
    with pytest.raises(OwnSheet):
        room.reopen(own, "給我高一點", CHIEF)


def test_of_two_at_once_one_is_told_to_look_again(
    database: Database, room: Assessments, sheet_id: int
) -> None:
    def finish(by: Actor) -> str:
        try:
            room.finish(sheet_id, Assessment(marks(), by.name, 1), by)
        except (StaleSheet, SheetActRefused):
            return "refused"
        return by.name

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(finish, (BOSS, CHIEF)))
    assert results[1] == "refused"
    assert read(database, sheet_id).assessor == results[0]


def test_opened_again_for_a_reason_and_answered_once_each_time(
    database: Database, room: Assessments, sheet_id: int
) -> None:
    with pytest.raises(SheetNotFound):
        room.reply(sheet_id, ReplyKind.ACKNOWLEDGE, "", MEI)
    final_sheet(room, sheet_id, 0.5)
    for kind, text in ((ReplyKind.OBJECT, " "), (ReplyKind.ACKNOWLEDGE, "長" * 1001)):
        with pytest.raises(InvalidReply):
            room.reply(sheet_id, kind, text, MEI)
    with pytest.raises(SheetNotFound):
        room.reply(sheet_id, ReplyKind.OBJECT, "不是我的", Actor("hua", "operator"))
    room.reply(sheet_id, ReplyKind.OBJECT, "案件在對話前已立案", MEI)
    with pytest.raises(AlreadyReplied):
        room.reply(sheet_id, ReplyKind.ACKNOWLEDGE, "", MEI)
    for reason in (" ", "長" * 301):
        with pytest.raises(ReasonMissing):
            room.reopen(sheet_id, reason, BOSS)
    room.reopen(sheet_id, "異議有理由", BOSS)
    with pytest.raises(SheetActRefused):
        room.reopen(sheet_id, "再一次", BOSS)
    opened = read(database, sheet_id)
    assert (opened.state, opened.score, opened.grade, opened.edition) == ("drafted", None, None, 2)
    assert [mark.halves for mark in opened.marks] == [one.halves for one in marks(0.5).values()]
    room.finish(sheet_id, Assessment(marks(), "", opened.version), CHIEF)
    assert read(database, sheet_id).reply is None
    room.reply(sheet_id, ReplyKind.ACKNOWLEDGE, "", MEI)
    final = read(database, sheet_id)
    assert [(one.edition, one.kind) for one in final.replies] == [(1, "object"), (2, "acknowledge")]
    assert [(one.act, one.score) for one in final.events] == [
        ("finish", 5000), ("reply", None), ("reopen", None), ("finish", 10000), ("reply", None),
    ]  # fmt: skip
    assert [act for act, _ in acts(database)][1:] == [
        "quality.finish", "quality.reply", "quality.reopen", "quality.finish", "quality.reply",
    ]  # fmt: skip
    with database.read() as session:
        reopened = session.scalars(select(AuditEntry).where(AuditEntry.act == "quality.reopen")).one()
    assert (reopened.detail["score"], reopened.detail["reason"]) == (5000, "異議有理由")


def test_an_operator_sees_final_sheets_of_their_own_and_no_others(
    database: Database, room: Assessments, sheet_id: int
) -> None:
    with database.read() as session, pytest.raises(SheetNotFound):
        reading.own_final(session, sheet_id, "mei")
    final_sheet(room, sheet_id)
    with database.read() as session:
        assert reading.own_final(session, sheet_id, "mei").score == 10000
        with pytest.raises(SheetNotFound):
            reading.own_final(session, sheet_id, "hua")


def test_averages_are_of_final_sheets_in_the_period(
    database: Database, drawing: Drawing, room: Assessments
) -> None:
    shares = {15: 0.9, 16: 0.8}
    for day, share in shares.items():
        final_sheet(room, drawn_sheet(database, drawing, "mei", ENDED.replace(day=day)), share)
    drawn_sheet(database, drawing, "mei", ENDED.replace(day=17))
    final_sheet(room, drawn_sheet(database, drawing, "hua", ENDED.replace(day=18)))
    final_sheet(room, drawn_sheet(database, drawing, "hua", ENDED.replace(month=9)), 0.1)
    with database.read() as session:
        hua, mei = standings(session, date(2026, 10, 1), date(2026, 10, 31), TAIPEI)
        [first] = standings(session, date(2026, 10, 15), date(2026, 10, 15), TAIPEI)
        scores = session.scalars(
            select(models.QualitySheet.score).where(models.QualitySheet.operator == "mei")
        ).all()
    assert (hua.operator, hua.sheets, hua.average) == ("hua", 1, 100)
    known = [score for score in scores if score is not None]
    assert (mei.sheets, mei.average) == (2, Fraction(sum(known), 200))
    assert mei.by_criterion["correctness"] == 85
    assert set(mei.by_criterion) == {one.code for one in standard().criteria}
    assert first.by_criterion["completeness"] == 90


def test_both_kinds_of_database_up_and_down(both: Database, trail: AuditTrail) -> None:
    drawing, room = (of(both, trail, TAIPEI, lambda: NOW) for of in (Drawing, Assessments))
    final_sheet(room, drawn_sheet(both, drawing, "mei"))
    drawn_sheet(both, drawing, "hua", ENDED.replace(day=16))
    database, order = both, {"sort": "score", "descending": True, "offset": 0, "limit": 9}
    with database.read() as session:
        [mei] = standings(session, date(2026, 10, 1), date(2026, 10, 31), TAIPEI)
        rows, total = reading.sheets(session, [], **order)
    assert (mei.average, mei.by_criterion["rules"]) == (100, 100)
    assert ([row.score for row in rows], total) == ([10000, None], 2)
    options = {"include_name": lambda name, kind, _: kind != "table" or name in TABLES}
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    assert [found for found in differences if any(name in str(found) for name in TABLES)] == []
    downgrade(database, "0005")
    assert not set(inspect(database.engine).get_table_names()) & TABLES
    upgrade(database)
    assert set(inspect(database.engine).get_table_names()) >= TABLES
