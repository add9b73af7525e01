"""Reckoning with instants inside the database, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from gateway.database import UtcDateTime


class HourOf(FunctionElement[int]):
    """The whole hours of an instant since 1970 in UTC."""

    name = "hour_of"
    type = Integer()
    inherit_cache = True


class DayAfter(FunctionElement[Any]):
    """The instant 24 hours later, to the microsecond."""

    name = "day_after"
    type = UtcDateTime()
    inherit_cache = True


class DayBefore(FunctionElement[Any]):
    """The instant 24 hours before, to the microsecond."""

    name = "day_before"
    type = UtcDateTime()
    inherit_cache = True


@compiles(HourOf, "sqlite")
def _hour_in_sqlite(element: HourOf, compiler: SQLCompiler, **more: Any) -> str:
    return f"(CAST(strftime('%s', substr({_one(element, compiler, more)}, 1, 19)) AS INTEGER) / 3600)"


@compiles(HourOf, "postgresql")
def _hour_in_postgresql(element: HourOf, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST(floor(date_part('epoch', {_one(element, compiler, more)}) / 3600) AS INTEGER)"


@compiles(DayAfter, "sqlite")
def _after_in_sqlite(element: DayAfter, compiler: SQLCompiler, **more: Any) -> str:
    return _moved(_one(element, compiler, more), "+24 hours")


@compiles(DayBefore, "sqlite")
def _before_in_sqlite(element: DayBefore, compiler: SQLCompiler, **more: Any) -> str:
    return _moved(_one(element, compiler, more), "-24 hours")


@compiles(DayAfter, "postgresql")
def _after_in_postgresql(element: DayAfter, compiler: SQLCompiler, **more: Any) -> str:
    return f"({_one(element, compiler, more)} + interval '24 hours')"


@compiles(DayBefore, "postgresql")
def _before_in_postgresql(element: DayBefore, compiler: SQLCompiler, **more: Any) -> str:
    return f"({_one(element, compiler, more)} - interval '24 hours')"


def _moved(instant: str, by: str) -> str:
    # SQLite's own reckoning ends at milliseconds: the fraction of the second is carried over as it is stored.
    return f"(datetime(substr({instant}, 1, 19), '{by}') || substr({instant}, 20))"


def _one(element: FunctionElement[Any], compiler: SQLCompiler, more: dict[str, Any]) -> str:
    return compiler.process(element.clauses.clauses[0], **more)
