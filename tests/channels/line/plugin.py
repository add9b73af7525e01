"""LINE's API for every test that wants it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.line.fake import FakeLine


@pytest.fixture
def line_api() -> Iterator[FakeLine]:
    """A fake of LINE's API, listening on a free port of this machine."""
    with FakeLine() as fake:
        yield fake
