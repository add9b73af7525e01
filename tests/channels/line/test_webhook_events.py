"""The file of webhook events is what LINE documents, as its own SDK reads it."""

from __future__ import annotations

from collections import Counter

from linebot.v3.webhook import WebhookParser

from tests.channels.line.webhooks import body, event_of, events, kind, signed

SECRET = "channel_secret"


def test_the_signature_of_the_sdks_own_test() -> None:
    assert signed(SECRET, "bodybodybodybody") == "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k="


def test_28_events_each_with_an_id_of_its_own() -> None:
    assert len(events()) == 28
    assert len({event["webhookEventId"] for event in events()}) == 28
    again = [event for event in events() if event["deliveryContext"]["isRedelivery"]]
    assert len(again) == 2


def test_the_sdk_reads_every_one_and_knows_all_types_but_one() -> None:
    raw = body(events())
    read = WebhookParser(SECRET).parse(raw.decode(), signed(SECRET, raw))
    assert Counter(type(event).__name__ for event in read) == {
        "MessageEvent": 10, "PostbackEvent": 4, "FollowEvent": 2, "BeaconEvent": 2, "UnfollowEvent": 1,
        "JoinEvent": 1, "LeaveEvent": 1, "AccountLinkEvent": 1, "MemberJoinedEvent": 1, "MemberLeftEvent": 1,
        "UnsendEvent": 1, "VideoPlayCompleteEvent": 1, "MessageEditedEvent": 1, "UnknownEvent": 1,
    }  # fmt: skip
    for event, source in zip(read, events(), strict=True):
        known = type(event).__name__ != "UnknownEvent"
        assert not known or event.to_dict() == source, kind(source)


def test_a_new_event_of_a_kind_has_new_ids() -> None:
    first, second = event_of("message-text", message={"text": "一"}), event_of("message-text")
    assert first["webhookEventId"] != second["webhookEventId"]
    assert first["message"]["id"] != second["message"]["id"]
    assert (first["message"]["text"], first["message"]["type"]) == ("一", "text")
