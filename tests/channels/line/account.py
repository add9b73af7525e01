"""What the fake LINE knows of an account and its users: profiles, files, quota, webhook."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.channels.line.serving import Answer, Call, Refusal, error
from tests.channels.line.webhooks import DESTINATION

CHAT_ID = re.compile(r"[UCR][0-9a-f]{32}")


@dataclass
class Account:
    """The part of LINE that is asked and says; what is told to citizens is in `FakeLine`."""

    quota: int | None = 200
    """Pushes a month; None: without limit."""
    consumed: int = 0
    webhook: dict[str, Any] = field(default_factory=lambda: {"endpoint": "", "active": False})
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By user id; who is not here has a profile in Chinese."""
    blocked: set[str] = field(default_factory=set)
    """Users who have blocked the account: pushes are accepted and reach nobody."""
    content: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Media type and bytes of files that users have sent, by message id."""
    transcoding: dict[str, list[str]] = field(default_factory=dict)
    """What is answered, one after the other, to whether a file is ready; without an entry, `succeeded`."""
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def profile(self, _call: Call, user: str) -> Answer:
        """GET /v2/bot/profile/{userId}; 404 for who has blocked the account."""
        if user in self.blocked or not CHAT_ID.fullmatch(user):
            raise Refusal(404, error("Not found"))
        known = {"userId": user, "displayName": "王小明", "language": "zh-TW"}
        return Answer(200, {**known, **self.profiles.get(user, {})})

    def file(self, _call: Call, message_id: str) -> Answer:
        """GET …/content; 202 while it is being made ready."""
        with self.lock:
            if message_id not in self.content:
                raise Refusal(404, error("Not found"))
            if self.transcoding.get(message_id, ["succeeded"])[0] == "processing":
                return Answer(202, {})
            media_type, content = self.content[message_id]
        return Answer(200, content=content, media_type=media_type)

    def file_state(self, _call: Call, message_id: str) -> Answer:
        """GET …/content/transcoding."""
        with self.lock:
            if message_id not in self.content:
                raise Refusal(404, error("Not found"))
            states = self.transcoding.get(message_id, ["succeeded"])
            return Answer(200, {"status": states.pop(0) if len(states) > 1 else states[0]})

    def month_quota(self, _call: Call) -> Answer:
        """GET /v2/bot/message/quota."""
        limited = {"type": "limited", "value": self.quota}
        return Answer(200, {"type": "none"} if self.quota is None else limited)

    def consumption(self, _call: Call) -> Answer:
        """GET /v2/bot/message/quota/consumption."""
        return Answer(200, {"totalUsage": self.consumed})

    def bot_info(self, _call: Call) -> Answer:
        """GET /v2/bot/info."""
        named = {"userId": DESTINATION, "basicId": "@wst1999", "displayName": "高雄 1999 萬事通"}
        return Answer(200, {**named, "chatMode": "bot", "markAsReadMode": "auto"})

    def webhook_endpoint(self, call: Call) -> Answer:
        """GET and PUT /v2/bot/channel/webhook/endpoint; without an address it is not found."""
        if call.method == "PUT":
            self.webhook["endpoint"] = call.json()["endpoint"]
            return Answer(200, {})
        if not self.webhook["endpoint"]:
            raise Refusal(404, error("Webhook endpoint not found"))
        return Answer(200, self.webhook)

    def link_token(self, _call: Call, user: str) -> Answer:
        """POST /v2/bot/user/{userId}/linkToken."""
        if not CHAT_ID.fullmatch(user):
            raise Refusal(404, error("Not found"))
        return Answer(200, {"linkToken": secrets.token_urlsafe(24)})
