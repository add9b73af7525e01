"""Reading what a mail server sends back: delivery status notifications (RFC 3464). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr
from typing import Final

from gateway.errors import InvalidInput

_MESSAGE_ID: Final = re.compile(r"<\s*([0-9a-f]{32})@[^<>\s]+>", re.IGNORECASE)
"""As this platform writes them."""
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_REPORT: Final = "message/delivery-status"
_ORIGINAL: Final = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
DEAD: Final = frozenset({"5.2.1", "5.4.1", "5.4.4"})
"""Beside all of 5.1: mailbox disabled; refused by the directory (Exchange Online); no such host.

A full box (5.2.2), a too large message or a policy (5.7) says nothing about who reads there.
"""
REASON_MAX: Final = 400


class NotABounce(InvalidInput):
    """What was read is no delivery status notification."""

    code = "not_a_bounce"
    zh = "這不是退信通知（multipart/report; report-type=delivery-status）。"
    en = "This is no delivery status notification (multipart/report; report-type=delivery-status)."


@dataclass(frozen=True)
class Bounce:
    """One recipient that a notification tells of, and the letter that it is about."""

    letter_hash: str | None
    """From the Message-ID of what was sent; None where the notification does not hold it."""
    recipients: frozenset[str]
    """Every address that the notification gives for this recipient, in lower case."""
    failed: bool
    """For good; False for a delay, or for a success."""
    status: str
    reason: str

    @property
    def dead(self) -> bool:
        """Whether nobody is at the address."""
        return self.failed and is_dead(self.status)


def is_dead(status: str) -> bool:
    """Whether an enhanced status code (RFC 3463) says that nobody is at the address."""
    return status.startswith("5.1.") or status in DEAD


def read_bounces(content: bytes) -> list[Bounce]:
    """What a delivery status notification tells, one for each recipient. Raises NotABounce."""
    message = message_from_bytes(content, policy=policy.default)
    report = next(
        (part for part in message.walk() if part.get_content_type() == "message/delivery-status"), None
    )
    if report is None:
        raise NotABounce
    blocks = [block for block in _blocks(report) if "final-recipient" in block or "action" in block]
    if not blocks:
        raise NotABounce
    letter, to = _original(message)
    return [_bounce(block, letter, to if len(blocks) == 1 else None) for block in blocks]


def _blocks(report: Message) -> Iterator[Message]:
    content = report.get_payload()
    if isinstance(content, list):
        yield from (part for part in content if isinstance(part, Message))


def _bounce(block: Message, letter: str | None, to: str | None) -> Bounce:
    addresses = {_address(str(block.get(name, ""))) for name in ("Original-Recipient", "Final-Recipient")}
    status = _STATUS.search(str(block.get("Status", "")))
    said = " ".join(str(block.get("Diagnostic-Code", "")).split()).partition(";")
    code = status[0] if status else ""
    action = str(block.get("Action", "")).strip().lower()
    return Bounce(
        letter,
        frozenset(one for one in {*addresses, to or ""} if one),
        action == "failed",
        code,
        (said[2].strip() or said[0].strip() or code or action)[:REASON_MAX],
    )


def _address(field: str) -> str:
    """The address of `rfc822; somebody@example.org`."""
    kind, between, address = field.partition(";")
    return parseaddr((address if between else kind).strip())[1].lower()


def _original(message: EmailMessage) -> tuple[str | None, str | None]:
    """Message-ID and recipient of what was sent, from its headers, or else from what points to it."""
    for part in message.walk():
        if part.get_content_type() not in _ORIGINAL:
            continue
        content = part.get_payload()
        text = str(content[0]) if isinstance(content, list) and content else _text(part)
        headers = message_from_bytes(text.encode("utf-8", "replace"), policy=policy.default)
        found = _MESSAGE_ID.search(str(headers.get("Message-ID", "")))
        if found:
            return found[1].lower(), parseaddr(str(headers.get("To", "")))[1].lower() or None
    for name in ("In-Reply-To", "References"):
        found = _MESSAGE_ID.search(str(message.get(name, "")))
        if found:
            return found[1].lower(), None
    return None, None


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
