"""City news at the desk: the list, and one piece of news with its previews, its figures and its history."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.console.listing import Column, Listing, ListState
from gateway.console.news_desk import BASE, EDITOR, TONES, Editor, NewsId, NewsWords, desk_of
from gateway.console.routes_session import frame_of
from gateway.errors import PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.news import reading
from gateway.news.letters import News, payload_of
from gateway.news.links import PAGE, UNSUBSCRIBE
from gateway.news.models import NewsCampaign
from gateway.news.rules import LAW, NOTE_MAX, TOPIC_NAMES, Act, State, acts_for, passes_quiet_hours
from gateway.news.segments import counts, reach, segment_of

COLUMNS: Final = (
    Column("title", "news.field.title"),
    Column("state", "news.state"),
    Column("topic", "news.field.topic"),
    Column("area", "news.field.area", extra=True),
    Column("send_at", "news.times", extra=True),
    Column("authors", "news.authors", extra=True),
    Column("changed", "news.changed", sortable=True, extra=True),
)
FILTERS: Final = ("state", "topic")
SORTS: Final = {"changed": NewsCampaign.changed_at}
BEGUN: Final = frozenset({State.SENDING, State.SENT, State.STOPPED})
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


@router.get(BASE)
def news(request: Request) -> Response:
    """Every piece of news that was not discarded."""
    state = ListState.read(BASE, request.query_params, filters=FILTERS, sorts=SORTS, default_sort="-changed")
    order = SORTS[state.sort].desc() if state.descending else SORTS[state.sort].asc()
    with request.app.state.database.read() as session:
        rows, total = reading.page_of(
            session, state=state.filters.get("state", ""), topic=state.filters.get("topic", ""),
            offset=state.offset, limit=state.size, order=order,
        )  # fmt: skip
        return frame_of(request).render(
            request, "news/list.html", listing=Listing(state, COLUMNS, rows, total), tones=TONES,
            words=NewsWords(request, session), states=list(State), topics=TOPIC_NAMES,
        )  # fmt: skip


@router.get(BASE + "/{news_id}")
def one(request: Request, staff: Editor, news_id: NewsId) -> Response:
    """One piece of news: how it arrives, at how many, what may be done, and what became of it."""
    with request.app.state.database.read() as session:
        return news_page(request, session, staff, news_id)


def news_page(
    request: Request, session: Session, staff: Staff, news_id: int, refused: PlatformError | None = None
) -> Response:
    """The page of a piece of news. Raises NewsNotFound."""
    news = reading.campaign(session, news_id)
    state = State(news.state)
    held = [permission for permission in Permission if staff.may(permission)]
    acts = acts_for(state, staff.username, news.authors, held)
    waits = LAW.get((state, Act.APPROVE)) or LAW.get((state, Act.RESUME))
    at_once = passes_quiet_hours(news.topic, news.urgent)
    return frame_of(request).render(
        request, "news/one.html", refused.status if refused else 200, news=news, refused=refused, acts=acts,
        tones=TONES, words=NewsWords(request, session), topics=TOPIC_NAMES, note_max=NOTE_MAX,
        own=bool(waits and staff.may(Permission.NEWS_APPROVE) and staff.username in news.authors),
        with_reason={act for (_, act), move in LAW.items() if move.with_reason},
        previews=_previews(request, news), reached=reach(session, segment_of(news)),
        counts=counts(session, news.id) if state in BEGUN or news.started_at else None,
        history=reading.history(session, news.id), begun=BEGUN, passes_night=at_once,
        rate=news.per_minute or request.app.state.settings.news_per_minute,
        quiet=request.app.state.settings.quiet_hours, no_address=not desk_of(request).public_url,
        moving=state in {State.SCHEDULED, State.SENDING},
    )  # fmt: skip


def _previews(request: Request, news: NewsCampaign) -> dict[tuple[str, str], dict[str, Any]]:
    """The letter by each channel in each language, with somebody's links shortened."""
    base = (desk_of(request).public_url or str(request.base_url)).rstrip("/")
    manage, unsubscribe = f"{base}{PAGE}#mine=…", f"{base}{UNSUBSCRIBE}?t=…"
    return {
        (transport, language): payload_of(News.of(news), transport, language, manage, unsubscribe)
        for transport in news.transports
        for language in news.languages
    }
