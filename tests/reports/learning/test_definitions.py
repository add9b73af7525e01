"""Every figure of this room is defined."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gateway.reports.cases.defining import chapters
from gateway.reports.learning import report
from gateway.reports.tables import Form, Table

REPORTS = ("emerging", "repeated-places", "seasons", "storms", "forecast")
FIGURES = {Form.COUNT, Form.SCORE, Form.SHARE}


def test_every_figure_is_defined_and_nothing_else(
    ask: Callable[..., Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "PATIENCE", timedelta(seconds=60))
    mine: Any = next(one for one in chapters() if one.room == "learning")
    shown = [
        f"{name.replace('-', '_')}_{column.key}"
        for name in REPORTS
        for column in ask(name).columns
        if column.form in FIGURES
    ]
    assert [one.key for one in mine.definitions] == shown
