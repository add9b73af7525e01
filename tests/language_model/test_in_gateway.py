"""The whole gateway with a language model that helps, and with one that fails."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from tests.in_process import Gateway, StandIn
from tests.language_model.conftest import Endpoint, said

ODD = "我那台四輪的每年那筆錢啥時要給政府"


def away() -> StandIn:
    brain = StandIn()
    brain.up = False
    return brain


def test_a_message_is_answered_by_the_entry_of_the_reworded_question(
    start: Callable[..., Gateway], endpoint: Endpoint
) -> None:
    gateway = start(away(), llm_url=endpoint.url, llm_model="small")
    entry = gateway.app.state.knowledge_base.entry("finance-002")
    endpoint.reply = lambda _: said(entry.question)
    told = [reply for reply in gateway.open().say(ODD) if reply["kind"] == "answer"]
    assert [reply["payload"]["faq_id"] for reply in told] == ["finance-002"]
    counted = gateway.client.get("/metrics").text
    assert 'wst_language_model_total{result="used",use="reword"} 1.0' in counted


def test_a_model_that_fails_changes_nothing(start: Callable[..., Gateway], endpoint: Endpoint) -> None:
    endpoint.reply = lambda _: Response("busy", 503)
    without = start(away()).open().say(ODD)
    with_it = start(away(), llm_url=endpoint.url, llm_model="small").open().say(ODD)
    assert [(one["kind"], one["text"], one["payload"]) for one in with_it] == [
        (one["kind"], one["text"], one["payload"]) for one in without
    ]
    assert endpoint.heard
