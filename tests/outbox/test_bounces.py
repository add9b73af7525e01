"""E-mail that came back: as Postfix and Exchange write it, marked on the letter, noted on the address."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gateway.database import Database
from gateway.outbox.bounces import Bounce, NotABounce, is_dead, read_bounces
from gateway.outbox.models import DeadAddress, OutboxMessage
from gateway.outbox.returns import Returned, take_back
from gateway.outbox.rules import message_id, short_hash
from gateway.settings import PROJECT_ROOT
from tests.outbox.conftest import NOW
from tests.outbox.dsn import TO, exchange, postfix

Put = Callable[..., None]
Rows = Callable[[], dict[str, OutboxMessage]]
KEY = "notice:case:D1151124-000001-7:4:email:abc"
OURS = message_id(KEY, "city.example")
WRITERS = {"postfix": postfix, "exchange": exchange}


@pytest.fixture
def sent(database: Database, put: Put) -> None:
    """A letter that went out, among others."""
    for key, recipient in ((KEY, "Ming.Wang@example.org"), ("other", TO), ("another", "hua@example.org")):
        put(key, recipient=recipient, subject="D1151124-000001-7")
    with database.write() as session:
        session.execute(update(OutboxMessage).values(state="sent", sent_at=NOW))


def take(database: Database, content: bytes) -> list[Returned]:
    with database.write() as session:
        return take_back(session, read_bounces(content), NOW)


def dead(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        return [(row.shown_as, row.reason) for row in session.scalars(select(DeadAddress))]


@pytest.mark.parametrize("writer", sorted(WRITERS))
def test_what_a_notification_says_is_read(writer: str) -> None:
    (found,) = read_bounces(WRITERS[writer](OURS))
    assert found.letter_hash == short_hash(KEY)
    assert found.recipients == {TO}
    assert (found.failed, found.dead) == (True, True)
    assert found.status == {"postfix": "5.1.1", "exchange": "5.1.10"}[writer]
    assert found.reason.startswith(f"550 {found.status} ")


@pytest.mark.parametrize("writer", sorted(WRITERS))
@pytest.mark.usefixtures("sent")
def test_the_letter_is_marked_and_its_address_noted_once(database: Database, rows: Rows, writer: str) -> None:
    content = WRITERS[writer](OURS)
    number = rows()[KEY].id
    assert take(database, content) == [Returned(number, "D1151124-000001-7", marked=True, dead=True)]
    assert take(database, content) == [Returned(number, "D1151124-000001-7", marked=False, dead=False)]
    found = rows()
    assert found[KEY].state == "bounced"
    assert "550 5.1.1" in (found[KEY].last_error or "")
    assert {found["other"].state, found["another"].state} == {"sent"}
    assert [shown for shown, _ in dead(database)] == ["M•••@example.org"]


@pytest.mark.usefixtures("sent")
def test_a_full_box_or_a_policy_marks_the_letter_and_not_the_address(database: Database, rows: Rows) -> None:
    (returned,) = take(database, postfix(OURS, "5.2.2"))
    assert (returned.marked, returned.dead, rows()[KEY].state, dead(database)) == (True, False, "bounced", [])


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
@pytest.mark.usefixtures("sent")
def test_a_delay_or_a_success_changes_nothing(database: Database, rows: Rows, action: str) -> None:
    (returned,) = take(database, postfix(OURS, "4.4.1", action))
    assert (returned.marked, rows()[KEY].state) == (False, "sent")


@pytest.mark.usefixtures("sent")
def test_a_notification_about_something_else_changes_nothing(database: Database, rows: Rows) -> None:
    for content in (
        postfix(message_id("nobody's", "city.example")),
        postfix(OURS, to="hua@example.org"),  # not who that letter went to
        postfix("<20261124020002.1@elsewhere.example>"),
    ):
        assert take(database, content) == [Returned(None, None, marked=False, dead=False)]
    assert {row.state for row in rows().values()} == {"sent"}
    assert dead(database) == []


@pytest.mark.parametrize(
    ("status", "gone"),
    [("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.4.1", True), ("5.4.4", True), ("5.2.2", False),
     ("5.7.1", False), ("4.1.1", False), ("5.0.0", False), ("", False)],
)  # fmt: skip
def test_which_codes_mean_that_nobody_is_there(status: str, gone: bool) -> None:
    assert is_dead(status) is gone


@pytest.mark.parametrize(
    "content",
    [
        b"", b"Subject: hello\r\n\r\nI am on holiday until Monday.", b"\xff\xfe\x00",
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n--x--\r\n',
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n",
    ],
)  # fmt: skip
def test_what_is_no_notification_is_refused(content: bytes) -> None:
    with pytest.raises(NotABounce):
        read_bounces(content)


def test_several_recipients_of_one_notification_each_have_their_own_fate() -> None:
    content = postfix(OURS).replace(
        b"Remote-MTA: dns; mx.example.org\r\n",
        b"\r\nFinal-Recipient: rfc822; hua@example.org\r\nAction: delayed\r\nStatus: 4.4.1\r\n",
    )
    first, second = read_bounces(content)
    assert (first.failed, first.recipients) == (True, {TO})
    assert (second.failed, second.recipients) == (False, {"hua@example.org"})
    assert isinstance(first, Bounce)


@pytest.mark.usefixtures("sent")
def test_the_command_reads_standard_input_and_files(database: Database, rows: Rows, tmp_path: Path) -> None:
    def run(*words: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "gateway.cli", "--data-dir", str(tmp_path), "mail", "bounce", *words],
            cwd=PROJECT_ROOT, env={"WST_DATABASE_URL": database.url, "PATH": ""}, input=content,
            capture_output=True, check=False,
        )  # fmt: skip

    told = run(content=postfix(OURS))
    assert (told.returncode, told.stderr) == (0, b"")
    assert b"of D1151124-000001-7: bounced, and its address gets no more" in told.stdout
    assert rows()[KEY].state == "bounced"
    (tmp_path / "vacation.eml").write_bytes(b"Subject: away\r\n\r\nI am away.")
    refused = run(str(tmp_path / "vacation.eml"))
    assert refused.returncode == 1
    assert refused.stderr.startswith(b"not_a_bounce: ")
