"""What docs/webhooks.md tells agencies' programmers: its list of events is whole, and its sample verifies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gateway.outbox.webhooks.carrier import body_of
from gateway.outbox.webhooks.rules import TEST, Topic, new_secret, signatures
from gateway.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
Receive = Callable[[str, dict[str, str], bytes], int]


@pytest.fixture
def receive() -> Receive:
    """The page's own sample."""
    (sample,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(sample, names)  # noqa: S102 - what the page shows is what is tried
    found: Receive = names["receive"]  # type: ignore[assignment]
    return found


def test_every_event_is_on_the_page_and_no_other() -> None:
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", PAGE, re.MULTILINE)) == {*Topic, TEST}


def test_the_sample_takes_ours_once_and_nobody_elses(
    receive: Receive, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, other = new_secret(), new_secret()
    body = body_of({"type": "case.assigned", "data": {"number": "D1", "district": "三民區"}})
    at = int(datetime.now(UTC).timestamp())
    headers = {
        "webhook-id": "evt_1", "webhook-timestamp": str(at),
        "webhook-signature": signatures([other, secret], "evt_1", at, body),
    }  # fmt: skip
    assert [receive(secret, headers, body) for _ in range(2)] == [204, 204]
    assert capsys.readouterr().out == "case.assigned D1\n"
    assert receive(secret, headers, body + b" ") == 401
    assert receive(new_secret(), headers, body) == 401
    assert receive(secret, {**headers, "webhook-id": "evt_2"}, body) == 401
    old = at - 301
    late = {"webhook-timestamp": str(old), "webhook-signature": signatures([secret], "evt_1", old, body)}
    assert receive(secret, {**headers, **late}, body) == 401
