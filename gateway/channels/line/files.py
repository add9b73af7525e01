"""Links under which a citizen opens in LINE what the staff has sent: signed, for some weeks, for one file."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer

from gateway.cases.attachments.errors import AttachmentNotFound

LIFE: Final = timedelta(days=30)


class FileLinks:
    """Signs links, and reads them back."""

    def __init__(self, key: bytes, public_url: str | None) -> None:
        self._signer = URLSafeTimedSerializer(key, salt="line-file")
        self._base = (public_url or "").rstrip("/")

    def link(self, conversation_id: str, public_id: str) -> str | None:
        """The address of a file; None where it is not known under which address citizens reach us."""
        if not self._base:
            return None
        return f"{self._base}/channels/line/files/{self._signer.dumps([conversation_id, public_id])}"

    def read(self, token: str) -> tuple[str, str]:
        """Conversation and file of a link. Raises AttachmentNotFound for one that is not ours or too old."""
        try:
            conversation_id, public_id = self._signer.loads(token, max_age=int(LIFE.total_seconds()))
        except (BadData, ValueError, TypeError):
            raise AttachmentNotFound from None
        return str(conversation_id), str(public_id)
