"""What was entered from outside. Rows are only ever added: a month's last edition of a figure is in force."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Integer, String, TypeDecorator, UniqueConstraint
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base
from gateway.reports.figures.catalogue import PLACES

Key = BigInteger().with_variant(Integer, "sqlite")


class Exact(TypeDecorator[Decimal]):
    """A number of four decimal places, exact on both databases: kept as a whole number of its last place."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """The number of ten-thousandths."""
        return None if value is None else int(value.scaleb(PLACES))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """The number again."""
        return None if value is None else Decimal(value).scaleb(-PLACES)


class ReportFigure(Base):
    """One edition of a month's figure."""

    __tablename__ = "report_figures"
    __table_args__ = (UniqueConstraint("month", "figure", "edition", name="uq_report_figures_once"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    month: Mapped[date]
    """The month's first day."""
    figure: Mapped[str] = mapped_column(String(40))
    edition: Mapped[int]
    """From 1; a correction is the next one."""
    value: Mapped[Decimal | None] = mapped_column(Exact)
    """None: taken back, so that nothing is entered any more."""
    source: Mapped[str] = mapped_column(String(200))
    way: Mapped[str] = mapped_column(String(8))
    """`import` or `hand`."""
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime]
