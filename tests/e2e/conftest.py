"""The browser for every end-to-end test."""

from __future__ import annotations

from tests.e2e.browser import at_home, browser, visitor

__all__ = ["at_home", "browser", "visitor"]
