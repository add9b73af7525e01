"""`wanshitong worker`: delivering what leaves the house, beside the gateway."""

from __future__ import annotations

import asyncio
import signal

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateway.carriers import line_out, outbox_worker
from gateway.conversations.hub import Hub
from gateway.conversations.news import open_news
from gateway.database import Database, migrate
from gateway.database.worker import DELIVERS, Worker
from gateway.errors import Unavailable
from gateway.logging import configure_logging
from gateway.outbox.service import Outbox
from gateway.settings import Settings

log = structlog.get_logger()
LOOK_SECONDS = 1.0
"""Nothing wakes a process of its own: a citizen at LINE waits for this and no more."""
_SIGN_SECONDS = 2.0


class NeedsPostgres(Unavailable):
    """A worker of its own was asked for on SQLite."""

    code = "needs_postgresql"
    zh = "wanshitong worker 需要 PostgreSQL（WST_DATABASE_URL）；使用 SQLite 時由閘道自行寄送。"
    en = "`wanshitong worker` needs PostgreSQL (WST_DATABASE_URL); on SQLite the gateway delivers by itself."

    def __init__(self) -> None:
        super().__init__(f"{self.zh}\n{self.en}")


@click.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Deliver notices and messages until stopped; any number of these may run at once.

    Set WST_OUTBOX_WORKER=separate for the gateways, which then leave it to them.
    """
    database = Database(settings.database)
    try:
        if database.is_sqlite:
            raise NeedsPostgres
        configure_logging(settings)
        migrate.require_current(database)
        asyncio.run(_deliver(settings, database))
    finally:
        database.close()


async def _deliver(settings: Settings, database: Database) -> None:
    hub, loop = Hub(), asyncio.get_running_loop()
    hub.live_in(loop)
    sign = Worker(database, DELIVERS)
    news = open_news(settings, hub, sign.id, lambda: 0)
    out = line_out(settings, database, hub, Outbox())
    delivering = outbox_worker(settings, database, hub, out, LOOK_SECONDS)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, delivering.stop)
    beside = [asyncio.create_task(_show_that_it_lives(sign))]
    if news is not None:
        beside.append(asyncio.create_task(news.tell()))
    log.info("outbox worker begins", transports=list(delivering.transports), settings=settings.outbox_worker)
    try:
        await delivering.run()
        if news is not None:
            await news.told()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        if out is not None:
            await out.sender.close()
        await asyncio.to_thread(sign.close)
    log.info("outbox worker ends; what was under way is delivered")


async def _show_that_it_lives(sign: Worker) -> None:
    while True:
        try:
            await asyncio.to_thread(sign.keep)
        except SQLAlchemyError as error:
            log.warning("cannot show that this process lives; trying again", error=type(error).__name__)
        await asyncio.sleep(_SIGN_SECONDS)
