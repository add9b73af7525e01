"""Conversation tokens: signed, unguessable, good for one conversation until it expires."""

from __future__ import annotations

from datetime import UTC, datetime

from itsdangerous import BadData, URLSafeSerializer

from gateway.errors import NotFound, Unauthorized


class ConversationTokens:
    """Makes and reads tokens with the platform's signing key."""

    def __init__(self, key: bytes) -> None:
        self._serializer = URLSafeSerializer(key, salt="conversation")

    def issue(self, conversation_id: str, expires_at: datetime) -> str:
        """A token that opens `conversation_id` only."""
        return self._serializer.dumps([conversation_id, int(expires_at.timestamp())])

    def check(self, token: str | None, conversation_id: str) -> None:
        """Raise Unauthorized for a bad token, NotFound when it belongs to another conversation."""
        if not token:
            raise Unauthorized("no token")
        try:
            owner_id, expires = self._serializer.loads(token)
        except (BadData, ValueError, TypeError):
            raise Unauthorized("forged token") from None
        if datetime.now(UTC).timestamp() >= expires:
            raise Unauthorized("expired token")
        if owner_id != conversation_id:
            raise NotFound("token of another conversation")
