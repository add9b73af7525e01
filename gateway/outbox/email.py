"""E-mail by SMTP."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Literal

from gateway.outbox.bounces import is_dead
from gateway.outbox.choices import FOOTER, ChoiceLinks
from gateway.outbox.queue import Letter
from gateway.outbox.rules import (
    AddressGone,
    DeliveryFailed,
    Transport,
    Undeliverable,
    message_id,
    rule_of,
)
from gateway.settings import Settings

PERMANENT = 500
_ENHANCED = re.compile(r"\s*(?:[45]\d\d[ -])?(?P<status>[45]\.\d{1,3}\.\d{1,3})\b")
TIMEOUT_SECONDS = 20.0
CONNECTIONS = 4


@dataclass(frozen=True)
class SmtpServer:
    """Where e-mail is handed in, and as whom."""

    host: str
    port: int
    sender: str
    """An address, or `Name <address>`."""
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS

    @classmethod
    def from_settings(cls, settings: Settings) -> SmtpServer | None:
        """The server of the settings; None where none is set up."""
        if settings.smtp_host is None or settings.smtp_from is None:
            return None
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        return cls(
            settings.smtp_host, settings.smtp_port, settings.smtp_from, settings.smtp_tls,
            settings.smtp_user, password,
        )  # fmt: skip


class EmailCarrier:
    """Hands letters to an SMTP server; `payload` holds `title` and `text`."""

    def __init__(self, server: SmtpServer, links: ChoiceLinks | None = None) -> None:
        """`links`: with which readers say what they want to be sent."""
        self._server = server
        self._links = links
        # Threads of its own: a server that hangs must not take those that answer citizens.
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="smtp")

    async def deliver(self, letter: Letter) -> None:
        """Send one letter. Refusals of the recipient or the text are final, all else is tried again."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._send, letter)

    def _send(self, letter: Letter) -> None:
        message = compose(letter, self._server.sender, datetime.now(UTC), self._links)
        try:
            with self._connect() as smtp:
                if self._server.user is not None:
                    smtp.login(self._server.user, self._server.password or "")
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            _refused(*next(iter(error.recipients.values())), of_address=True)
        except smtplib.SMTPDataError as error:
            _refused(error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError as error:
            raise Undeliverable(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"{type(error).__name__}: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.tls == "implicit":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=context)
        smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        if server.tls == "starttls":
            try:
                smtp.starttls(context=ssl.create_default_context())
            except BaseException:
                smtp.close()
                raise
        return smtp


def compose(letter: Letter, sender: str, now: datetime, links: ChoiceLinks | None = None) -> EmailMessage:
    """The letter as an e-mail: plain text, UTF-8, one recipient. Raises Undeliverable on a bad address.

    A notice that one can choose carries the link to do so, and the headers by which mail programs offer it;
    a letter with an `unsubscribe` of its own carries that in the headers, and has said so in its text.
    """
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = _recipient(letter.recipient)
    message["Subject"] = " ".join(str(letter.payload["title"]).split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(letter.key, address.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    language = str(letter.payload.get("language", "zh-TW"))
    text, group = str(letter.payload["text"]), rule_of(letter.topic).group
    own = letter.payload.get("unsubscribe")
    page = group and links and links.page(Transport.EMAIL, letter.recipient, group)
    if own:
        _offer_to_unsubscribe(message, str(own))
    elif group and links and page:
        text = f"{text}\n\n--\n{FOOTER.get(language, FOOTER['zh-TW']).format(link=page)}"
        _offer_to_unsubscribe(message, links.one_click(letter.recipient, group) or page)
    message.set_content(text, charset="utf-8", cte="base64")
    message["Content-Language"] = language
    return message


def _offer_to_unsubscribe(message: EmailMessage, address: str) -> None:
    message["List-Unsubscribe"] = f"<{address}>"
    if address.startswith("https://"):  # RFC 8058 asks for it
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _recipient(address: str) -> Address:
    try:
        found = Address(addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise Undeliverable("not an e-mail address") from error
    if not found.domain:
        raise Undeliverable("an e-mail address without a domain")
    return found


def _refused(code: int, words: bytes | str, *, of_address: bool = False) -> None:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if code < PERMANENT:
        raise DeliveryFailed(f"{code} {text}")
    enhanced = _ENHANCED.match(text)
    gone = of_address and enhanced is not None and is_dead(enhanced["status"])
    raise (AddressGone if gone else Undeliverable)(f"{code} {text}")
