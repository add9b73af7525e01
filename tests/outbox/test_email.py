"""E-mail against a real SMTP server on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import multiprocessing
import os
import signal
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.database import Database
from gateway.outbox.choices import ChoiceLinks
from gateway.outbox.email import EmailCarrier, SmtpServer, compose
from gateway.outbox.models import OutboxMessage
from gateway.outbox.queue import Letter
from gateway.outbox.rules import LEASE, WAITS, AddressGone, DeliveryFailed, Undeliverable
from gateway.outbox.worker import OutboxWorker
from gateway.settings import Settings
from tests.outbox.carriers import SENDER, Mailbox, smtp_server
from tests.outbox.conftest import NOW

Put = Callable[..., None]
Rows = Callable[[], dict[str, OutboxMessage]]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def letter(**parts: object) -> Letter:
    payload = {"title": "案件已結案", "text": "您好，\n案件已結案。", "language": "zh-TW"}
    whole = Letter(1, "notice:1", "notice.release", "citizen@example.org", payload, 1, NOW)
    return replace(whole, **parts)  # type: ignore[arg-type]


def send(mailbox: Mailbox, one: Letter) -> None:
    async def scene() -> None:
        async with smtp_server(mailbox) as server:
            await EmailCarrier(server).deliver(one)

    asyncio.run(scene())


def test_a_letter_arrives_readable(mailbox: Mailbox) -> None:
    send(mailbox, letter())
    (message,) = mailbox.messages
    assert mailbox.recipients == ["citizen@example.org"]
    assert message["Subject"] == "案件已結案"
    assert (message["To"], message["From"]) == ("citizen@example.org", SENDER)
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["您好，", "案件已結案。"]
    assert message["Content-Language"] == "zh-TW"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_notice_offers_to_stop_and_programs_can_do_so_with_one_click(mailbox: Mailbox) -> None:
    links = ChoiceLinks(b"key", "https://1999.example.gov.tw")

    async def scene() -> None:
        async with smtp_server(mailbox) as server:
            for topic in ("notice.merge", "reminder.due"):
                await EmailCarrier(server, links).deliver(letter(topic=topic))
            english = {"title": "Merged", "text": "Hello.", "language": "en"}
            await EmailCarrier(server, links).deliver(letter(topic="notice.merge", payload=english))

    asyncio.run(scene())
    notice, reminder, english = mailbox.messages
    text = notice.get_content().replace("\r\n", "\n")
    assert text.startswith(
        "您好，\n案件已結案。\n\n--\n要調整或停止接收這類通知：https://1999.example.gov.tw/notices#"
    )
    assert "To change or stop these notices: https://" in english.get_content()
    address = notice["List-Unsubscribe"]
    assert address.startswith("<https://1999.example.gov.tw/api/v1/notices/unsubscribe/")
    assert notice["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    chooser = links.read(address.strip("<>").rpartition("/")[2])
    assert (chooser.transport, chooser.group) == ("email", "progress")
    assert links.read(text.strip().rpartition("#")[2]) == chooser
    assert reminder["List-Unsubscribe"] is None
    assert reminder.get_content().splitlines() == ["您好，", "案件已結案。"]


@pytest.mark.parametrize("address", [None, "http://127.0.0.1:8000"])
def test_what_cannot_be_offered_is_not_promised(address: str | None) -> None:
    message = compose(letter(topic="notice.merge"), SENDER, NOW, ChoiceLinks(b"key", address))
    assert message["List-Unsubscribe-Post"] is None
    assert (message["List-Unsubscribe"] is None) is (address is None)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 5.1.1 <citizen@example.org>: User unknown", AddressGone),
        ("550-5.1.1 The email account\r\n550 5.1.1 that you tried to reach does not exist", AddressGone),
        ("552 5.2.2 mailbox full", Undeliverable),
        ("554 5.7.1 rejected by policy", Undeliverable),
        ("550 no such user", Undeliverable),
    ],
)
def test_only_a_code_that_says_so_makes_an_address_dead(
    mailbox: Mailbox, answer: str, error: type[Exception]
) -> None:
    mailbox.answers["RCPT"].append(answer)
    with pytest.raises(Undeliverable) as caught:
        send(mailbox, letter())
    assert type(caught.value) is error


def test_the_same_key_is_the_same_message_id_and_another_key_another(mailbox: Mailbox) -> None:
    for key in ("notice:1", "notice:1", "notice:2"):
        send(mailbox, letter(key=key, attempts=3))
    first, again, other = (message["Message-ID"] for message in mailbox.messages)
    assert first == again != other
    assert first.endswith("@city.example>")


def test_very_long_lines_are_within_what_smtp_allows(mailbox: Mailbox) -> None:
    text = "很長的一行" * 2000
    send(mailbox, letter(payload={"title": "長" * 300, "text": text}))
    assert mailbox.messages[0].get_content().strip() == text
    assert mailbox.messages[0]["Subject"] == "長" * 300


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b"])
def test_no_header_can_be_smuggled_in(break_: str) -> None:
    title = f"結案{break_}Bcc: everybody@example.org"
    message = compose(letter(payload={"title": title, "text": "x"}), SENDER, NOW)
    lines = message.as_bytes().split(b"\r\n")
    assert not any(line.lower().startswith(b"bcc") for line in lines)
    assert message["Bcc"] is None
    assert len(message["Subject"].splitlines()) == 1


@pytest.mark.parametrize(
    "address",
    [
        "", "nobody", "a@", "@b.example", "a b@c.example", "a@b.example, c@d.example",
        "a@b.example\r\nBcc: c@d.example", "a@b.example\nRCPT TO:<c@d.example>", "Name <a@b.example>",
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_refused_for_good(mailbox: Mailbox, address: str) -> None:
    with pytest.raises(Undeliverable):
        send(mailbox, letter(recipient=address))
    assert mailbox.messages == []


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 no such user", Undeliverable),
        ("554 rejected", Undeliverable),
        ("451 greylisted", DeliveryFailed),
    ],
)
def test_the_server_says_whether_another_attempt_makes_sense(
    mailbox: Mailbox, stage: str, answer: str, error: type[Exception]
) -> None:
    mailbox.answers[stage].append(answer)
    with pytest.raises(DeliveryFailed) as caught:
        send(mailbox, letter())
    assert type(caught.value) is error
    assert str(caught.value) == answer
    send(mailbox, letter())
    assert len(mailbox.messages) == 1


def test_a_server_that_is_not_there_or_does_not_answer_is_tried_again() -> None:
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    server = SmtpServer("127.0.0.1", silent.getsockname()[1], SENDER, tls="none", timeout_seconds=0.05)
    with pytest.raises(DeliveryFailed) as refused:
        asyncio.run(EmailCarrier(server).deliver(letter()))
    silent.listen()  # connects, and says nothing
    with pytest.raises(DeliveryFailed) as timed_out:
        asyncio.run(EmailCarrier(server).deliver(letter()))
    silent.close()
    assert not {type(refused.value), type(timed_out.value)} - {DeliveryFailed}
    assert "ConnectionRefused" in str(refused.value)
    assert "timed out" in str(timed_out.value)


def test_without_the_tls_that_is_asked_for_nothing_is_sent(mailbox: Mailbox) -> None:
    async def scene() -> None:
        async with smtp_server(mailbox) as server:
            with pytest.raises(DeliveryFailed):
                await EmailCarrier(replace(server, tls="starttls")).deliver(letter())
            with pytest.raises(DeliveryFailed):
                await EmailCarrier(replace(server, tls="implicit", timeout_seconds=1)).deliver(letter())
            with pytest.raises(DeliveryFailed):
                await EmailCarrier(replace(server, user="1999", password="x")).deliver(letter())

    asyncio.run(scene())
    assert mailbox.messages == []


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("trusted", [True, False])
def test_the_password_is_told_only_to_a_server_that_is_who_it_says(
    mailbox: Mailbox, certificate: Path, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []

    def check(
        _server: object, _session: object, _envelope: object, _way: str, told: LoginPassword
    ) -> AuthResult:
        heard.append(told.password)
        return AuthResult(success=True)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def scene() -> None:
        tls = {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": check,
            "auth_required": True,
        }
        async with smtp_server(mailbox, **tls) as server:
            ours = replace(server, tls="starttls", user="1999", password="geheim")
            await EmailCarrier(ours).deliver(letter())

    if trusted:
        asyncio.run(scene())
        assert (heard, len(mailbox.messages)) == ([b"geheim"], 1)
    else:
        with pytest.raises(DeliveryFailed, match="CERTIFICATE_VERIFY_FAILED"):
            asyncio.run(scene())
        assert (heard, mailbox.messages) == ([], [])


def test_the_worker_tries_again_and_the_letter_arrives_once(
    database: Database, put: Put, rows: Rows, mailbox: Mailbox
) -> None:
    put("a")
    put("gone", recipient="nobody@example.org")
    mailbox.answers["RCPT"] = ["451 later", "550 no such user"]
    clock = [NOW]

    async def scene() -> None:
        async with smtp_server(mailbox) as server:
            carriers = {"email": EmailCarrier(server)}
            worker = OutboxWorker(database, carriers, clock=lambda: clock[0])
            await worker.deliver_due()
            clock[0] += WAITS[0]  # the longest that it may be
            await worker.deliver_due()

    asyncio.run(scene())
    states = sorted(row.state for row in rows().values())
    assert states == ["failed", "sent"]
    assert len(mailbox.messages) == 1


def test_killed_between_delivery_and_mark_it_comes_again_under_the_same_id(
    database: Database, put: Put, rows: Rows, mailbox: Mailbox
) -> None:
    put("a")
    database.close()
    later = NOW + LEASE + timedelta(seconds=1)

    async def scene() -> None:
        async with smtp_server(mailbox) as server:
            spawn = multiprocessing.get_context("spawn")
            victim = spawn.Process(target=_deliver_and_die, args=(database.url, server))
            victim.start()
            await asyncio.to_thread(victim.join)
            assert victim.exitcode == -signal.SIGKILL
            assert rows()["a"].state == "pending"
            carriers = {"email": EmailCarrier(server)}
            await OutboxWorker(database, carriers, clock=lambda: later).deliver_due()

    asyncio.run(scene())
    assert len(mailbox.messages) == 2
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1
    assert (rows()["a"].state, rows()["a"].attempts) == ("sent", 2)


def _deliver_and_die(url: str, server: SmtpServer) -> None:
    class DiesAfterwards(EmailCarrier):
        async def deliver(self, one: Letter) -> None:
            await super().deliver(one)
            os.kill(os.getpid(), signal.SIGKILL)

    now: datetime = NOW
    worker = OutboxWorker(Database(url), {"email": DiesAfterwards(server)}, clock=lambda: now)
    asyncio.run(worker.deliver_due())


def test_the_settings_make_the_server() -> None:
    assert SmtpServer.from_settings(Settings()) is None
    settings = Settings(smtp_host="mail.example", smtp_from=SENDER, smtp_user="1999", smtp_password="geheim")
    server = SmtpServer.from_settings(settings)
    assert server == SmtpServer("mail.example", 587, SENDER, "starttls", "1999", "geheim")
    assert "geheim" not in repr(server) + repr(settings)


@pytest.mark.parametrize("sender", [None, "", "1999", "a@b@c", "1999 <>"])
def test_a_server_needs_a_sender(sender: str | None) -> None:
    with pytest.raises(ValueError, match="WST_SMTP_FROM"):
        Settings(smtp_host="mail.example", smtp_from=sender)


@pytest.mark.parametrize("hours", ["", "7-21", "21:00-07:00", "07:00-25:00", "07:00-12:00,13:00-21:00"])
def test_reminder_hours_are_one_window(hours: str) -> None:
    with pytest.raises(ValueError, match="window"):
        Settings(reminder_hours=hours)
