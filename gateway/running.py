"""What goes on beside the requests: news, turns that were cut off, letters, the desk, housekeeping."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import anyio.to_thread
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from gateway.cases.closing_days import move_dues
from gateway.cases.digest import write_digests
from gateway.channels import health
from gateway.conversations.push import purge
from gateway.conversations.turn import TurnRunner
from gateway.database.worker import Worker
from gateway.outbox.rules import Transport
from gateway.outbox.worker import OutboxWorker

log = structlog.get_logger()
_THREADS_FOR_SOCKETS = 20
"""Messages and what is told live go before pages and polls when there is more to do than can be done."""
_THREADS_FOR_REQUESTS = 10
_INDEX_LOOK_SECONDS = 2.0
_RECOVER_AGAIN_SECONDS = 5.0
_TAKE_OVER_SECONDS = 1.0
_LIVE_SECONDS = 2.0
_LAST_LETTERS_SECONDS = 10.0
_LOOK_FOR_LETTERS_SECONDS = 3.0
_DIGEST_SECONDS = 30.0
_HOUSEKEEPING_SECONDS = 3600.0
_MIND_SECONDS = 5.0
_MIND_AT_MOST_EVERY_SECONDS = 0.5
_MIND_WAITING_SECONDS = 60.0
_MIND_NEWS_SECONDS = 2.0
_LAST_FILES_SECONDS = 5.0
_SEND_REPORTS_SECONDS = 15.0
_COUNT_SECONDS = 1.0


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What goes on beside the requests, from the start to the stop."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS_FOR_SOCKETS, "sockets"))
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS_FOR_REQUESTS
    app.state.hub.live_in(loop)
    await _sign(app.state.worker)
    watcher = asyncio.create_task(_watch(app))
    recovery = asyncio.create_task(_recover(app.state.turns, several=not app.state.database.is_sqlite))
    living = asyncio.create_task(_live(app))
    news = asyncio.create_task(app.state.news.run() if app.state.news else asyncio.sleep(0))
    worker: OutboxWorker = app.state.outbox_worker
    posting = asyncio.create_task(_post(app, worker))
    keeping = asyncio.create_task(_keep_house(app))
    telling = asyncio.create_task(_tell_units(app))
    minding = asyncio.create_task(_mind_operators(app))
    waiting = asyncio.create_task(_mind_waiting(app))
    line = asyncio.create_task(_serve_line(app))
    publishing = asyncio.create_task(_mind_news(app))
    counting = asyncio.create_task(_count_cases(app))
    filing = asyncio.create_task(app.state.export_worker.run())
    reporting = asyncio.create_task(_send_reports(app))
    try:
        yield
    finally:
        await _end(line)
        worker.stop()
        app.state.export_worker.stop()
        await asyncio.wait({filing}, timeout=_LAST_FILES_SECONDS)
        if _delivers(app):
            await asyncio.wait({posting}, timeout=_LAST_LETTERS_SECONDS)
        await _end(watcher, recovery, posting, keeping, telling, minding, waiting, publishing, counting)
        await _end(filing, reporting)
        if app.state.line_channel is not None:
            await app.state.line_channel.close()
        await app.state.turns.drain()
        await asyncio.to_thread(app.state.trials.close)
        await asyncio.to_thread(app.state.learning.close)
        if app.state.news is not None:
            await app.state.news.told()
        await _end(news, living)  # others have heard of the last turns, and have not taken them
        await asyncio.to_thread(app.state.worker.close)
        await app.state.http.aclose()
        if app.state.language_model is not None:
            app.state.language_model.close()
        app.state.database.close()


async def _post(app: FastAPI, worker: OutboxWorker) -> None:
    """Deliver what leaves the house; or where others do, look for the notices that they put into chats."""
    if _delivers(app):
        await worker.run()
        return
    while app.state.news is None:
        await asyncio.sleep(_LOOK_FOR_LETTERS_SECONDS)
        app.state.hub.look_again()


def _delivers(app: FastAPI) -> bool:
    return bool(app.state.settings.outbox_worker == "embedded")


async def _tell_units(app: FastAPI) -> None:
    """Every working morning, once whoever comes first: what lies with each unit."""
    while True:
        try:
            await asyncio.to_thread(write_digests, app.state.cases)
        except Exception:
            log.exception("the daily digests could not be written; trying again")
        await asyncio.sleep(_DIGEST_SECONDS)


async def _count_cases(app: FastAPI) -> None:
    """Enter into the ledger of the reports what happens to cases."""
    while True:
        try:
            if await asyncio.to_thread(app.state.ledger.gather):
                continue
        except Exception:
            log.exception("cases could not be counted; trying again")
        await asyncio.sleep(_COUNT_SECONDS)


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _sign(worker: Worker) -> bool:
    """Show the other processes that this one lives; whether one of them has died."""
    try:
        return await asyncio.to_thread(worker.keep)
    except SQLAlchemyError as error:
        log.warning("cannot show that this process lives; trying again", error=type(error).__name__)
        return False


async def _live(app: FastAPI) -> None:
    """Go on showing it, and count what is read rather than counted."""
    while True:
        health.count_here(app.state)
        await asyncio.sleep(_LIVE_SECONDS)
        if await _sign(app.state.worker):
            log.warning("another gateway process has ended", workers=app.state.worker.count)
            app.state.hub.look_again()  # for what it did not come to tell


async def _recover(turns: TurnRunner, *, several: bool) -> None:
    """Finish what a crash cut off; then, where there may be several processes, what the dead ones leave."""
    look = turns.recover
    while True:
        try:
            await look()
            if not several:
                return
            look = turns.take_over
            await asyncio.sleep(_TAKE_OVER_SECONDS)
        except Exception:
            log.exception("cannot look for turns that were cut off; trying again")
            await asyncio.sleep(_RECOVER_AGAIN_SECONDS)


async def _watch(app: FastAPI) -> None:
    """Take up, aside, what other processes have made: a new index of the FAQ, a new catalogue.

    The desk's file comes first: it is behind where a process died between its commit and the file.
    """
    state = app.state
    looks = (
        ("desk's file", state.answers.mind_file),
        ("index", state.knowledge_base.refresh),
        ("catalogue", state.catalogues.refresh),
    )
    while True:
        await asyncio.sleep(_INDEX_LOOK_SECONDS)
        for what, refresh in looks:
            try:
                if await asyncio.to_thread(refresh):
                    log.info(f"{what} swapped")
            except Exception:
                log.exception(f"the new {what} was not taken; the old one goes on serving")


async def _keep_house(app: FastAPI) -> None:
    """Once at the start and then every hour: finish what was cut off, throw away what nobody came for."""
    while True:
        chores = (_move_dues, _sweep_files, _purge_letters, _purge_call_backs)
        for chore in (*chores, _purge_browsers, _purge_subscriptions, _sweep_exports):
            try:
                await asyncio.to_thread(chore, app)
            except Exception:
                log.exception("a chore failed; it is tried again in an hour", chore=chore.__name__)
        await asyncio.sleep(_HOUSEKEEPING_SECONDS)


async def _mind_operators(app: FastAPI) -> None:
    """With every news, and now and then: who waits is offered to somebody, what nobody has goes back."""
    state = app.state
    chores = (state.handoffs.sweep, state.silence.mind, state.offers.mind)
    with state.hub.listen_at_desk() as news:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_MIND_SECONDS):
                    await news.changed.wait()
            news.changed.clear()
            news.take()
            for chore in chores:
                try:
                    for conversation_id in await asyncio.to_thread(chore):
                        state.hub.announce(conversation_id)
                except Exception:
                    log.exception("the desk could not be minded; trying again", chore=chore.__qualname__)
            await asyncio.sleep(_MIND_AT_MOST_EVERY_SECONDS)


async def _mind_waiting(app: FastAPI) -> None:
    """Citizens who went away without a word give up their place in line."""
    while True:
        await asyncio.sleep(_MIND_WAITING_SECONDS)
        try:
            for conversation_id in await asyncio.to_thread(app.state.line.give_up_silent):
                app.state.hub.announce(conversation_id)
        except Exception:
            log.exception("cannot look for citizens who are gone; trying again")


async def _serve_line(app: FastAPI) -> None:
    """Carry out LINE's events; what is said in a conversation leaves for LINE as soon as it is committed."""
    state = app.state
    if state.line_channel is None:
        return
    while True:
        try:
            async with asyncio.TaskGroup() as work:
                work.create_task(state.line_channel.run())
                work.create_task(_post_at_once(app))
        except* Exception:
            log.exception("LINE is not served for a moment; it goes on")
        await asyncio.sleep(_RECOVER_AGAIN_SECONDS)


async def _post_at_once(app: FastAPI) -> None:
    with app.state.hub.listen_at_desk() as news:
        while True:
            await news.changed.wait()
            news.changed.clear()
            changed, _ = news.take()
            if changed:
                app.state.outbox_worker.wake(Transport.LINE)


async def _mind_news(app: FastAPI) -> None:
    """Approved city news starts at its time, is queued, and ends."""
    while True:
        try:
            await asyncio.to_thread(app.state.news_sending.mind)
        except Exception:
            log.exception("city news could not be minded; trying again")
        await asyncio.sleep(_MIND_NEWS_SECONDS)


async def _send_reports(app: FastAPI) -> None:
    """Saved reports that are due go out by e-mail."""
    while True:
        try:
            await asyncio.to_thread(app.state.report_sending.mind)
        except Exception:
            log.exception("scheduled reports could not be looked for; trying again")
        await asyncio.sleep(_SEND_REPORTS_SECONDS)


def _move_dues(app: FastAPI) -> None:
    move_dues(app.state.cases)


def _sweep_files(app: FastAPI) -> None:
    app.state.attachments.sweep(app.state.cases.clock())


def _purge_letters(app: FastAPI) -> None:
    with app.state.database.write() as session:
        app.state.mailbox.purge(session)


def _purge_call_backs(app: FastAPI) -> None:
    app.state.call_backs.purge()


def _purge_browsers(app: FastAPI) -> None:
    purge(app.state.database, app.state.cases.clock(), is_on=app.state.push_key is not None)


def _purge_subscriptions(app: FastAPI) -> None:
    with app.state.database.write() as session:
        app.state.subscriptions.purge(session)


def _sweep_exports(app: FastAPI) -> None:
    app.state.exports.sweep(app.state.cases.clock())
