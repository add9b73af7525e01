"""Earlier contacts of the same citizen: by the tab they write from, and by the telephone they left."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from gateway.cases.models import Case
from gateway.handoff.earlier import written
from gateway.handoff.views import Person
from tests.channels.test_operator import Desk, hire_desk, mei, waits
from tests.console.filing import file_case
from tests.in_process import Conversation, Gateway

__all__ = ["hire_desk", "mei"]


def of_visitor(gateway: Gateway, visitor: str | None = None) -> tuple[Conversation, str]:
    opened = gateway.client.post("/api/v1/conversations", json={"visitor": visitor}).json()
    return Conversation(gateway.client, opened["id"], opened["token"]), opened["visitor"]


def seen(gateway: Gateway, desk: Desk, talk: Conversation) -> dict[str, list[dict[str, str]]]:
    gateway.app.state.handoffs.take(talk.id, Person("mei", "mei"))
    whole = desk.get(f"/conversations/{talk.id}").json()
    return {"talks": whole["earlier"], "cases": whole["earlier_cases"]}


def test_the_same_tab_is_the_same_citizen(gateway: Gateway, mei: Desk) -> None:
    first, visitor = of_visitor(gateway)
    first.say("我叫王小明先生，電話 0912345678，路燈不亮")
    other, _ = of_visitor(gateway)
    other.say("別人說的話")
    again, same = of_visitor(gateway, visitor)
    again.say("還是不亮")
    assert same == visitor
    number = file_case(gateway.app, conversation_id=first.id)
    found = seen(gateway, mei, again)
    assert [one["id"] for one in found["talks"]] == [first.id]
    assert "0912345678" not in found["talks"][0]["words"]
    assert "路燈不亮" in found["talks"][0]["words"]
    assert [one["number"] for one in found["cases"]] == [number]


def test_the_same_telephone_is_the_same_citizen_and_confidential_cases_stay_hidden(
    gateway: Gateway, mei: Desk
) -> None:
    talk = waits(gateway)
    here = file_case(gateway.app, conversation_id=talk.id, contact_phone="0912345678")
    before = file_case(gateway.app, contact_phone="0912-345-678")
    file_case(gateway.app, contact_phone="0987654321")
    secret = file_case(gateway.app, contact_phone="0912345678")
    with gateway.database.write() as session:
        session.execute(update(Case).where(Case.number == secret).values(confidential=True))
    found = seen(gateway, mei, talk)
    assert [one["number"] for one in found["cases"]] == [before]
    assert here not in str(found)
    assert found["talks"] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0912345678", "0912-345-678"), ("0912-345678", "0912 345 678"), ("07-3368333", "(07)3368333"),
        ("07-3368333", "07-336-8333"), ("073368333", "(07) 3368333"),
    ],
)  # fmt: skip
def test_one_number_in_several_ways(one: str, other: str) -> None:
    assert written(one) & written(other)
    assert written("1999") == {"1999"}
    assert written("") == set()


def test_a_conversation_with_a_confidential_report_is_not_shown(gateway: Gateway, mei: Desk) -> None:
    first, visitor = of_visitor(gateway)
    first.say("我要檢舉某單位的人員")
    secret = file_case(gateway.app, conversation_id=first.id, contact_phone="0912345678")
    file_case(gateway.app, contact_phone="0912345678")
    with gateway.database.write() as session:
        session.execute(update(Case).where(Case.number == secret).values(confidential=True))
    again, _ = of_visitor(gateway, visitor)
    again.say("請問垃圾車幾點來")
    assert seen(gateway, mei, again) == {"talks": [], "cases": []}
    gateway.app.state.handoffs.take(first.id, Person("mei", "mei"))
    assert mei.get(f"/conversations/{first.id}").json()["earlier_cases"] == []
