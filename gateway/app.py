"""Assembles the ASGI application; nothing else knows every room."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import fastapi_offline
import httpx
import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError

from actions.registry import build_executor
from gateway.audit.service import AuditTrail
from gateway.cases import routes as cases_routes
from gateway.cases.attachments import routes as attachment_routes
from gateway.cases.attachments.service import AttachmentService
from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue_shelf import CatalogueShelf
from gateway.cases.closing_days import move_dues
from gateway.cases.duplicates import DuplicateService
from gateway.cases.mailbox import Mailbox
from gateway.cases.service import CaseService
from gateway.channels import health
from gateway.channels.address import client_address
from gateway.channels.errors import install_error_handlers, refusals
from gateway.channels.guards import BodyLimit, RequestLog
from gateway.channels.limits import RateLimits
from gateway.channels.operator import attachment_routes as operator_attachments
from gateway.channels.operator import call_centre, counts_routes
from gateway.channels.operator import routes as operator_routes
from gateway.channels.operator import socket as operator_socket
from gateway.channels.operator.board import Board
from gateway.channels.uploads import Uploads
from gateway.channels.web import attachment_routes as conversation_attachments
from gateway.channels.web import (
    call_back_routes,
    docs,
    feedback_routes,
    filing_routes,
    pages,
    routes,
    service_routes,
    socket,
)
from gateway.console import assets as console_assets
from gateway.console import (
    outlines,
    routes_accounts,
    routes_audit,
    routes_bulk,
    routes_call_backs,
    routes_case,
    routes_cases,
    routes_catalogue,
    routes_catalogue_edit,
    routes_closures,
    routes_counts,
    routes_files,
    routes_inbox,
    routes_live,
    routes_new_case,
    routes_outbox,
    routes_quality,
    routes_quality_averages,
    routes_quality_draws,
    routes_quality_mine,
    routes_replies,
    routes_session,
    routes_sso,
)
from gateway.console.frame import Frame
from gateway.conversations.dialogue import Dialogue
from gateway.conversations.hub import Hub
from gateway.conversations.known_cases import open_cases_nearby
from gateway.conversations.news import RedisNews
from gateway.conversations.notices import ConversationCarrier
from gateway.conversations.service import ConversationService
from gateway.conversations.turn import Brain, TurnRunner
from gateway.database import Database
from gateway.database.worker import Worker
from gateway.handoff.call_backs import CallBacks
from gateway.handoff.line import Line
from gateway.handoff.offers import Offers
from gateway.handoff.service import Handoffs
from gateway.handoff.silence import Silence
from gateway.handoff.telling import hours_when_nobody_is_there, told_of_line
from gateway.identity.service import IdentityService
from gateway.identity.sso import SingleSignOn
from gateway.open311 import open1999
from gateway.open311 import routes as open311_routes
from gateway.outbox.email import EmailCarrier, SmtpServer
from gateway.outbox.rules import Transport
from gateway.outbox.transports import Carrier
from gateway.outbox.worker import OutboxWorker
from gateway.places.service import Places
from gateway.quality.drawing import Drawing
from gateway.quality.service import Assessments
from gateway.rasa import actions as rasa_actions
from gateway.rasa.client import RasaClient
from gateway.settings import Settings
from knowledge_base.service import KnowledgeBase

log = structlog.get_logger()
DOCS_ASSETS = Path(fastapi_offline.__file__).parent / "static"
_INDEX_LOOK_SECONDS = 2.0
_RECOVER_AGAIN_SECONDS = 5.0
_TAKE_OVER_SECONDS = 1.0
_LIVE_SECONDS = 2.0
_LAST_LETTERS_SECONDS = 10.0
_HOUSEKEEPING_SECONDS = 3600.0
_MIND_SECONDS = 5.0
_MIND_AT_MOST_EVERY_SECONDS = 0.5
_MIND_WAITING_SECONDS = 60.0


def create_app(settings: Settings, brain: Brain | None = None) -> FastAPI:
    """The gateway. `brain` stands in for Rasa in tests; everything else is always real."""
    database = Database(settings.database)
    knowledge_base = KnowledgeBase.open(settings)
    catalogues = CatalogueShelf.open(database, settings)
    places = Places.load()
    cases = CaseService(database, catalogues, OfficeCalendar.load(), settings)
    worker = Worker(database)
    conversations = ConversationService(database, cases, settings, worker)
    duplicates = DuplicateService(catalogues.current, settings)
    known_cases = partial(open_cases_nearby, database, duplicates, cases.clock)
    handoffs = Handoffs(database, settings)
    conversations.told_of_line = partial(told_of_line, handoffs)
    hours = partial(hours_when_nobody_is_there, handoffs, ZoneInfo(settings.timezone))
    dialogue = Dialogue(knowledge_base, catalogues.current, places, cases, known_cases, hours)
    http = httpx.AsyncClient(limits=httpx.Limits(max_connections=200, max_keepalive_connections=50))
    thinker = brain or RasaClient(settings, http)
    hub = Hub()
    news = _news(settings, hub, worker)

    app = FastAPI(
        title="萬事通 1999", version="0.1.0", docs_url=None, redoc_url=None,
        lifespan=_lifespan, description="The citizen-service platform's HTTP interface.",
    )  # fmt: skip
    state = app.state
    state.settings, state.database, state.knowledge_base = settings, database, knowledge_base
    state.catalogues = catalogues
    state.places, state.cases, state.conversations = places, cases, conversations
    state.brain, state.hub, state.http = thinker, hub, http
    state.worker, state.news = worker, news
    state.limits = RateLimits(settings)
    state.address_of = partial(client_address, settings=settings)
    state.identity = IdentityService(database, settings, AuditTrail(settings.signing_key()))
    state.sso = SingleSignOn(database, settings)
    state.attachments = AttachmentService(database, settings)
    state.uploads = Uploads(state.attachments)
    state.duplicates = duplicates
    state.mailbox = Mailbox(cases, places, settings.signing_key())
    state.frame = Frame(settings)
    state.page_of_error = state.frame.refuse
    state.outbox_worker = OutboxWorker(database, _carriers(settings, database, hub))
    cases.outbox.when_written(state.outbox_worker.wake)
    state.handoffs, state.offers = handoffs, Offers(handoffs, settings)
    state.silence = Silence(handoffs, settings)
    zone = ZoneInfo(settings.timezone)
    state.drawing = Drawing(database, cases.trail, zone)
    state.quality = Assessments(database, cases.trail, zone)
    state.line = Line(handoffs, settings)
    state.call_backs = CallBacks(handoffs, cases.trail, settings)
    state.board = Board(database, handoffs)
    state.metrics = health.Metrics()
    state.turns = TurnRunner(conversations, dialogue, thinker, hub, state.metrics.turn_finished)
    state.action_executor = build_executor(dialogue, conversations)
    _install(app, settings)
    return app


def _news(settings: Settings, hub: Hub, worker: Worker) -> RedisNews | None:
    if settings.redis_url is None:
        return None
    channel = f"{settings.redis_prefix()}:news"
    hub.relay = RedisNews(hub, settings.redis_url, channel, worker.id, lambda: worker.count - 1)
    return hub.relay


def _carriers(settings: Settings, database: Database, hub: Hub) -> dict[str, Carrier]:
    carriers: dict[str, Carrier] = {Transport.CONVERSATION: ConversationCarrier(database, hub)}
    server = SmtpServer.from_settings(settings)
    if server is not None:
        carriers[Transport.EMAIL] = EmailCarrier(server)
    return carriers


def _install(app: FastAPI, settings: Settings) -> None:
    install_error_handlers(app)
    app.add_middleware(BodyLimit)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.allowed_origins, allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-verification-code"], max_age=3600,
        )  # fmt: skip
    app.add_middleware(RequestLog, metrics=app.state.metrics)
    # Doors are tried in this order: those that are knocked at most come first.
    busy = (routes, socket, operator_routes, operator_socket, service_routes)
    citizens = (feedback_routes, call_back_routes, conversation_attachments)
    desks = (operator_attachments, counts_routes, call_centre)
    for part in (*busy, *citizens, *desks, health, rasa_actions):
        app.include_router(part.router)
    app.include_router(cases_routes.router, responses=refusals(400, 404, 409, 422, 429))
    app.include_router(attachment_routes.router, responses=refusals(400, 404, 409, 413, 422, 429))
    for router in (filing_routes.router, open311_routes.router, open1999.router):
        app.include_router(router)
    # `/console/cases/new` comes before the case of that number; so do the pages beside quality sheets.
    desk = (routes_cases, routes_new_case, routes_bulk, routes_case, routes_files, routes_inbox, outlines)
    rules = (routes_catalogue_edit, routes_catalogue, routes_closures)
    quality = (routes_quality_mine, routes_quality_draws, routes_quality_averages, routes_quality)
    talks = (routes_counts, routes_live, routes_call_backs, routes_replies)
    managed = (*quality, routes_outbox, routes_accounts, routes_audit)
    for console in (console_assets, routes_session, routes_sso, *desk, *rules, *talks, *managed):
        app.include_router(console.router)
    app.include_router(routes_inbox.asked_by_itself)
    app.include_router(docs.router)
    app.include_router(pages.router)
    app.mount("/docs/assets", StaticFiles(directory=DOCS_ASSETS), name="docs_assets")


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.hub.live_in(asyncio.get_running_loop())
    await _sign(app.state.worker)
    watcher = asyncio.create_task(_watch(app.state.knowledge_base, app.state.catalogues))
    recovery = asyncio.create_task(_recover(app.state.turns, several=not app.state.database.is_sqlite))
    living = asyncio.create_task(_live(app))
    news = asyncio.create_task(app.state.news.run() if app.state.news else asyncio.sleep(0))
    worker: OutboxWorker = app.state.outbox_worker
    posting = asyncio.create_task(worker.run())
    keeping = asyncio.create_task(_keep_house(app))
    minding = asyncio.create_task(_mind_operators(app))
    waiting = asyncio.create_task(_mind_waiting(app))
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait({posting}, timeout=_LAST_LETTERS_SECONDS)
        await _end(watcher, recovery, posting, keeping, minding, waiting)
        await app.state.turns.drain()
        if app.state.news is not None:
            await app.state.news.told()
        await _end(news, living)  # others have heard of the last turns, and have not taken them
        await asyncio.to_thread(app.state.worker.close)
        await app.state.http.aclose()
        app.state.database.close()


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


async def _watch(knowledge_base: KnowledgeBase, catalogues: CatalogueShelf) -> None:
    """Take up, aside, what other processes have made: a new index of the FAQ, a new catalogue."""
    while True:
        await asyncio.sleep(_INDEX_LOOK_SECONDS)
        for what, refresh in (("index", knowledge_base.refresh), ("catalogue", catalogues.refresh)):
            try:
                if await asyncio.to_thread(refresh):
                    log.info(f"{what} swapped")
            except Exception:
                log.exception(f"the new {what} was not taken; the old one goes on serving")


async def _keep_house(app: FastAPI) -> None:
    """Once at the start and then every hour: finish what was cut off, throw away what nobody came for."""
    while True:
        for chore in (_move_dues, _sweep_files, _purge_letters, _purge_call_backs):
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


def _move_dues(app: FastAPI) -> None:
    move_dues(app.state.cases)


def _sweep_files(app: FastAPI) -> None:
    app.state.attachments.sweep(app.state.cases.clock())


def _purge_letters(app: FastAPI) -> None:
    with app.state.database.write() as session:
        app.state.mailbox.purge(session)


def _purge_call_backs(app: FastAPI) -> None:
    app.state.call_backs.purge()
