"""The channel put together: what comes in, what goes out, and what is done beside both."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from linebot.v3.messaging.exceptions import ApiException

from gateway.channels.line import queue
from gateway.channels.line.accounts import LineAccounts
from gateway.channels.line.carrier import LineCarrier
from gateway.channels.line.client import UNREACHABLE, timeout
from gateway.channels.line.codes import LinkCodes
from gateway.channels.line.files import FileLinks
from gateway.channels.line.handling import Events
from gateway.channels.line.intake import LineIntake
from gateway.channels.line.months import Months, Used
from gateway.channels.line.room import Room
from gateway.channels.line.sending import LineSender
from gateway.channels.line.store import EventStore
from gateway.channels.line.texts import line_text
from gateway.channels.line.tokens import ReplyTokens
from gateway.conversations.hub import Hub
from gateway.database import Database
from gateway.database.worker import Worker
from gateway.outbox.rules import HOUSE, Transport
from gateway.outbox.service import Outbox
from gateway.settings import Settings

log = structlog.get_logger()
_LEARN_SECONDS: Final = 6 * 3600.0


def _now() -> datetime:
    return datetime.now(UTC)


class LineOut:
    """What is needed to send, in whichever process sends: the carrier, and the month's count."""

    def __init__(
        self, database: Database, settings: Settings, hub: Hub, outbox: Outbox,
        clock: Callable[[], datetime] = _now,
    ) -> None:  # fmt: skip
        self._database = database
        self._outbox = outbox
        self._clock = clock
        zone = ZoneInfo(settings.timezone)
        self.months = Months(database, zone, settings.line_monthly_pushes, settings.line_quota_warning)
        self.sender = LineSender(settings, ReplyTokens(database), self._count, clock)
        self.files = FileLinks(settings.signing_key(), settings.public_url)
        self.carrier = LineCarrier(database, self.sender, hub, self.files, settings.public_url, clock)

    async def learn(self) -> None:
        """Ask LINE what the plan includes and what is used; what it does not say stays as it was."""
        try:
            quota = await self.sender.api.get_message_quota(_request_timeout=timeout())
            used = await self.sender.api.get_message_quota_consumption(_request_timeout=timeout())
        except (ApiException, *UNREACHABLE) as error:
            log.warning("LINE does not say how many pushes are left", error=type(error).__name__)
            return
        limit = quota.value if quota.type == "limited" else None
        await asyncio.to_thread(self.months.learn, limit, used.total_usage, self._clock())

    def _count(self, pushes: int, replies: int) -> None:
        near = self.months.count(self._clock(), pushes=pushes, replies=replies)
        if near is not None:
            self._warn(near)

    def _warn(self, used: Used) -> None:
        share = round(100 * used.pushes / (used.quota or used.pushes))
        facts = {"used": used.pushes, "quota": used.quota, "percent": share}
        zh, en = (line_text("quota_near", language, **facts) for language in ("zh-TW", "en"))
        log.warning("the month's pushes of LINE are nearly used up", used=used.pushes, quota=used.quota)
        titles = {"title": line_text("quota_title", "zh-TW"), "title_en": line_text("quota_title", "en")}
        with self._database.write() as session:
            self._outbox.put(
                session, key=f"line:quota:{used.month}", topic="line.quota", transport=Transport.DESK,
                recipient=HOUSE, payload={**titles, "text": zh, "text_en": en}, now=self._clock(),
            )  # fmt: skip


@dataclass
class LineChannel:
    """LINE as the gateway serves it."""

    secret: str
    store: EventStore
    intake: LineIntake
    out: LineOut
    codes: LinkCodes
    room: Room
    basic_id: str | None
    carries_out: bool = True
    """Otherwise events are taken in, and left for a process that does."""

    async def run(self) -> None:
        """Carry out events, and now and then see what the plan says and forget what is old."""
        async with asyncio.TaskGroup() as work:
            if self.carries_out:
                work.create_task(self.intake.run())
            else:
                log.warning("LINE's events are stored and not carried out: WST_LINE_INTAKE is off")
            work.create_task(self._keep_house())

    async def close(self) -> None:
        """Give the connections to LINE back."""
        with contextlib.suppress(*UNREACHABLE):
            await self.out.sender.close()

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.out.learn()
                await asyncio.to_thread(self._purge)
            except Exception:
                log.exception("a chore of LINE failed; it is tried again later")
            await asyncio.sleep(_LEARN_SECONDS)

    def _purge(self) -> None:
        with self.room.database.write() as session:
            queue.purge(session, self.room.clock())


def open_channel(secret: str, room: Room, out: LineOut, worker: Worker) -> LineChannel:
    """The channel over the rooms of the gateway."""
    intake = LineIntake(room.database, worker, Events(room).handle, room.clock)
    store = EventStore(room.database, intake.wake)
    return LineChannel(
        secret, store, intake, out, room.codes, room, room.settings.line_basic_id,
        carries_out=room.settings.line_intake == "on",
    )  # fmt: skip


def accounts_of(database: Database, settings: Settings) -> LineAccounts:
    """Accounts whose conversations live as long as those of the web."""
    return LineAccounts(database, timedelta(hours=settings.conversation_ttl_hours))
