"""The board on real databases: every test that asks for one runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.cases.conftest import calendar, cases, catalogue, database, now, office

__all__ = ["calendar", "cases", "catalogue", "database", "now", "office"]
