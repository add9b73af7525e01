"""Signed links with which whoever reads a notice says, without signing in, what they want to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from gateway.errors import NotFound
from gateway.outbox.rules import Group, Transport, address_hash
from gateway.settings import Settings

PAGE: Final = "notices"
ONE_CLICK: Final = "api/v1/notices/unsubscribe"
FOOTER: Final = {
    "zh-TW": "要調整或停止接收這類通知：{link}",
    "en": "To change or stop these notices: {link}",
}


@dataclass(frozen=True)
class Chooser:
    """Whose choice a link opens: an address by its hash, and which group the notice with the link was of."""

    transport: str
    recipient_hash: str
    group: str


class ChoiceLinks:
    """Makes and reads the links. Who holds one may choose for that address, and see nothing else."""

    def __init__(self, key: bytes, public_url: str | None) -> None:
        self._serializer = URLSafeSerializer(key, salt="notice-choices")
        self._base = public_url.rstrip("/") if public_url else None

    @classmethod
    def of(cls, settings: Settings) -> ChoiceLinks:
        """Links of this platform; without a public address there are none to give."""
        return cls(settings.signing_key(), settings.public_url)

    def token(self, transport: str, recipient: str, group: str) -> str:
        """The token for one address."""
        return str(self._serializer.dumps([str(transport), address_hash(transport, recipient), str(group)]))

    def read(self, token: str) -> Chooser:
        """Whose token it is. Raises NotFound for one that is not ours."""
        try:
            transport, recipient_hash, group = self._serializer.loads(token)
            return Chooser(Transport(transport), str(recipient_hash), Group(group))
        except (BadData, ValueError, TypeError):
            raise NotFound("no such link") from None

    def page(self, transport: str, recipient: str, group: str) -> str | None:
        """The page for one address; its token stays in the fragment, which no server sees."""
        return self._base and f"{self._base}/{PAGE}#{self.token(transport, recipient, group)}"

    def one_click(self, recipient: str, group: str) -> str | None:
        """What a mail program posts to when somebody presses its own button (RFC 8058)."""
        return self._base and f"{self._base}/{ONE_CLICK}/{self.token(Transport.EMAIL, recipient, group)}"
