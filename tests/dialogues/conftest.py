"""Dialogues share the running platform and do not meet each other's cases."""

from __future__ import annotations

from tests.e2e.conftest import nobody_reported_before

__all__ = ["nobody_reported_before"]
