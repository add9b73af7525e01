"""Places, loaded once."""

from __future__ import annotations

import pytest

from gateway.places import Places


@pytest.fixture(scope="session")
def places() -> Places:
    """The city's places."""
    return Places.load()
