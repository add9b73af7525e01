"""A gateway with LINE, and citizens who talk to it through LINE."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import or_, select
from starlette.testclient import TestClient

from gateway.channels.line.models import LineAccount, LineEvent
from gateway.channels.line.rules import State
from gateway.conversations.models import Conversation, Message
from gateway.outbox.models import OutboxMessage
from tests.channels.line.fake import FakeLine, user_id
from tests.channels.line.webhooks import body, event_of, signed
from tests.in_process import Gateway

SECRET = "channel_secret"
LOOKS = 500


def line_settings(fake: FakeLine, **more: Any) -> dict[str, Any]:
    """Settings that point a gateway at the fake."""
    return {
        "line_channel_secret": SECRET, "line_channel_access_token": fake.access_token,
        "line_api_base": fake.url, "public_url": "https://1999.example.tw", **more,
    }  # fmt: skip


@dataclass
class Line:
    """A gateway with LINE in this process, and the other side of it."""

    gateway: Gateway
    fake: FakeLine

    @classmethod
    def start(cls, start: Callable[..., Gateway], fake: FakeLine, **settings: Any) -> Line:
        """A started gateway."""
        return cls(start(**line_settings(fake, **settings)), fake)

    def post(self, *events: dict[str, Any]) -> httpx.Response:
        """What LINE sends."""
        return posted(self.gateway.client, *events)

    def settle(self) -> None:
        """Wait until no event and no letter of LINE waits."""
        portal = self.gateway.client.portal
        assert portal is not None
        portal.call(self._settled)

    async def _settled(self) -> None:
        channel, worker = self.gateway.app.state.line_channel, self.gateway.app.state.outbox_worker
        for _ in range(LOOKS):
            await channel.intake.carry_out_all()
            await channel.intake.idle()
            await worker.deliver_due()
            if not self._open():
                return
            await asyncio.sleep(0.02)  # the gateway's own tasks are at it
        raise AssertionError("it does not come to an end")

    def _open(self) -> bool:
        with self.gateway.database.read() as session:
            events = session.scalar(select(LineEvent.id).where(LineEvent.state == State.PENDING).limit(1))
            letter = session.scalar(
                select(OutboxMessage.id).where(
                    OutboxMessage.state == "pending", OutboxMessage.transport == "line",
                    or_(OutboxMessage.first_tried_at.is_(None), OutboxMessage.leased_until.is_not(None)),
                ).limit(1)
            )  # fmt: skip
        return events is not None or letter is not None

    def citizen(self, language: str = "zh-TW") -> Citizen:
        """Somebody new on LINE."""
        who = user_id()
        self.fake.profiles[who] = {"userId": who, "displayName": "小美", "language": language}
        return Citizen(self, who)

    def rows(self, model: type[Any]) -> list[Any]:
        """Every row of a table."""
        with self.gateway.database.read() as session:
            return list(session.scalars(select(model)))


@dataclass
class Citizen:
    """A user of LINE."""

    line: Line
    id: str

    def event(self, name: str, **changes: Any) -> dict[str, Any]:
        """An event of a kind, by this user, with a reply token that works."""
        token = {"replyToken": self.line.fake.reply_token(self.id)} if "replyToken" in event_of(name) else {}
        return event_of(name, source={"type": "user", "userId": self.id}, **token, **changes)

    def does(self, name: str, **changes: Any) -> list[dict[str, Any]]:
        """Do something; what LINE has shown them since."""
        before = len(self.told())
        assert self.line.post(self.event(name, **changes)).status_code == 200
        self.line.settle()
        return self.told()[before:]

    def says(self, text: str) -> list[dict[str, Any]]:
        """Say something; what they were told."""
        return self.does("message-text", message={"text": text})

    def presses(self, data: str) -> list[dict[str, Any]]:
        """Press a button."""
        return self.does("postback", postback={"data": data})

    def told(self) -> list[dict[str, Any]]:
        """Every message they have received."""
        return self.line.fake.told(self.id)

    def messages(self) -> list[Message]:
        """Their conversation, as the gateway keeps it."""
        with self.line.gateway.database.read() as session:
            account = session.get_one(LineAccount, self.id)
            talk = Message.conversation_id == account.conversation_id
            return list(session.scalars(select(Message).where(talk).order_by(Message.seq)))

    def conversation(self) -> Conversation:
        """Their conversation."""
        with self.line.gateway.database.read() as session:
            account = session.get_one(LineAccount, self.id)
            return session.get_one(Conversation, account.conversation_id)


def posted(
    client: httpx.Client | TestClient, *events: dict[str, Any], secret: str = SECRET
) -> httpx.Response:
    """Post events as LINE does."""
    sent = body(list(events))
    return client.post(
        "/channels/line/webhook", content=sent,
        headers={"x-line-signature": signed(secret, sent), "content-type": "application/json"},
    )  # fmt: skip


def words(told: list[dict[str, Any]]) -> str:
    """Everything that messages show, in one string."""
    return json.dumps(told, ensure_ascii=False)


__all__ = ["SECRET", "Citizen", "Line", "line_settings", "posted", "user_id", "words"]
