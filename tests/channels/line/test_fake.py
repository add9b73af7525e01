"""The fake LINE keeps its word: what the SDK sends to it, and every fault it can be given."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

import aiohttp
import pytest
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
    TextMessage,
)

from tests.channels.line import faults
from tests.channels.line.fake import FakeLine, user_id
from tests.channels.line.limits import problems
from tests.channels.line.webhooks import event_of


@asynccontextmanager
async def _sdk(fake: FakeLine, token: str | None = None) -> AsyncIterator[AsyncApiClient]:
    client = AsyncApiClient(Configuration(host=fake.url, access_token=token or fake.access_token))
    try:
        yield client
    finally:
        await client.close()


async def _reply(fake: FakeLine, token: str, text: str = "您好") -> Any:
    request = ReplyMessageRequest(replyToken=token, messages=[TextMessage(text=text)])
    async with _sdk(fake) as client:
        return await AsyncMessagingApi(client).reply_message(request)


async def _push(fake: FakeLine, to: str, text: str = "您好", key: str | None = None, **options: Any) -> Any:
    request = PushMessageRequest(to=to, messages=[TextMessage(text=text)])
    async with _sdk(fake) as client:
        return await AsyncMessagingApi(client).push_message(request, x_line_retry_key=key, **options)


def test_a_reply_token_is_good_once(line_api: FakeLine) -> None:
    user = user_id()
    token = line_api.reply_token(user)
    told = asyncio.run(_reply(line_api, token))
    assert len(told.sent_messages) == 1
    with pytest.raises(ApiException) as refused:
        asyncio.run(_reply(line_api, token))
    assert refused.value.status == 400
    assert "Invalid reply token" in refused.value.body
    assert [message["text"] for message in line_api.told(user)] == ["您好"]
    assert line_api.consumed == 0


@pytest.mark.parametrize("age", [61, None])
def test_a_token_that_is_old_or_unknown_is_refused(line_api: FakeLine, age: float | None) -> None:
    user = user_id()
    token = line_api.reply_token(user) if age else "never-given"
    line_api.grow_older(age or 0)
    with pytest.raises(ApiException) as refused:
        asyncio.run(_reply(line_api, token))
    assert refused.value.status == 400
    assert line_api.told(user) == []


def test_the_tokens_of_events_lead_to_whom_they_came_from(line_api: FakeLine) -> None:
    event = event_of("message-text")
    line_api.hand_out([event])
    asyncio.run(_reply(line_api, event["replyToken"]))
    assert len(line_api.told(event["source"]["userId"])) == 1


def test_the_same_retry_key_tells_once(line_api: FakeLine) -> None:
    user, key = user_id(), str(uuid.uuid4())
    asyncio.run(_push(line_api, user, key=key))
    with pytest.raises(ApiException) as refused:
        asyncio.run(_push(line_api, user, key=key))
    assert refused.value.status == 409
    assert refused.value.headers["x-line-accepted-request-id"] == line_api.sent[0].request_id
    assert len(line_api.told(user)) == 1
    line_api.grow_older(24 * 3600 + 1)
    asyncio.run(_push(line_api, user, key=key))
    assert len(line_api.told(user)) == 2


def test_a_reply_knows_no_retry_key(line_api: FakeLine) -> None:
    async def reply() -> None:
        async with aiohttp.ClientSession() as session:
            answer = await session.post(
                f"{line_api.url}/v2/bot/message/reply",
                json={"replyToken": line_api.reply_token(), "messages": [{"type": "text", "text": "好"}]},
                headers={
                    "Authorization": f"Bearer {line_api.access_token}",
                    "X-Line-Retry-Key": str(uuid.uuid4()),
                },
            )
            assert answer.status == 400

    asyncio.run(reply())
    assert line_api.sent == []


def test_pushes_are_counted_until_none_are_left(line_api: FakeLine) -> None:
    line_api.quota = 3
    users = [user_id(), user_id()]

    async def multicast() -> None:
        async with _sdk(line_api) as client:
            request = MulticastRequest(to=users, messages=[TextMessage(text="停水通知")])
            await AsyncMessagingApi(client).multicast(request)

    asyncio.run(multicast())
    asyncio.run(_push(line_api, users[0]))
    with pytest.raises(ApiException) as refused:
        asyncio.run(_push(line_api, users[0]))
    assert (refused.value.status, line_api.consumed) == (429, 3)
    assert "monthly limit" in refused.value.body
    assert [len(line_api.told(user)) for user in users] == [2, 1]


@pytest.mark.parametrize(
    ("fault", "status", "told"),
    [
        (faults.rate_limited(), 429, 0),
        (faults.quota_used_up(), 429, 0),
        (faults.broken(), 500, 0),
        (faults.broken(accepted=True), 500, 1),
        (faults.conflict(), 409, 0),
        (faults.cut_before(), None, 0),
        (faults.cut_after(), None, 1),
    ],
)
def test_faults_happen_to_as_many_calls_as_were_asked_for(
    line_api: FakeLine, fault: faults.Fault, status: int | None, told: int
) -> None:
    user, key = user_id(), str(uuid.uuid4())
    line_api.fail("message/push", fault)
    with pytest.raises((ApiException, aiohttp.ClientError)) as failed:
        asyncio.run(_push(line_api, user, key=key))
    assert getattr(failed.value, "status", None) == status
    assert len(line_api.told(user)) == told
    try:
        asyncio.run(_push(line_api, user, key=key))
    except ApiException as again:
        assert (again.status, told) == (409, 1)
    assert len(line_api.told(user)) == 1
    assert len(line_api.calls_of("message/push")) == 2


def test_a_slow_call_waits_for_the_test(line_api: FakeLine) -> None:
    user, go_on = user_id(), Event()
    line_api.fail("message/push", faults.slow(go_on))

    async def push() -> None:
        pushing = asyncio.create_task(_push(line_api, user))
        await asyncio.to_thread(line_api.waits.wait, 60)
        assert line_api.told(user)
        assert not pushing.done()
        go_on.set()
        await pushing

    asyncio.run(push())


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text", "text": ""},
        {"type": "text", "text": "路" * 5001},
        {"type": "text", "text": "好", "shouting": True},
        {"type": "poem", "text": "好"},
        {"type": "flex", "altText": "案件", "contents": {"type": "bubble"}},
    ],
)
def test_what_line_would_refuse_is_refused(line_api: FakeLine, message: dict[str, Any]) -> None:
    async def push() -> int:
        async with aiohttp.ClientSession() as session:
            answer = await session.post(
                f"{line_api.url}/v2/bot/message/push",
                json={"to": user_id(), "messages": [message]},
                headers={"Authorization": f"Bearer {line_api.access_token}"},
            )
            told = await answer.json()
            assert told["message"].startswith("The request body has")
            assert told["details"]
            return answer.status

    assert asyncio.run(push()) == 400
    assert line_api.sent == []


def test_what_counts_are_utf16_units_and_what_readers_see() -> None:
    family = "👨‍👩‍👧"
    assert problems([{"type": "text", "text": "🍎" * 2500}]) == []
    assert problems([{"type": "text", "text": "🍎" * 2501}])
    action = {"type": "message", "label": family * 20, "text": "好"}
    item = {"type": "action", "action": action}
    assert problems([{"type": "text", "text": "好", "quickReply": {"items": [item]}}]) == []


def test_a_wrong_access_token_is_refused(line_api: FakeLine) -> None:
    async def profile() -> None:
        async with _sdk(line_api, "wrong") as client:
            await AsyncMessagingApi(client).get_profile(user_id())

    with pytest.raises(ApiException) as refused:
        asyncio.run(profile())
    assert refused.value.status == 401


def test_profiles_files_quota_and_the_rest(line_api: FakeLine) -> None:
    user = user_id()
    line_api.profiles[user] = {"displayName": "May", "language": "en"}
    line_api.content["5901"] = ("image/jpeg", b"\xff\xd8picture")
    line_api.content["5902"] = ("video/mp4", b"film")
    line_api.transcoding["5902"] = ["processing", "succeeded"]
    line_api.webhook = {"endpoint": "https://1999.example/channels/line/webhook", "active": True}

    async def look() -> None:
        async with _sdk(line_api) as client:
            api, blob = AsyncMessagingApi(client), AsyncMessagingApiBlob(client)
            assert (await api.get_profile(user)).language == "en"
            assert bytes(await blob.get_message_content("5901")) == b"\xff\xd8picture"
            states = [
                (await blob.get_message_content_transcoding_by_message_id("5902")).status for _ in range(2)
            ]
            assert states == ["processing", "succeeded"]
            assert (await api.get_message_quota()).value == 200
            assert (await api.get_message_quota_consumption()).total_usage == 0
            assert (await api.get_bot_info()).basic_id == "@wst1999"
            assert (await api.get_webhook_endpoint()).active
            assert (await api.issue_link_token(user)).link_token
            await api.show_loading_animation(ShowLoadingAnimationRequest(chatId=user, loadingSeconds=20))

    asyncio.run(look())
    assert line_api.loading == [(user, 20)]


def test_who_has_blocked_the_account_hears_nothing(line_api: FakeLine) -> None:
    user = user_id()
    line_api.blocked.add(user)
    asyncio.run(_push(line_api, user))
    assert line_api.told(user) == []
    assert len(line_api.sent) == 1
