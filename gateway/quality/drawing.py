"""Drawing at random from the handlings that have ended. Unique constraints keep two draws apart."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.audit.rules import Entry, digest
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.handoff.models import Handling
from gateway.identity.views import Actor
from gateway.quality.errors import DrawnAtOnce, InvalidSize
from gateway.quality.models import QualityDraw, QualityMark, QualitySheet
from gateway.quality.rules import SIZES, State, bounds, check_period, sample
from gateway.quality.standard import Standard, standard
from gateway.quality.views import Drawn

TRIES: Final = 8
"""How often a draw begins anew when another was faster."""
_SEED_BYTES: Final = 16


def _now() -> datetime:
    return datetime.now(UTC)


def _new_seed() -> str:
    return secrets.token_hex(_SEED_BYTES)


class Drawing:
    """Draws samples; each call is one transaction."""

    def __init__(
        self, database: Database, trail: AuditTrail, zone: ZoneInfo, clock: Callable[[], datetime] = _now,
        of: Standard | None = None, new_seed: Callable[[], str] = _new_seed,
    ) -> None:  # fmt: skip
        self.database = database
        self.zone = zone
        self.clock = clock
        self.standard = of or standard()
        self._trail = trail
        self._new_seed = new_seed

    def draw(self, first: date, last: date, size: int, by: Actor, turn: int = 1) -> Drawn:
        """Draw `size` handlings of each operator from the period, of those without a sheet.

        An operator from whom this turn was drawn keeps that sample: the same call again makes nothing. A
        second turn adds to the first. Nobody draws their own: theirs are left for a colleague.
        Raises InvalidPeriod, InvalidSize, DrawnAtOnce.
        """
        check_period(first, last, self.clock().astimezone(self.zone).date())
        if size not in SIZES or turn < 1:
            raise InvalidSize
        for _ in range(TRIES):
            try:
                return self._draw(first, last, size, by, turn)
            except IntegrityError:
                continue  # what the other draw has taken is seen the next time
        raise DrawnAtOnce

    def _draw(self, first: date, last: date, size: int, by: Actor, turn: int) -> Drawn:
        with self.database.write() as session:
            done, before = (_drawn_from(session, first, last, one) for one in (turn, turn - 1))
            pools = {
                operator: pool
                for operator, pool in self._pools(session, first, last, but=by.name).items()
                if operator not in done and (turn == 1 or operator in before)
            }
            draws = [
                QualityDraw(
                    operator=operator, first_day=first, last_day=last, round=turn, size=size,
                    seed=self._new_seed(), pool=pools[operator], drawn_by=by.name, drawn_at=self.clock(),
                )
                for operator in sorted(pools)
            ]  # fmt: skip
            session.add_all(draws)
            session.flush()
            samples = {draw.id: sample(draw.pool, draw.size, draw.seed) for draw in draws}
            self._make_sheets(session, draws, samples)
            self._record(session, draws, samples, by)
            return Drawn(sum(map(len, samples.values())), len(draws))

    def _pools(self, session: Session, first: date, last: date, *, but: str) -> dict[str, list[int]]:
        begin, after = bounds(first, last, self.zone)
        rows = session.execute(
            select(Handling.operator, Handling.id)
            .where(
                Handling.ended_at >= begin,
                Handling.ended_at < after,
                Handling.operator != but,
                ~exists().where(QualitySheet.handling_id == Handling.id),
            )
            .order_by(Handling.id)
        )
        pools: dict[str, list[int]] = {}
        for row in rows:
            pools.setdefault(row.operator, []).append(row.id)
        return pools

    def _make_sheets(
        self, session: Session, draws: Sequence[QualityDraw], samples: Mapping[int, Sequence[int]]
    ) -> None:
        # In the order of handlings, as every draw does: two that overlap wait for one another one way.
        chosen = sorted(
            ((handling, draw) for draw in draws for handling in samples[draw.id]), key=lambda pair: pair[0]
        )
        sheets = [
            QualitySheet(
                handling_id=handling, draw_id=draw.id, operator=draw.operator, state=State.DRAWN.value,
                assessor=None, comment="", score=None, grade=None, edition=1, version=1, finished_at=None,
            )
            for handling, draw in chosen
        ]  # fmt: skip
        session.add_all(sheets)
        session.flush()
        session.add_all(
            QualityMark(
                sheet_id=sheet.id, criterion=one.code, place=place, weight=one.weight, halves=None,
                left_out=False, remark="",
            )
            for sheet in sheets
            for place, one in enumerate(self.standard.criteria)
        )  # fmt: skip
        session.flush()

    def _record(
        self, session: Session, draws: Sequence[QualityDraw], samples: Mapping[int, Sequence[int]], by: Actor
    ) -> None:
        if not draws:
            return
        self._trail.extend(
            session,
            [
                Entry(
                    draw.drawn_at, by.name, by.role, "quality.draw", f"quality_draw:{draw.id}",
                    {
                        "operator": draw.operator, "from": draw.first_day.isoformat(),
                        "to": draw.last_day.isoformat(), "round": draw.round, "size": draw.size,
                        "seed": draw.seed, "pool": len(draw.pool), "pool_digest": digest(draw.pool),
                        "handlings": list(samples[draw.id]),
                    },
                )
                for draw in draws
            ],
        )  # fmt: skip


def _drawn_from(session: Session, first: date, last: date, turn: int) -> frozenset[str]:
    return frozenset(
        session.scalars(
            select(QualityDraw.operator).where(
                QualityDraw.first_day == first, QualityDraw.last_day == last, QualityDraw.round == turn
            )
        )
    )
