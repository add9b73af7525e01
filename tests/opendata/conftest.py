"""Open data in process, and in a browser."""

from tests.desk import desk
from tests.e2e.browser import browser, visitor

__all__ = ["browser", "desk", "visitor"]
