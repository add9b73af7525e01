"""Drawing: fair, repeatable, and never twice, however many draw at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.handoff.models import Handling
from gateway.quality import reading
from gateway.quality.drawing import Drawing
from gateway.quality.errors import InvalidPeriod, InvalidSize
from gateway.quality.models import QualityDraw, QualityMark, QualitySheet
from gateway.quality.rules import sample
from gateway.quality.standard import standard
from gateway.quality.views import Drawn, Period
from tests.quality.conftest import NOW, TAIPEI
from tests.quality.talks import BOSS, CHIEF, ENDED, ended_talk, ended_talks

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


def drawn(database: Database) -> dict[str, list[int]]:
    """The handlings that have a sheet, by operator."""
    with database.read() as session:
        rows = session.execute(
            select(QualitySheet.operator, QualitySheet.handling_id).order_by(QualitySheet.handling_id)
        ).all()
    return {
        name: [row.handling_id for row in rows if row.operator == name]
        for name in sorted({row.operator for row in rows})
    }


def test_so_many_of_each_and_all_of_who_has_fewer(
    database: Database, drawing: Drawing, trail: AuditTrail
) -> None:
    mei, hua = ended_talks(database, "mei", 12), ended_talks(database, "hua", 2)
    assert drawing.draw(FIRST, LAST, 3, BOSS) == Drawn(5, 2)
    found = drawn(database)
    assert found["hua"] == hua
    assert len(found["mei"]) == 3
    assert set(found["mei"]) < set(mei)
    with database.read() as session:
        kept = session.scalars(select(QualityDraw).where(QualityDraw.operator == "mei")).one()
        entries = session.scalars(select(AuditEntry).where(AuditEntry.act == "quality.draw")).all()
        marks = session.scalar(select(func.count()).select_from(QualityMark))
        assert list(trail.faults(session)) == []
    assert sample(kept.pool, kept.size, kept.seed) == found["mei"]
    assert (kept.pool, kept.drawn_by, kept.drawn_at) == (mei, "boss", NOW)
    assert marks == 5 * len(standard().criteria)
    told = {entry.detail["operator"]: entry.detail for entry in entries}
    assert told["mei"]["seed"] == kept.seed
    assert told["mei"]["handlings"] == found["mei"]


def test_the_same_period_again_gives_the_same_sample_and_no_more(
    database: Database, drawing: Drawing
) -> None:
    ended_talks(database, "mei", 12)
    drawing.draw(FIRST, LAST, 3, BOSS)
    before = drawn(database)
    assert drawing.draw(FIRST, LAST, 3, CHIEF) == Drawn(0, 0)
    assert drawing.draw(FIRST, LAST, 9, CHIEF) == Drawn(0, 0)
    assert drawn(database) == before


def test_a_further_round_adds_once(database: Database, drawing: Drawing) -> None:
    ended_talks(database, "mei", 5)
    assert drawing.draw(FIRST, LAST, 3, BOSS, turn=2) == Drawn(0, 0)
    drawing.draw(FIRST, LAST, 3, BOSS)
    before = drawn(database)["mei"]
    assert drawing.draw(FIRST, LAST, 3, BOSS, turn=2) == Drawn(2, 1)
    assert drawing.draw(FIRST, LAST, 3, CHIEF, turn=2) == Drawn(0, 0)
    assert set(before) < set(drawn(database)["mei"])
    with database.read() as session:
        assert reading.drawn_periods(session) == [Period(FIRST, LAST, 2, 3)]
        assert [(one.round, one.repeats) for one in reading.draws(session)[0]] == [(2, True), (1, True)]


def test_nobody_draws_their_own(database: Database, drawing: Drawing) -> None:
    own = ended_talks(database, "boss", 4)
    ended_talks(database, "mei", 4)
    assert drawing.draw(FIRST, LAST, 2, BOSS) == Drawn(2, 1)
    assert "boss" not in drawn(database)
    assert drawing.draw(FIRST, LAST, 2, CHIEF) == Drawn(2, 1)
    assert set(drawn(database)["boss"]) < set(own)
    assert len(drawn(database)["mei"]) == 2


def test_only_what_ended_in_the_period_and_has_no_sheet(database: Database, drawing: Drawing) -> None:
    begin = ENDED.replace(day=1, hour=0) - timedelta(hours=8)  # midnight of 1 October in Taipei
    after = begin + timedelta(days=31)
    tick = timedelta(microseconds=1)
    with database.write() as session:
        inside = [ended_talk(session, "mei", at) for at in (begin, after - tick)]
        for at in (begin - tick, after):
            ended_talk(session, "mei", at)
        running = session.get_one(Handling, ended_talk(session, "mei"))
        running.ended_at = running.ending = None
    drawing.draw(FIRST, FIRST, 50, BOSS)
    assert drawn(database) == {"mei": inside[:1]}
    drawing.draw(FIRST, LAST, 50, BOSS)
    assert drawn(database) == {"mei": inside}


@pytest.mark.parametrize("size", [0, 51, -1])
def test_sizes_that_cannot_be_drawn(drawing: Drawing, size: int) -> None:
    with pytest.raises(InvalidSize):
        drawing.draw(FIRST, LAST, size, BOSS)


def test_days_to_come_cannot_be_drawn(drawing: Drawing) -> None:
    with pytest.raises(InvalidPeriod):
        drawing.draw(FIRST, date(2026, 11, 6), 3, BOSS)


def test_a_draw_that_was_tampered_with_shows(database: Database, drawing: Drawing) -> None:
    ended_talks(database, "mei", 9)
    drawing.draw(FIRST, LAST, 3, BOSS)
    with database.write() as session:
        kept = session.scalars(select(QualityDraw)).one()
        other = next(one for one in kept.pool if one not in sample(kept.pool, 3, kept.seed))
        session.scalars(select(QualitySheet)).first().handling_id = other  # type: ignore[union-attr]
    with database.read() as session:
        assert [one.repeats for one in reading.draws(session)[0]] == [False]


def at_once(drawings: list[Drawing], periods: list[tuple[date, date]]) -> list[Drawn]:
    """Every drawing in a thread of its own, all begun together."""
    gate = threading.Barrier(len(drawings), timeout=60)

    def play(one: Drawing, period: tuple[date, date]) -> Drawn:
        gate.wait()
        return one.draw(*period, 3, BOSS)

    with ThreadPoolExecutor(len(drawings)) as pool:
        waiting = [pool.submit(play, *pair) for pair in zip(drawings, periods, strict=True)]
        return [done.result(timeout=60) for done in waiting]


def test_two_who_draw_the_same_at_once_do_not_double(both: Database, trail: AuditTrail) -> None:
    drawing = Drawing(both, trail, TAIPEI, lambda: NOW)
    for month in range(1, 6):
        for name in ("mei", "hua"):
            ended_talks(both, name, 6, ENDED.replace(month=month))
        day = ENDED.replace(month=month).date()
        period = (day.replace(day=1), day)
        results = at_once([drawing] * 3, [period] * 3)
        assert sorted(one.sheets for one in results) == [0, 0, 6]
    with both.read() as session:
        assert list(trail.faults(session)) == []
        assert {(one.round, one.size) for one in reading.drawn_periods(session)} == {(1, 3)}
        assert all(one.repeats for one in reading.draws(session)[0])


def test_overlapping_periods_at_once_share_no_handling(both: Database, trail: AuditTrail) -> None:
    """With one seed for all, each wants the very same handlings."""
    alike = Drawing(both, trail, TAIPEI, lambda: NOW, new_seed=lambda: "same")
    for month in range(1, 6):
        for name in ("mei", "hua"):
            ended_talks(both, name, 8, ENDED.replace(month=month))
        day = ENDED.replace(month=month).date()
        results = at_once([alike] * 3, [(day.replace(day=first), day) for first in (1, 2, 3)])
        # Three times three of eight: the last one draws the two that are left.
        assert sorted(one.sheets for one in results) == [4, 6, 6]
    with both.read() as session:
        assert list(trail.faults(session)) == []
        assert all(one.repeats for one in reading.draws(session)[0])
