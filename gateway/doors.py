"""Every door of the gateway; nothing else knows them all."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles

from gateway.cases import routes as cases_routes
from gateway.cases.attachments import routes as attachment_routes
from gateway.channels import health
from gateway.channels.errors import install_error_handlers, refusals
from gateway.channels.guards import BodyLimit, RequestLog
from gateway.channels.line import code_routes as line_code_routes
from gateway.channels.line import routes as line_routes
from gateway.channels.operator import attachment_routes as operator_attachments
from gateway.channels.operator import call_centre, counts_routes, report_routes
from gateway.channels.operator import routes as operator_routes
from gateway.channels.operator import socket as operator_socket
from gateway.channels.web import attachment_routes as conversation_attachments
from gateway.channels.web import (
    call_back_routes,
    docs,
    feedback_routes,
    filing_routes,
    news_routes,
    notice_routes,
    pages,
    push_routes,
    routes,
    service_routes,
    socket,
)
from gateway.console import assets as console_assets
from gateway.console import (
    outlines,
    routes_accounts,
    routes_answers,
    routes_answers_edit,
    routes_answers_import,
    routes_answers_stale,
    routes_answers_unanswered,
    routes_answers_votes,
    routes_audit,
    routes_behind,
    routes_board,
    routes_bulk,
    routes_call_backs,
    routes_case,
    routes_cases,
    routes_catalogue,
    routes_catalogue_edit,
    routes_closures,
    routes_counts,
    routes_figures,
    routes_files,
    routes_half_year,
    routes_inbox,
    routes_learning,
    routes_live,
    routes_new_case,
    routes_news,
    routes_news_edit,
    routes_notices,
    routes_outbox,
    routes_quality,
    routes_quality_averages,
    routes_quality_draws,
    routes_quality_mine,
    routes_replies,
    routes_report_files,
    routes_report_map,
    routes_report_schedules,
    routes_reports,
    routes_saved_reports,
    routes_session,
    routes_sso,
    routes_webhooks,
)
from gateway.open311 import open1999
from gateway.open311 import routes as open311_routes
from gateway.opendata import routes as opendata_routes
from gateway.rasa import actions as rasa_actions
from gateway.settings import Settings

DOCS_ASSETS = Path(fastapi_offline.__file__).parent / "static"


def install(app: FastAPI, settings: Settings) -> None:
    """Middleware, routers and files, in the order in which they are asked."""
    install_error_handlers(app)
    app.add_middleware(BodyLimit)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.allowed_origins, allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-verification-code"], max_age=3600,
        )  # fmt: skip
    app.add_middleware(RequestLog, metrics=app.state.metrics)
    app.router.routes.extend(_doors().routes)
    app.mount("/docs/assets", StaticFiles(directory=DOCS_ASSETS), name="docs_assets")


@lru_cache(maxsize=1)
def _doors() -> APIRouter:
    """Every router. FastAPI works out their parameters when they are first asked, half a second's work: once
    in a process, however many applications it makes."""
    every = APIRouter()
    # Doors are tried in this order: those that are knocked at most come first.
    busy = (routes, socket, operator_routes, operator_socket, service_routes)
    citizens = (feedback_routes, call_back_routes, conversation_attachments, push_routes)
    desks = (operator_attachments, counts_routes, report_routes, call_centre)
    for part in (*busy, line_routes, *citizens, line_code_routes, *desks, health, rasa_actions):
        every.include_router(part.router)
    every.include_router(cases_routes.router, responses=refusals(400, 404, 409, 422, 429))
    every.include_router(attachment_routes.router, responses=refusals(400, 404, 409, 413, 422, 429))
    forms = (filing_routes, news_routes, notice_routes, open311_routes, open1999)
    for router in (part.router for part in forms):
        every.include_router(router)
    # `/console/cases/new` comes before the case of that number; so do the pages beside quality sheets.
    desk = (routes_cases, routes_new_case, routes_bulk, routes_case, routes_files, routes_inbox, outlines)
    rules = (routes_catalogue_edit, routes_catalogue, routes_closures)
    quality = (routes_quality_mine, routes_quality_draws, routes_quality_averages, routes_quality)
    talks = (routes_counts, routes_live, routes_call_backs, routes_replies)
    lists = (routes_answers_stale, routes_answers_unanswered, routes_answers_votes)
    answers = (routes_answers, routes_answers_edit, routes_answers_import, *lists)
    # `/console/news/new` comes before the news of that number.
    news = (routes_news_edit, routes_news)
    # `/console/reports/{name}` comes after the reports that have pages of their own.
    figures = (routes_half_year, routes_figures, routes_learning, routes_report_map, routes_behind)
    kept = (routes_report_schedules, routes_saved_reports, routes_report_files)
    reports = (*kept, *figures, routes_reports)
    managed = (
        *quality,
        *news,
        *reports,
        routes_outbox,
        routes_notices,
        routes_webhooks,
        routes_accounts,
        routes_audit,
    )
    for console in (console_assets, routes_session, routes_sso, *desk, *rules, *talks, *answers, *managed):
        every.include_router(console.router)
    for router in (routes_board.router, routes_board.open_to_screens, routes_inbox.asked_by_itself):
        every.include_router(router)
    every.include_router(opendata_routes.router)
    every.include_router(docs.router)
    every.include_router(pages.router)
    return every
