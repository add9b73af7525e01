"""Reading messages on a fixed day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from gateway.intake.reading import Reading, read_message
from gateway.places import Places

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.fixture(scope="session")
def read() -> Callable[[str], Reading]:
    """`read_message` on that day."""
    places = Places.load()
    return lambda text: read_message(text, TODAY, places)
