"""Citizens' and operators' lines cut at random under way: nothing is lost, doubled or out of order.

`bench/cuts.py` does the same a thousand times.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from gateway.database import Database, migrate
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import SYSTEM
from tests.channels.cut_lines import House
from tests.channels.cut_parties import Citizen, Operator, play
from tests.in_process import StandIn
from tests.served import served

CUTS, ANSWERS = 30, 3
CITIZENS = 3
OPERATORS = ("mei", "hua")


@pytest.mark.parametrize("where", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_cut_lines_lose_and_double_nothing(
    make_app: Callable[..., FastAPI], request: pytest.FixtureRequest, where: str
) -> None:
    changes = {}
    if where == "postgres":
        changes["database_url"] = request.getfixturevalue("postgres_url")
        database = Database(changes["database_url"])
        migrate.upgrade(database)
        database.close()
    brain = StandIn()
    brain.up = False  # the dialogue itself answers, and offers a person
    app = make_app(brain, **changes)
    tokens = {
        name: token_of(app, name, StaffRole.SUPERVISOR if name == "boss" else StaffRole.OPERATOR)
        for name in (*OPERATORS, "boss")
    }
    with served(app) as url:
        figures, faults = asyncio.run(played(url, tokens))
    assert faults == []
    assert figures["citizen cut"] + figures["operator cut"] >= CUTS
    assert min(figures["citizen cut"], figures["operator cut"]) > 0
    assert figures["seen by citizens"] == figures["messages"] > 0
    assert figures["messages 201"] >= ANSWERS


async def played(url: str, tokens: dict[str, str]) -> tuple[Counter[str], list[str]]:
    """The figures and what went wrong."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        house = House(url, http, random.Random(1999), CUTS, ANSWERS)  # noqa: S311 - no secret
        citizens = [Citizen(house, f"民眾{number}") for number in range(CITIZENS)]
        operators = [Operator(house, name, tokens[name]) for name in OPERATORS]
        boss = Operator(house, "boss", tokens["boss"], acts=False)
        return await play(house, citizens, operators, boss), house.faults


def token_of(app: FastAPI, username: str, role: StaffRole) -> str:
    """A bearer token of a new account."""
    scopes = {Permission.CHAT_TAKE} | ({Permission.CHAT_OVERSEE} if role is StaffRole.SUPERVISOR else set())
    identity = app.state.identity
    with app.state.database.write() as session:
        account, _ = identity.create_account(session, username, roles={role}, by=SYSTEM)
        issued = identity.issue_token(session, "desk", scopes=scopes, by=SYSTEM, account_id=account.id)
    token: str = issued.token
    return token
