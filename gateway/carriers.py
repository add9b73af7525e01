"""By what this platform's letters leave: one table for the gateway and for `wanshitong worker`."""

from __future__ import annotations

from gateway.channels.line.channel import LineOut
from gateway.conversations.hub import Hub
from gateway.conversations.notices import ConversationCarrier
from gateway.database import Database
from gateway.outbox.choices import ChoiceLinks
from gateway.outbox.email import EmailCarrier, SmtpServer
from gateway.outbox.quiet import QuietHours
from gateway.outbox.rules import Transport
from gateway.outbox.service import Outbox
from gateway.outbox.transports import Carrier
from gateway.outbox.worker import LOOK_SECONDS, OutboxWorker
from gateway.settings import Settings


def outbox_worker(
    settings: Settings, database: Database, hub: Hub, line: LineOut | None, look_seconds: float = LOOK_SECONDS
) -> OutboxWorker:
    """A worker with every transport that is set up; notices in chats are announced to `hub`."""
    quiet = QuietHours.from_settings(settings)
    table = carriers(settings, database, hub, line)
    return OutboxWorker(database, table, quiet=quiet, look_seconds=look_seconds)


def carriers(settings: Settings, database: Database, hub: Hub, line: LineOut | None) -> dict[str, Carrier]:
    """A carrier for every transport that is set up."""
    found: dict[str, Carrier] = {Transport.CONVERSATION: ConversationCarrier(database, hub)}
    server = SmtpServer.from_settings(settings)
    if server is not None:
        found[Transport.EMAIL] = EmailCarrier(server, ChoiceLinks.of(settings))
    if line is not None:
        found[Transport.LINE] = line.carrier
    return found


def line_out(settings: Settings, database: Database, hub: Hub, outbox: Outbox) -> LineOut | None:
    """What sends to LINE; None where no channel is set up."""
    return LineOut(database, settings, hub, outbox) if settings.line_channel_access_token else None
