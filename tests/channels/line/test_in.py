"""What comes in by LINE's webhook, and what it does."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from gateway.channels.line.events import check_signature
from gateway.channels.line.models import LineAccount, LineEvent
from gateway.channels.line.rules import State
from gateway.conversations.models import Conversation, Message
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Owner, Reply
from gateway.handoff.models import ServiceRating
from gateway.handoff.rules import Presence
from gateway.handoff.views import Person
from gateway.news.subscriptions import subscriptions_of
from gateway.outbox.models import NoticePreference, OutboxMessage
from gateway.settings import Settings
from tests.channels.line.fake import FakeLine
from tests.channels.line.faults import cut_before
from tests.channels.line.talking import SECRET, Citizen, Line, posted, words
from tests.channels.line.webhooks import event_of, events, kind, signed
from tests.console.filing import file_case, finish
from tests.in_process import Gateway, StandIn

SILENT = (
    "unfollow", "join", "leave", "beacon", "memberJoined", "memberLeft", "videoPlayComplete",
    "messageEdited-text", "seasonalGreeting",
)  # fmt: skip
"""Events that are stored and say nothing."""


@pytest.fixture
def line(start: Callable[..., Gateway], line_api: FakeLine) -> Line:
    return Line.start(start, line_api)


def _picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(data, "JPEG")
    return data.getvalue()


def test_the_published_signature_of_line_is_ours() -> None:
    check_signature("channel_secret", b"bodybodybodybody", "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k=")


@pytest.mark.parametrize("signature", [None, "", "x", "簽章", signed("other", b'{"events":[]}')])
def test_a_body_without_its_signature_is_refused_and_nothing_stored(
    line: Line, signature: str | None
) -> None:
    headers = {"x-line-signature": signature.encode()} if signature is not None else {}
    refused = line.gateway.client.post("/channels/line/webhook", content=b'{"events":[]}', headers=headers)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "bad_signature"
    assert line.rows(LineEvent) == []


def test_one_changed_byte_breaks_the_signature(line: Line) -> None:
    sent = b'{"events":[]} '
    headers = {"x-line-signature": signed(SECRET, sent.strip())}
    answer = line.gateway.client.post("/channels/line/webhook", content=sent, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "sent", [b"", b"no json", b"[]", b'{"events":{}}', b'{"events":[1]}', b"\xff", b'{"events":[{"a":NaN}]}']
)
def test_signed_nonsense_is_refused(line: Line, sent: bytes) -> None:
    headers = {"x-line-signature": signed(SECRET, sent)}
    answer = line.gateway.client.post("/channels/line/webhook", content=sent, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "not_a_webhook"


def test_an_empty_webhook_is_the_consoles_question_whether_we_are_there(line: Line) -> None:
    assert posted(line.gateway.client).status_code == 200
    assert line.rows(LineEvent) == []


def test_without_a_secret_there_is_no_webhook_and_all_else_goes_on(gateway: Gateway) -> None:
    assert posted(gateway.client).status_code == 404
    assert gateway.client.get("/api/v1/service").json()["line"] is False
    talk = gateway.open()
    refused = gateway.client.post(f"/api/v1/conversations/{talk.id}/line-code", headers=talk.headers)
    assert refused.status_code == 404
    assert gateway.open().say("路燈")


def test_a_secret_needs_a_token_to_answer_with() -> None:
    with pytest.raises(ValueError, match="WST_LINE_CHANNEL_ACCESS_TOKEN"):
        Settings(line_channel_secret="secret")


def test_words_are_a_turn_of_the_citizens_conversation(line: Line) -> None:
    citizen = line.citizen()
    told = citizen.says("路燈不亮")
    assert "聽到了：路燈不亮" in words(told)
    assert [one.text for one in citizen.messages()] == ["路燈不亮", "聽到了：路燈不亮"]
    talk = citizen.conversation()
    assert (talk.channel, talk.delivered_to, talk.language) == ("line", citizen.id, "zh-TW")
    assert line.fake.loading == [(citizen.id, 20)]
    assert [one.kind for one in line.fake.sent] == ["reply"]


def test_every_documented_event_has_one_effect_however_often_it_comes(line: Line) -> None:
    effects = {}
    for event in events():
        line.fake.hand_out([event])
        if event.get("message", {}).get("type") in {"image", "video", "file"}:
            line.fake.content[event["message"]["id"]] = ("image/jpeg", _picture())
        before = len(line.fake.sent), len(line.rows(Message)), len(line.rows(LineEvent))
        for again in (False, True, True):
            sent = {**event, "deliveryContext": {"isRedelivery": again}}
            assert line.post(sent).status_code == 200
            line.settle()
        said = len(line.fake.sent) - before[0]
        effects[kind(event), event["source"]["type"]] = said, len(line.rows(Message)) - before[1]
        assert len(line.rows(LineEvent)) == before[2] + 1, kind(event)
        assert said <= 1, kind(event)
    assert {row.state for row in line.rows(LineEvent)} == {State.DONE}
    assert effects["message-text", "user"] == (1, 2)
    silent = {one: effect for one, effect in effects.items() if one[0] in SILENT}
    assert silent == dict.fromkeys(silent, (0, 0)) and len(silent) == len(SILENT)


def test_of_events_that_come_in_the_wrong_order_the_earlier_goes_first(line: Line) -> None:
    citizen = line.citizen()
    late = citizen.event("message-text", message={"text": "後說的"}, timestamp=1_795_651_300_000)
    early = citizen.event("message-text", message={"text": "先說的"}, timestamp=1_795_651_200_000)
    assert line.post(late, early).status_code == 200
    line.settle()
    said = [one.text for one in citizen.messages() if one.sender == "citizen"]
    assert said == ["先說的", "後說的"]


def test_a_poisonous_event_holds_nobody_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    poisoned, other = line.citizen(), line.citizen()
    monkeypatch.setattr("gateway.channels.line.rules.TRIES", ())
    monkeypatch.setattr("gateway.channels.line.queue.TRIES", ())

    def think(_turn: Any, incoming: Any) -> Outcome:
        if incoming.text == "毒":
            raise RuntimeError("poison")
        return Outcome((Reply("好"),))

    line.gateway.brain.thought = think
    event = poisoned.event("message-text", message={"text": "毒"})
    assert line.post(event, other.event("message-text")).status_code == 200
    line.settle()
    assert "好" in words(other.told())
    states = {row.kind + row.source: row.state for row in line.rows(LineEvent)}
    assert states == {f"messageuser:{poisoned.id}": State.FAILED, f"messageuser:{other.id}": State.DONE}
    line.gateway.brain.thought = lambda _turn, _incoming: Outcome((Reply("又好了"),))
    assert "又好了" in words(poisoned.says("你好"))


def test_a_place_becomes_the_place_of_the_report(line: Line) -> None:
    citizen = line.citizen()
    citizen.does(
        "message-location",
        message={
            "latitude": 22.6273,
            "longitude": 120.3014,
            "address": "高雄市苓雅區四維三路2號",
            "title": "",
        },
    )
    _turn, incoming = line.gateway.brain.heard[-1]
    assert incoming.location == {"lat": 22.6273, "lng": 120.3014, "label": "高雄市苓雅區四維三路2號"}


def test_a_place_elsewhere_is_told_so(line: Line) -> None:
    told = line.citizen().does("message-location", message={"latitude": 25.03, "longitude": 121.56})
    assert "不在高雄市範圍內" in words(told)
    assert line.gateway.brain.heard == []


def test_a_photo_becomes_a_file_of_the_conversation(line: Line) -> None:
    citizen = line.citizen()
    event = citizen.event("message-image")
    line.fake.content[event["message"]["id"]] = ("image/jpeg", _picture())
    assert line.post(event).status_code == 200
    line.settle()
    sent = citizen.messages()[0]
    assert (sent.kind, sent.payload["media_type"], sent.payload["name"]) == (
        "file",
        "image/jpeg",
        "photo.jpg",
    )
    assert citizen.told()


def test_a_file_that_is_no_file_of_the_citys_list_is_refused_in_words(line: Line) -> None:
    citizen = line.citizen()
    event = citizen.event("message-file", message={"fileName": "virus.exe", "fileSize": 10})
    line.fake.content[event["message"]["id"]] = ("application/octet-stream", b"MZ" + b"\0" * 90)
    line.post(event)
    line.settle()
    assert citizen.told()
    assert [one.kind for one in citizen.messages()] == ["text", "text"]


def test_a_file_that_is_too_large_is_not_even_fetched(line: Line) -> None:
    citizen = line.citizen()
    told = citizen.does("message-file", message={"fileName": "計畫.pdf", "fileSize": 50_000_000})
    assert told
    assert not [call for call in line.fake.calls if call.path.endswith("/content")]


def test_a_file_that_line_has_lost_is_asked_for_again(line: Line) -> None:
    assert "再傳一次" in words(line.citizen().does("message-image"))


@pytest.mark.parametrize(("name", "said"), [("message-sticker", "貼圖"), ("message-audio", "語音")])
def test_what_has_no_words_is_answered_kindly_without_a_turn(line: Line, name: str, said: str) -> None:
    citizen = line.citizen()
    assert said in words(citizen.does(name))
    assert line.gateway.brain.heard == []
    assert len(citizen.messages()) == 2


def test_who_follows_is_greeted_and_who_has_blocked_us_is_left_alone(line: Line) -> None:
    citizen = line.citizen()
    assert citizen.does("follow")
    citizen.does("unfollow")
    (account,) = line.rows(LineAccount)
    assert account.following is False
    assert citizen.does("follow")
    (account,) = line.rows(LineAccount)
    assert account.following is True


def test_the_language_is_the_profiles(line: Line) -> None:
    citizen = line.citizen("en-GB")
    assert "Kaohsiung" in words(citizen.does("follow"))
    assert citizen.conversation().language == "en"


def test_the_menu_changes_the_language(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    assert "English" in words(citizen.presses("menu:en"))
    assert citizen.conversation().language == "en"


def test_a_profile_that_cannot_be_had_holds_nobody_up(line: Line) -> None:
    citizen = line.citizen()
    line.fake.fail(f"profile/{citizen.id}", cut_before())
    assert "聽到了" in words(citizen.says("你好"))


def test_what_is_taken_back_is_hidden_everywhere(line: Line) -> None:
    citizen = line.citizen()
    event = citizen.event("message-text", message={"text": "我的身分證字號 A123456789"})
    line.post(event)
    line.settle()
    citizen.does("unsend", unsend={"messageId": event["message"]["id"]})
    texts = " ".join(one.text for one in citizen.messages() if one.sender == "citizen")
    assert "A123456789" not in texts
    assert citizen.messages()[-1].payload == {"notice": "unsent", "seq": 1}
    assert "收回" not in words(citizen.told())
    assert all(row.body == {} for row in line.rows(LineEvent))


def test_what_is_taken_back_before_it_is_read_is_never_read(line: Line) -> None:
    citizen = line.citizen()
    event = citizen.event("message-text", message={"text": "祕密"}, timestamp=1_795_651_300_000)
    earlier = citizen.event(
        "unsend", unsend={"messageId": event["message"]["id"]}, timestamp=1_795_651_200_000
    )
    line.post(earlier, event)
    line.settle()
    assert line.gateway.brain.heard == []
    assert [one.payload for one in citizen.messages()] == [{"unsent": True}]


def test_the_file_that_is_taken_back_goes_too(line: Line) -> None:
    citizen = line.citizen()
    event = citizen.event("message-image")
    line.fake.content[event["message"]["id"]] = ("image/jpeg", _picture())
    line.post(event)
    line.settle()
    citizen.does("unsend", unsend={"messageId": event["message"]["id"]})
    assert citizen.messages()[0].payload == {"unsent": True}
    files = line.gateway.app.state.conversations.files
    with line.gateway.database.read() as session:
        assert files.of_citizen(session, citizen.conversation().id) == []


def test_in_a_group_only_who_mentions_us_is_answered_and_nothing_is_kept(line: Line) -> None:
    group = {"type": "group", "groupId": "C" + "1" * 32, "userId": "U" + "2" * 32}
    token = line.fake.reply_token(group["groupId"])
    mention = {"mentionees": [{"index": 0, "length": 3, "type": "user", "isSelf": True}]}
    silent = event_of("message-text", source=group, message={"text": "今天好熱"})
    spoken = event_of(
        "message-text",
        source=group,
        replyToken=token,
        message={"text": "@1999 我叫王小明", "mention": mention},
    )
    line.post(silent, spoken)
    stored = [row.body for row in line.rows(LineEvent)]
    assert "小明" not in str(stored) and group["userId"] not in str(stored)
    line.settle()
    assert len(line.fake.told(group["groupId"])) == 1
    assert line.rows(LineAccount) == [] and line.rows(Conversation) == []


def test_while_another_system_has_the_word_we_say_nothing(line: Line) -> None:
    citizen = line.citizen()
    assert citizen.does("message-text", mode="standby") == []
    assert line.rows(Conversation) == []


def test_a_button_of_the_menu_works_before_anything_was_offered(line: Line) -> None:
    citizen = line.citizen()
    citizen.presses("start:dispatch")
    _turn, incoming = line.gateway.brain.heard[-1]
    assert incoming.option == "start:dispatch"


def test_a_button_that_was_never_offered_is_told_to_be_invalid(line: Line) -> None:
    citizen = line.citizen()
    assert "無法使用" in words(citizen.presses("case:steal"))
    assert line.gateway.brain.heard == []


def test_a_conversation_that_is_over_is_followed_by_a_new_one(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("第一次")
    first = citizen.conversation().id
    with line.gateway.database.write() as session:
        session.get_one(Conversation, first).owner = "closed"
    citizen.says("第二次")
    assert citizen.conversation().id != first
    assert citizen.conversation().visitor == line.rows(LineAccount)[0].visitor


def test_words_that_are_too_long_are_told_so(line: Line) -> None:
    assert "太長" in words(line.citizen().says("長" * 4000))


def test_a_brain_that_is_away_is_no_reason_to_say_nothing(
    start: Callable[..., Gateway], line_api: FakeLine
) -> None:
    brain = StandIn()
    brain.up = False
    line = Line.start(start, line_api, brain=brain)
    assert line.citizen().says("垃圾車幾點來")


def test_who_waits_in_line_keeps_the_place_though_no_page_gives_signs(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    with line.gateway.database.write() as session:
        talk = session.merge(citizen.conversation())
        talk.owner, talk.queued_at = "queue", talk.created_at - timedelta(hours=2)
        talk.updated_at = talk.created_at - timedelta(hours=2)
    assert line.gateway.app.state.line.give_up_silent() == []


def test_a_service_that_has_ended_is_rated_by_a_press(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    state = line.gateway.app.state
    operator = Person("mei", "林小美")
    talk = citizen.conversation().id
    state.conversations.change_owner(talk, Owner.QUEUE, "citizen", "test")
    state.handoffs.be(operator, Presence.AVAILABLE)
    state.handoffs.take(talk, operator)
    state.handoffs.close(talk, operator)
    line.settle()
    ended = citizen.told()[-1]
    offered = [item["action"]["data"] for item in ended["quickReply"]["items"]]
    assert offered == [f"line:rate:{points}" for points in (5, 4, 3, 2, 1)]
    assert "謝謝您的評分" in words(citizen.presses("line:rate:4"))
    assert "評過分" in words(citizen.presses("line:rate:4"))
    (rating,) = line.rows(ServiceRating)
    assert (rating.conversation_id, rating.speed, rating.result) == (talk, 4, 4)


def test_notices_can_be_stopped_and_resumed_by_a_word(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    number = file_case(line.gateway.app, conversation_id=citizen.conversation().id, channel="line",
                       contact_email=None, contact_phone=None)  # fmt: skip
    assert "不再主動傳送通知" in words(citizen.says("停止通知"))
    finish(line.gateway.app, number)
    states = {row.topic: row.state for row in line.rows(OutboxMessage) if row.subject == number}
    assert states["notice.rating"] == "withheld"
    assert states["notice.release"] != "withheld", "the law wants it told, and there is no other way"
    assert "恢復通知" in words(citizen.says("恢復通知。"))
    assert line.gateway.brain.heard[-1][1].text == "你好"
    with line.gateway.database.read() as session:
        chosen = session.scalars(select(NoticePreference)).all()
    assert {(one.topic_group, one.wanted) for one in chosen} == {
        ("answers", True), ("progress", True), ("rating", True), ("news", True),
    }  # fmt: skip


def _takes(line: Line, citizen: Citizen) -> tuple[str, ...]:
    with line.gateway.database.read() as session:
        taking = subscriptions_of(session, "line", citizen.id)
        return taking.topics if taking is not None else ()


def test_city_news_are_taken_and_left_by_a_press(line: Line) -> None:
    citizen = line.citizen()
    assert "還沒有訂閱" in words(citizen.presses("line:news"))
    citizen.presses("line:news:+traffic")
    event = citizen.event("postback", postback={"data": "line:news:+disaster"})
    for _ in range(2):
        line.post(event)
        line.settle()
    assert _takes(line, citizen) == ("traffic", "disaster")
    assert "/news#mine=" in words(citizen.told())
    citizen.presses("line:news:-traffic")
    assert _takes(line, citizen) == ("disaster",)
    citizen.presses("line:news:stop")
    assert _takes(line, citizen) == ()
    citizen.presses("line:news:+traffic")
    citizen.does("unfollow")
    assert _takes(line, citizen) == ()


def test_with_the_intake_off_events_are_stored_and_carried_out_later(
    start: Callable[..., Gateway], line_api: FakeLine
) -> None:
    closed = Line.start(start, line_api, line_intake="off")
    citizen = closed.citizen()
    assert closed.post(citizen.event("message-text", message={"text": "路燈不亮"})).status_code == 200
    closed.gateway.client.portal.call(closed.gateway.app.state.outbox_worker.deliver_due)  # type: ignore[union-attr]
    assert [row.state for row in closed.rows(LineEvent)] == [State.PENDING]
    assert citizen.told() == []
    opened = Line.start(start, line_api)
    opened.settle()
    assert "聽到了：路燈不亮" in words(citizen.told())


def test_a_photo_that_nobody_can_look_through_is_asked_for_again(
    start: Callable[..., Gateway], line_api: FakeLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.channels.line.messages.TRIES", ())
    line = Line.start(start, line_api, clamd="tcp://127.0.0.1:9")  # where no scanner listens
    citizen = line.citizen()
    event = citizen.event("message-image")
    line.fake.content[event["message"]["id"]] = ("image/jpeg", _picture())
    line.post(event)
    line.settle()
    assert "再傳一次" in words(citizen.told())
    assert [row.state for row in line.rows(LineEvent)] == [State.DONE]
