"""The lists that all desks share."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gateway.channels.operator.board import Board, Lists
from gateway.handoff import reading
from gateway.handoff.views import Person
from tests.channels.test_operator import Desk, hire_desk, mei, waits
from tests.in_process import Gateway

__all__ = ["hire_desk", "mei"]
MEI = Person("mei", "mei先生")


def ids(frame: str) -> list[str]:
    """Whom a frame lists."""
    return [one["id"] for one in json.loads(frame)["conversations"]]


class Counted(Board):
    """Counts its looks at the database; `None` is a look at everything."""

    def __init__(self, *facts: Any) -> None:
        super().__init__(*facts)
        self.looks: list[set[str] | None] = []

    def _look(self, about: Any) -> Lists:
        self.looks.append(about if about is None else set(about))
        return super()._look(about)


def test_desks_share_one_look_and_then_only_the_news(gateway: Gateway) -> None:
    first, second, third = (waits(gateway) for _ in range(3))
    board = Counted(gateway.database, gateway.app.state.handoffs)
    handoffs = gateway.app.state.handoffs

    async def day() -> None:
        lists = (await asyncio.gather(*(board.now(()) for _ in range(40))))[0]
        assert (ids(lists.queue), ids(lists.of("mei")["mine"])) == ([first.id, second.id, third.id], [])
        assert not lists.owed
        for taken in (first.id, second.id):
            await asyncio.to_thread(handoffs.take, taken, MEI)
        lists = (await asyncio.gather(board.now({first.id}), board.now({second.id})))[1]
        assert sorted(ids(lists.of("mei")["mine"])) == sorted([first.id, second.id])
        assert lists.owed
        assert json.loads(lists.of("mei")["mine"])["type"] == "mine"
        await asyncio.to_thread(handoffs.release, first.id, MEI)
        lists = await board.now({first.id})
        assert ids(lists.of("mei")["mine"]) == [second.id]
        while lists.owed:
            lists = await board.now(())
        assert (ids(lists.queue), ids(lists.of("mei")["mine"])) == ([third.id], [second.id])

    asyncio.run(day())
    assert board.looks[:3] == [None, {first.id, second.id}, {first.id}]
    assert board.looks[-1] is None


def test_a_queue_longer_than_the_list_says_so(
    gateway: Gateway, mei: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LISTED_MAX", 2)
    talks = [waits(gateway) for _ in range(3)]
    urgent = waits(gateway, "emergency")
    talks[0].send(text="我等最久，剛才又寫了一句")
    told = mei.get("/queue").json()
    assert [one["id"] for one in told["conversations"]] == [urgent.id, talks[0].id]
    assert [one["place"] for one in told["conversations"]] == [1, 2]
    assert told["total"] == 4
    frame = json.loads(asyncio.run(gateway.app.state.board.now(())).queue)
    assert (ids(json.dumps(frame)), frame["total"]) == ([urgent.id, talks[0].id], 4)
    path = f"/api/v1/conversations/{talks[2].id}/place"
    assert gateway.client.get(path, headers=talks[2].headers).json()["place"] == 4
    assert mei.get(f"/conversations/{talks[2].id}").json()["card"]["place"] == 4
