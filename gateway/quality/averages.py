"""How operators did in a period, from final sheets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gateway.handoff.models import Handling
from gateway.quality.models import QualityMark, QualitySheet
from gateway.quality.reading import ended_within
from gateway.quality.rules import HALVES, State, average
from gateway.quality.standard import WHOLE
from gateway.quality.views import Standing


def standings(
    session: Session, first: date, last: date, zone: ZoneInfo, only: str | None = None
) -> list[Standing]:
    """Averages of every operator, by name, over final sheets of handlings that ended in the period."""
    fits = [*ended_within(first, last, zone), QualitySheet.state == State.FINAL.value]
    if only is not None:
        fits.append(QualitySheet.operator == only)
    scores: dict[str, list[int]] = {}
    for operator, score in session.execute(
        select(QualitySheet.operator, QualitySheet.score)
        .join(Handling, Handling.id == QualitySheet.handling_id)
        .where(*fits, QualitySheet.score.is_not(None))
        .order_by(QualitySheet.operator)
    ):
        scores.setdefault(operator, []).append(score or 0)
    shares = _shares(session, fits)
    return [
        Standing(operator, len(kept), mean, shares.get(operator, {}))
        for operator, kept in scores.items()
        if (mean := average(kept)) is not None
    ]


def _shares(session: Session, fits: Sequence[ColumnElement[bool]]) -> dict[str, dict[str, Fraction]]:
    rows = session.execute(
        select(
            QualitySheet.operator, QualityMark.criterion, func.sum(QualityMark.halves),
            func.sum(QualityMark.weight),
        )
        .join(QualityMark, QualityMark.sheet_id == QualitySheet.id)
        .join(Handling, Handling.id == QualitySheet.handling_id)
        .where(*fits, QualityMark.left_out.is_(False))
        .group_by(QualitySheet.operator, QualityMark.criterion)
    )  # fmt: skip
    shares: dict[str, dict[str, Fraction]] = {}
    for operator, criterion, halves, weight in rows:
        shares.setdefault(operator, {})[criterion] = Fraction(
            WHOLE * int(halves or 0), HALVES * int(weight or 1)
        )
    return shares
