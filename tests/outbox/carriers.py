"""Carriers for tests: one that does what it is told, and a real SMTP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.outbox.email import SmtpServer
from gateway.outbox.queue import Letter

SENDER = "高雄 1999 <1999@city.example>"


@dataclass
class Recorder:
    """Remembers what it delivered; `fate` may raise instead."""

    fate: Callable[[Letter], None] = field(default=lambda _letter: None)
    tried: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    at_once: set[str] = field(default_factory=set)

    async def deliver(self, letter: Letter) -> None:
        assert letter.key not in self.at_once, "the same message twice at the same time"
        self.at_once.add(letter.key)
        self.tried.append(letter.key)
        try:
            await asyncio.sleep(0)
            self.fate(letter)
            self.delivered.append(letter.key)
        finally:
            self.at_once.discard(letter.key)


class Mailbox:
    """What an SMTP server accepted; `answers` are replies to give instead, used up one by one."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, list[str]] = {"RCPT": [], "DATA": []}

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        if self.answers["RCPT"]:
            return self.answers["RCPT"].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answers["DATA"]:
            return self.answers["DATA"].pop(0)
        content = cast(bytes, envelope.content)
        self.messages.append(cast(EmailMessage, message_from_bytes(content, policy=policy.default)))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@asynccontextmanager
async def smtp_server(mailbox: Mailbox, **options: Any) -> AsyncIterator[SmtpServer]:
    """A real SMTP server on this machine, without TLS unless `options` say otherwise."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: SMTP(mailbox, enable_SMTPUTF8=True, **options), "127.0.0.1", 0
    )
    try:
        port: int = listening.sockets[0].getsockname()[1]
        yield SmtpServer("127.0.0.1", port, SENDER, tls="none", timeout_seconds=30)
    finally:
        listening.close()
