"""Browsers for the pages that lead to LINE."""

from __future__ import annotations

from tests.e2e.browser import browser, visitor

__all__ = ["browser", "visitor"]
