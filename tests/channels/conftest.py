"""What every test of the channels stands on."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from gateway.identity.passwords import Passwords


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What costs a guesser time would cost these tests more."""
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    monkeypatch.setattr("gateway.identity.room.passwords", lambda: cheap)
