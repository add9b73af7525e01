"""Call-backs at the console: numbers for who takes them, and a case from the conversation."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select

from gateway.conversations.models import ConversationEvent
from gateway.handoff.models import CallBack
from gateway.identity.rules import StaffRole
from tests.channels.test_call_back import ask, gateway, waiting
from tests.console.people import Browser
from tests.in_process import Gateway

__all__ = ["gateway"]


def test_an_operator_takes_calls_and_makes_a_case(
    gateway: Gateway, signed_in: Callable[..., Browser]
) -> None:
    talk = waiting(gateway)
    ask(talk)
    mei = signed_in(StaffRole.OPERATOR, username="mei")
    hua = signed_in(StaffRole.OPERATOR, username="hua")
    page = mei.get("/console/call-backs").text
    assert "07***333" in page and "3368333" not in page and "路燈 &lt;b&gt;" in page
    assert mei.get(f"/console/cases/new?conversation={talk.id}").status_code == 403
    assert mei.post("/console/call-backs/1/take").status_code == 303
    page = mei.get("/console/call-backs").text
    assert re.search(r'href="tel:073368333,12"[^>]*>07-3368333#12<', page)
    assert "3368333" not in hua.get("/console/call-backs").text
    assert hua.post("/console/call-backs/1/reached").status_code == 409
    assert "請問" in mei.get(f"/console/cases/new?conversation={talk.id}").text
    assert "請問" in mei.get(f"/console/live/{talk.id}/transcript.txt").text
    assert hua.get(f"/console/live/{talk.id}/transcript.txt").status_code == 403
    assert mei.post("/console/call-backs/1/not_reached", note="響很久").status_code == 303
    assert "已撥 1 次" in hua.get("/console/call-backs").text
    assert hua.post("/console/call-backs/1/take").status_code == 303
    assert hua.post("/console/call-backs/1/reached", note="已說明").status_code == 303
    assert "目前沒有待回電" in hua.get("/console/call-backs").text
    assert "已接通" in hua.get("/console/call-backs?over=yes").text
    assert hua.post("/console/call-backs/1/dance").status_code == 422
    with gateway.database.read() as session:
        [kept] = session.scalars(select(CallBack))
        events = session.scalars(select(ConversationEvent.reason).order_by(ConversationEvent.id)).all()
    assert (kept.state, kept.attempts, kept.taken_by) == ("reached", 2, "hua")
    assert events[-5:] == [
        "call-back asked", "call-back taken", "call-back not reached", "call-back taken", "call-back reached",
    ]  # fmt: skip
