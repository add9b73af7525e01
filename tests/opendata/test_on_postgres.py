"""What is published, from PostgreSQL: the same figures and the same bytes as from SQLite."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.cases.rules import Act, Role
from tests.console.filing import act, file_case, finish
from tests.in_process import Gateway

OCTOBER = datetime(2026, 10, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
DISTRICTS = ("三民區", "左營區", "鳳山區", None)
ITEMS = ("road_pothole", "street_light_out", "street_tree_fallen")
FILES = (
    "cases/2026-10.csv", "cases/2026-10.json", "statistics/2026-10.csv", "open1999/2026-10.json",
)  # fmt: skip


def fill(gateway: Gateway) -> None:
    """The same 24 cases, of every sort."""
    gateway.app.state.cases.clock = lambda: NOW
    chance = random.Random(5)  # noqa: S311 - the same cases every time
    for n in range(24):
        number = file_case(
            gateway.app,
            item_code=ITEMS[n % 3],
            district=DISTRICTS[chance.randrange(4)],
            received_at=OCTOBER + timedelta(hours=n),
            lat=22.6466 + n / 10_000,
            lng=120.3253,
        )
        if n % 5 == 0:
            finish(gateway.app, number, release=n % 2 == 0)
        if n % 7 == 0:
            act(gateway.app, number, Act.COMMENT, Role.SUPERVISOR, note="現場勘查")
    gateway.app.state.ledger.gather_all()


def published(gateway: Gateway) -> dict[str, Any]:
    told: dict[str, Any] = {path: gateway.client.get(f"/opendata/{path}").text for path in FILES}
    return {**told, "figures": gateway.client.get("/city/figures.json").json()}


@pytest.mark.postgres
def test_both_databases_publish_the_same(start: Callable[..., Gateway], migrated_url: str) -> None:
    told = []
    for settings in ({}, {"database_url": migrated_url}):
        gateway = start(**settings)
        fill(gateway)
        told.append(published(gateway))
    assert told[0] == told[1]
    assert told[0]["cases/2026-10.csv"].count("\n") == 25
    assert "few" in told[0]["statistics/2026-10.csv"]
