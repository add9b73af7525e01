"""Ready replies: kept by editors, with variables that somebody fills in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.handoff.replies import replies
from gateway.identity.rules import StaffRole
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]


def titles(gateway: Gateway) -> list[str]:
    with gateway.database.read() as session:
        return [f"{one.title}: {one.zh}" for one in replies(session)]


def test_kept_replaced_and_taken_away(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.EDITOR)
    for words in ("您好", "您好，我是{operator}"):
        assert browser.post("/console/replies", title=" 問候 ", zh=words, en="Hello").status_code == 303
    assert titles(gateway) == ["問候: 您好，我是{operator}"]
    with gateway.database.read() as session:
        reply_id = replies(session)[0].id
    assert "我是{operator}" in browser.get("/console/replies").text
    assert browser.post(f"/console/replies/{reply_id}/delete").status_code == 303
    assert titles(gateway) == []


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"zh": " "}, {"en": ""}, {"zh": "您好{name}"}, {"title": "長" * 61}, {"en": "a" * 1001}],
)
def test_what_cannot_be_kept(gateway: Gateway, signed_in: SignedIn, wrong: dict[str, str]) -> None:
    browser = signed_in(StaffRole.EDITOR)
    answer = browser.post("/console/replies", **{"title": "問候", "zh": "您好", "en": "Hello", **wrong})
    assert answer.status_code == 422
    assert titles(gateway) == []
