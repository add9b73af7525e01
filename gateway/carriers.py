"""By what this platform's letters leave: one table for the gateway and for `wanshitong worker`."""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway.channels.line.channel import LineOut
from gateway.conversations.hub import Hub
from gateway.conversations.notices import ConversationCarrier
from gateway.conversations.push import Bell, Ring, no_ring
from gateway.conversations.push_carrier import WebPushCarrier
from gateway.database import Database
from gateway.identity.sealing import Sealer
from gateway.news.letters import Letters, NewsCarrier
from gateway.news.links import Links
from gateway.news.rules import CARRIED_BY
from gateway.outbox.choices import ChoiceLinks
from gateway.outbox.email import EmailCarrier, SmtpServer
from gateway.outbox.quiet import QuietHours
from gateway.outbox.rules import Transport
from gateway.outbox.service import Outbox
from gateway.outbox.sms.provider import open_sms_carrier
from gateway.outbox.transports import Carrier
from gateway.outbox.webhooks.addresses import Destinations, Networks
from gateway.outbox.webhooks.carrier import WebhookCarrier
from gateway.outbox.worker import LOOK_SECONDS, OutboxWorker
from gateway.settings import Settings


def outbox_worker(
    settings: Settings, database: Database, hub: Hub, line: LineOut | None, look_seconds: float = LOOK_SECONDS
) -> OutboxWorker:
    """A worker with every transport that is set up; notices in chats are announced to `hub`, and to browsers
    that want to be told. Raises SmsCarrierUnusable."""
    quiet, outbox = QuietHours.from_settings(settings), Outbox()
    ring = Bell(outbox).ring if settings.web_push else no_ring
    table = carriers(settings, database, hub, line, ring)
    worker = OutboxWorker(database, table, quiet=quiet, look_seconds=look_seconds)
    outbox.when_written(worker.wake)
    return worker


def carriers(
    settings: Settings, database: Database, hub: Hub, line: LineOut | None, ring: Ring = no_ring
) -> dict[str, Carrier]:
    """A carrier for every transport that is set up; `ring` tells browsers. Raises SmsCarrierUnusable."""
    seal, destinations = Sealer(settings.signing_key()), webhook_destinations(settings)
    found: dict[str, Carrier] = {
        Transport.CONVERSATION: ConversationCarrier(database, hub, ring),
        Transport.WEBHOOK: WebhookCarrier(database, seal, destinations),
    }
    server = SmtpServer.from_settings(settings)
    if server is not None:
        found[Transport.EMAIL] = EmailCarrier(server, ChoiceLinks.of(settings))
    if line is not None:
        found[Transport.LINE] = line.carrier
    if settings.web_push:
        found[Transport.WEB_PUSH] = WebPushCarrier(database, settings)
    texts = open_sms_carrier(settings)
    if texts is not None:
        found[Transport.SMS] = texts
    letters = Letters(database, Links(settings.signing_key()), settings.public_url)
    for name in found.keys() & set(CARRIED_BY):
        found[name] = NewsCarrier(found[name], letters)
    return found


def webhook_destinations(settings: Settings) -> Destinations:
    """Where webhooks may go."""
    own = urlsplit(settings.public_url or "").hostname
    return Destinations(Networks.from_names(settings.webhook_networks), settings.webhook_plain_http, own)


def line_out(settings: Settings, database: Database, hub: Hub, outbox: Outbox) -> LineOut | None:
    """What sends to LINE; None where no channel is set up."""
    return LineOut(database, settings, hub, outbox) if settings.line_channel_access_token else None
