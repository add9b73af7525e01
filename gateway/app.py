"""Assembles the ASGI application; nothing else knows every room."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from actions.registry import build_executor
from gateway.answers.service import AnswerDesk
from gateway.answers.trials import Trials
from gateway.answers.unanswered import Gathering
from gateway.audit.service import AuditTrail
from gateway.carriers import line_out, outbox_worker, webhook_destinations
from gateway.cases.attachments.service import AttachmentService
from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue_shelf import CatalogueShelf
from gateway.cases.duplicates import DuplicateService
from gateway.cases.mailbox import Mailbox
from gateway.cases.service import CaseService
from gateway.channels import health
from gateway.channels.address import client_address
from gateway.channels.limits import RateLimits
from gateway.channels.line.channel import LineChannel, LineOut, accounts_of, open_channel
from gateway.channels.line.codes import LinkCodes
from gateway.channels.line.room import Room
from gateway.channels.operator.board import Board
from gateway.channels.uploads import Uploads
from gateway.console.frame import Frame
from gateway.conversations.dialogue import Dialogue
from gateway.conversations.hub import Hub
from gateway.conversations.known_cases import open_cases_nearby
from gateway.conversations.news import open_news
from gateway.conversations.push import Bell
from gateway.conversations.push_carrier import PushServices, public_key, vapid_of
from gateway.conversations.service import ConversationService
from gateway.conversations.turn import Brain, TurnRunner
from gateway.database import Database
from gateway.database.worker import Worker
from gateway.doors import install
from gateway.handoff.call_backs import CallBacks
from gateway.handoff.line import Line
from gateway.handoff.offers import Offers
from gateway.handoff.outlook import Outlook
from gateway.handoff.service import Handoffs
from gateway.handoff.silence import Silence
from gateway.handoff.telling import hours_when_nobody_is_there, told_of_line
from gateway.identity.sealing import Sealer
from gateway.identity.service import IdentityService
from gateway.identity.sso import SingleSignOn
from gateway.language_model.service import open_language_model
from gateway.news.links import Links
from gateway.news.sending import NewsSending
from gateway.news.service import NewsDesk
from gateway.news.subscriptions import Subscriptions
from gateway.outbox.choices import ChoiceLinks
from gateway.outbox.webhooks.service import Webhooks
from gateway.places.service import Places
from gateway.quality.drawing import Drawing
from gateway.quality.service import Assessments
from gateway.rasa.client import RasaClient
from gateway.reporting import open_reports
from gateway.running import lifespan
from gateway.settings import Settings
from knowledge_base.service import KnowledgeBase


def create_app(settings: Settings, brain: Brain | None = None) -> FastAPI:
    """The gateway. `brain` stands in for Rasa in tests; everything else is always real."""
    database = Database(settings.database)
    answers = AnswerDesk.open(database, AuditTrail(settings.signing_key()), settings)
    knowledge_base = KnowledgeBase.open(settings)
    catalogues = CatalogueShelf.open(database, settings)
    places = Places.load()
    cases = CaseService(database, catalogues, OfficeCalendar.load(), settings)
    worker = Worker(database)
    conversations = ConversationService(database, cases, settings, worker)
    duplicates = DuplicateService(catalogues.current, settings)
    handoffs = Handoffs(database, settings)
    conversations.told_of_line = partial(told_of_line, handoffs)
    hours = partial(hours_when_nobody_is_there, handoffs, ZoneInfo(settings.timezone))
    metrics, hub = health.Metrics(), Hub()
    model = open_language_model(settings, metrics.model_called)
    known_cases = partial(open_cases_nearby, database, duplicates, cases.clock)
    dialogue = Dialogue(knowledge_base, catalogues.current, places, cases, known_cases, hours, model)
    http = httpx.AsyncClient(limits=httpx.Limits(max_connections=200, max_keepalive_connections=50))
    thinker = brain or RasaClient(settings, http)
    news = open_news(settings, hub, worker.id, lambda: worker.count - 1)

    app = FastAPI(
        title="萬事通 1999", version="0.1.0", docs_url=None, redoc_url=None,
        lifespan=lifespan, description="The citizen-service platform's HTTP interface.",
    )  # fmt: skip
    state = app.state
    state.settings, state.database, state.knowledge_base = settings, database, knowledge_base
    state.answers, state.catalogues, state.gathering = answers, catalogues, Gathering(knowledge_base)
    state.trials = Trials(answers, knowledge_base, settings.evaluation_set)
    state.places, state.cases, state.conversations = places, cases, conversations
    state.brain, state.hub, state.http = thinker, hub, http
    state.worker, state.news = worker, news
    state.limits = RateLimits(settings)
    state.address_of = partial(client_address, settings=settings)
    state.identity = IdentityService(database, settings, AuditTrail(settings.signing_key()))
    state.sso = SingleSignOn(database, settings)
    state.attachments = AttachmentService(database, settings)
    state.uploads = Uploads(state.attachments)
    state.duplicates, state.mailbox = duplicates, Mailbox(cases, places, settings.signing_key())
    state.frame = Frame(settings)
    state.page_of_error = state.frame.refuse
    out = line_out(settings, database, hub, cases.outbox)
    state.choices = ChoiceLinks.of(settings)
    state.handoffs = handoffs
    _ways_out(app, settings, out)
    _open_desk(app, settings)
    _open_news_rooms(app, cases, places, settings)
    open_reports(app, settings)
    state.metrics, state.language_model = metrics, model
    state.turns = TurnRunner(conversations, dialogue, thinker, hub, state.metrics.turn_finished)
    state.action_executor = build_executor(dialogue, conversations)
    state.line_channel = _line(app, settings, out)
    install(app, settings)
    return app


def _ways_out(app: FastAPI, settings: Settings, line: LineOut | None) -> None:
    """What leaves the house: browsers that are told, webhooks, and the worker that carries it all."""
    state, cases = app.state, app.state.cases
    if settings.web_push:
        state.handoffs.ring = Bell(cases.outbox).ring
    state.push_key = public_key(vapid_of(settings)) if settings.web_push else None
    state.push_services = PushServices.from_names(settings.web_push_services) if settings.web_push else None
    state.webhooks = Webhooks(cases.outbox, cases.trail, Sealer(settings.signing_key()))
    state.destinations = webhook_destinations(settings)
    state.outbox_worker = outbox_worker(settings, state.database, state.hub, line)
    cases.outbox.when_written(state.outbox_worker.wake)


def _open_news_rooms(app: FastAPI, cases: CaseService, places: Places, settings: Settings) -> None:
    rooms = (room(app.state.database, cases.trail, settings) for room in (NewsDesk, NewsSending))
    app.state.news_desk, app.state.news_sending = rooms
    districts = [district.code for district in places.districts]
    app.state.subscriptions = Subscriptions(cases.outbox, Links(settings.signing_key()), districts)


def _open_desk(app: FastAPI, settings: Settings) -> None:
    """What the staff who lead conversations work with."""
    state, zone = app.state, ZoneInfo(settings.timezone)
    handoffs, trail = state.handoffs, state.cases.trail
    state.offers, state.silence = Offers(handoffs, settings), Silence(handoffs, settings)
    state.drawing, state.quality = (room(state.database, trail, zone) for room in (Drawing, Assessments))
    state.line, state.outlook = Line(handoffs, settings), Outlook(handoffs)
    state.call_backs = CallBacks(handoffs, trail, settings)
    state.board = Board(state.database, handoffs)


def _line(app: FastAPI, settings: Settings, out: LineOut | None) -> LineChannel | None:
    if settings.line_channel_secret is None or out is None:
        return None
    state = app.state
    room = Room(
        database=state.database, settings=settings, clock=state.cases.clock,
        accounts=accounts_of(state.database, settings),
        codes=LinkCodes(state.database, state.cases, settings.signing_key()), sender=out.sender,
        conversations=state.conversations, turns=state.turns, cases=state.cases,
        attachments=state.attachments, places=state.places, limits=state.limits, hub=state.hub,
        handoffs=state.handoffs, http=state.http,
    )  # fmt: skip
    return open_channel(settings.line_channel_secret.get_secret_value(), room, out, state.worker)
