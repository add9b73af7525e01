"""Tables of the ledger. All of it can be thrown away and made again from the cases (`Ledger.count_anew`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.cases.models import Key
from gateway.database import Base


class ReportEntry(Base):
    """One thing that was counted of a case, or (`amount` -1) taken back. Only ever added."""

    __tablename__ = "report_entries"
    __table_args__ = (
        Index("ix_report_entries_case_id", "case_id"),
        Index("ix_report_entries_day", "day"),
        Index("ix_report_entries_figure_day", "figure", "day"),
        Index("ix_report_entries_unit_day", "unit", "day"),
        Index("ix_report_entries_item_day", "item", "day"),
        Index("ix_report_entries_district_day", "district", "day"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    figure: Mapped[str] = mapped_column(String(24))
    value: Mapped[int] = mapped_column(SmallInteger)
    amount: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime]
    day: Mapped[int] = mapped_column(Integer)
    """The day of `at` in the city's time, as 20180701."""
    unit: Mapped[str]
    item: Mapped[str]
    district: Mapped[str]
    village: Mapped[str]
    channel: Mapped[str]
    person: Mapped[str]


class ReportTotal(Base):
    """Entries added up over a month (201807) or a year (2018), by one dimension or two (`grouping`).

    The key is in the order in which sums are asked for: of some figures and periods, of all or few `a`.
    """

    __tablename__ = "report_totals"

    grouping: Mapped[str] = mapped_column(String(24), primary_key=True)
    figure: Mapped[str] = mapped_column(String(24), primary_key=True)
    period: Mapped[int] = mapped_column(Integer, primary_key=True)
    a: Mapped[str] = mapped_column(primary_key=True)
    b: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    amount: Mapped[int] = mapped_column(Integer)


class LedgerState(Base):
    """The one row that says how far the totals go; whoever counts holds it."""

    __tablename__ = "report_ledger"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    totalled_to: Mapped[int] = mapped_column(Key)
    """Entries up to this id are in the totals."""
    calendar_version: Mapped[str] = mapped_column(String(120))
    """Under which calendar handling times were counted last."""
