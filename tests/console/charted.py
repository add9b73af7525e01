"""Tables for every kind of chart, and the page of the tests that shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from jinja2 import FileSystemLoader
from starlette.responses import Response

from gateway.console.frame import TEMPLATES
from gateway.identity.web import current_staff
from gateway.places.service import Places
from gateway.reports.tables import Column, Form, Row, Table, Value

AT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
FIRST = date(2026, 11, 1)
PATH = "/console/charts-of-tests"


def table(key: str, columns: list[Column], rows: list[tuple[Value, ...]]) -> Table:
    """A table of these rows."""
    return Table(key, (key, key), columns, [Row(cells) for cells in rows], AT)


def count(key: str, zh: str) -> Column:
    """A column of whole numbers."""
    return Column(key, zh, key, Form.COUNT)


def tables() -> dict[str, Table]:
    """One table for each chart of every_chart.html."""
    days = [FIRST + timedelta(days=n) for n in range(24)]
    day = Column("day", "日期", "day", Form.DAY)
    month, district = Column("month", "月份", "month"), Column("district", "行政區", "district")
    hour, weekday = Column("hour", "時", "hour"), Column("weekday", "星期", "weekday")
    expected = [1200 + n * 13 - (n % 7) * 90 for n in range(24)]
    return {
        "days": table(
            "days", [day, count("received", "受理"), count("closed", "辦結")],
            [(one, 900 + n * 17 % 260, 850 + n * 31 % 280) for n, one in enumerate(days)],
        ),
        "districts": table(
            "districts", [district, count("open", "未結")],
            [(one.zh, n * 37 % 211) for n, one in enumerate(Places.load().districts)],
        ),
        "months": table(
            "months",
            [month, *(count(key, zh) for key, zh in (
                ("received", "受理"), ("closed", "辦結"), ("phone", "電話"), ("line", "LINE"), ("app", "APP"),
            ))],
            [
                (f"115年{n}月", 3000 + n * 210, 2900 + n * 190, 1500, 900 + n * 120, 600 + n * 90)
                for n in range(1, 7)
            ],
        ),
        "hours": table(
            "hours", [weekday, hour, count("count", "件數")],
            [(f"週{name}", f"{h:02d}", max(0, 90 - abs(13 - h) * 8) * (3 if n < 5 else 1))
             for n, name in enumerate("一二三四五六日") for h in range(24)],
        ),
        "forecast": table(
            "forecast",
            [day, *map(count, ("expected", "low", "high", "came"), ("預測", "下限", "上限", "實際"))],
            [(one, expected[n], expected[n] - 60 - n * 4, expected[n] + 60 + n * 4,
              expected[n] + (n % 5 - 2) * 33 if n < 17 else None) for n, one in enumerate(days)],
        ),
    }  # fmt: skip


def show_charts(app: FastAPI) -> None:
    """Put the page with every chart at PATH of this application: there is none outside the tests."""
    frame = app.state.frame
    frame.environment = frame.environment.overlay(loader=FileSystemLoader([TEMPLATES, Path(__file__).parent]))

    def page(request: Request) -> Response:
        answer: Response = frame.render(request, "every_chart.html", **tables())
        return answer

    app.add_api_route(PATH, page, include_in_schema=False, dependencies=[Depends(current_staff)])
