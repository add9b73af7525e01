"""The public page's figures: worked out once for everybody, cached, and without small numbers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.opendata.city import CityFigures
from tests.console.filing import file_case, finish
from tests.in_process import Gateway

FIGURES = "/city/figures.json"


class Clock:
    """The platform's clock, which a test moves, and how often figures were worked out."""

    def __init__(self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.worked = datetime(2026, 11, 20, 3, tzinfo=UTC), 0
        gateway.app.state.cases.clock = lambda: self.now
        figures = CityFigures.figures

        def counted(room: CityFigures, *given: Any) -> Any:
            self.worked += 1
            return figures(room, *given)

        monkeypatch.setattr(CityFigures, "figures", counted)


@pytest.fixture
def clock(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(gateway, monkeypatch)


def test_figures_are_worked_out_once_for_everybody(gateway: Gateway, clock: Clock) -> None:
    first = gateway.client.get(FIGURES)
    assert first.headers["cache-control"] == "public, max-age=600"
    assert first.headers["last-modified"] == "Fri, 20 Nov 2026 03:00:00 GMT"
    assert "set-cookie" not in first.headers
    clock.now += timedelta(minutes=9)
    again = gateway.client.get(FIGURES, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "public, max-age=60"
    assert clock.worked == 1
    clock.now += timedelta(minutes=1)
    file_case(gateway.app)
    assert gateway.client.get(FIGURES).json()["as_of"] == "2026-11-20T11:10:00+08:00"
    assert clock.worked == 2


def test_many_who_come_at_once_wait_for_one(gateway: Gateway, clock: Clock) -> None:
    room = gateway.app.state.city_figures
    begin = threading.Barrier(8)
    found = []

    def come() -> None:
        begin.wait()
        found.append(room.snapshot())

    visitors = [threading.Thread(target=come) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert clock.worked == 1
    assert len({one.etag for one in found}) == 1


def test_what_is_told(gateway: Gateway, clock: Clock) -> None:
    for n in range(12):
        number = file_case(
            gateway.app, received_at=datetime(2026, 10, 2, 1, tzinfo=UTC), lat=22.6466, lng=120.3253
        )
        if n >= 9:
            finish(gateway.app, number)
    for _ in range(3):
        file_case(gateway.app, kind="petition", item_code="petition_roads", received_at=clock.now)
    gateway.app.state.ledger.gather_all()
    told = gateway.client.get(FIGURES).json()
    months = {month["month"]: month for month in told["months"]}
    assert len(months) == 13
    assert (months["2026-10"]["dispatch"], months["2026-10"]["complete"]) == (12, True)
    assert (months["2026-11"]["petition"], months["2026-11"]["complete"]) == ("few", False)
    assert told["month"]["month"] == "2026-10"
    assert {
        line["key"]: line["received"] for line in told["month"]["lines"] if line["dimension"] == "district"
    } == {"三民區": 12}
    assert (told["open"]["total"], told["open"]["digits"]) == (9, 3)
    [place] = told["open"]["places"]
    assert place[:3] == [22.647, 120.325, 9]
    assert told["rates"] == {"total": {}, "district": {}, "main_item": {}}
    assert told["satisfaction"]["total"] == 0
