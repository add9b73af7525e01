"""Writing city news, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.news_desk import (
    BASE,
    EDITOR,
    Editor,
    NewsId,
    NewsWords,
    Note,
    Revision,
    Typed,
    acting,
    desk_of,
    zone_of,
)
from gateway.console.routes_news import news_page
from gateway.console.routes_session import frame_of
from gateway.errors import Conflict, InvalidInput, PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Actor
from gateway.news import reading
from gateway.news.drafts import EMPTY, FASTEST, LINK_MAX, TEXT_MAX, TITLE_MAX, Draft, as_form, draft_of
from gateway.news.errors import InvalidNews, NewsActRefused, StaleNews
from gateway.news.rules import CARRIED_BY, LANGUAGES, TOPIC_NAMES, Act, State, move_of
from gateway.news.service import NewsDesk

NEW: Final = f"{BASE}/new"
_APPROVALS: Final = frozenset({Act.APPROVE, Act.RESUME})
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


@router.get(NEW)
def new_form(request: Request) -> Response:
    """The form for news."""
    return _form(request, EMPTY)


@router.post(NEW, dependencies=[CHECKED])
def create(request: Request, staff: Editor, typed: Typed) -> Response:
    """Keep new news as a draft; its page shows how it arrives."""
    try:
        news_id = desk_of(request).create(_draft(request, typed), acting(staff))
    except InvalidNews as refused:
        return _form(request, typed, refused=refused)
    return frame_of(request).redirect(request, f"{BASE}/{news_id}", "news.done.save")


@router.get(BASE + "/{news_id}/edit")
def edit_form(request: Request, news_id: NewsId) -> Response:
    """The form of a draft. Raises NewsActRefused where it may not be changed any more."""
    with request.app.state.database.read() as session:
        news = reading.campaign(session, news_id)
        move_of(State(news.state), Act.SAVE)
        return _form(request, as_form(news, zone_of(request)), news_id, news.revision)


@router.post(BASE + "/{news_id}/edit", dependencies=[CHECKED])
def save(request: Request, staff: Editor, news_id: NewsId, typed: Typed, revision: Revision) -> Response:
    """Keep the draft."""
    try:
        desk_of(request).save(news_id, _draft(request, typed), revision, acting(staff))
    except (InvalidNews, StaleNews) as refused:
        return _form(request, typed, news_id, revision, refused)
    return frame_of(request).redirect(request, f"{BASE}/{news_id}", "news.done.save")


@router.post(BASE + "/{news_id}/acts/{act}", dependencies=[CHECKED])
def do(
    request: Request, staff: Editor, news_id: NewsId, act: Act, revision: Revision, note: Note = ""
) -> Response:
    """What the law lets people do with it."""
    if act not in _ACTS:
        raise NewsActRefused(f"{act} is not done by a button")
    permission = Permission.NEWS_APPROVE if act in _APPROVALS else Permission.NEWS_EDIT
    try:
        _ACTS[act](desk_of(request), news_id, revision, note, acting(staff, permission))
    except (InvalidInput, Conflict) as refused:
        with request.app.state.database.read() as session:
            return news_page(request, session, staff, news_id, refused)
    return frame_of(request).redirect(request, f"{BASE}/{news_id}", f"news.done.{act}")


_ACTS: Final[Mapping[Act, Callable[[NewsDesk, int, int, str, Actor], object]]] = {
    Act.HAND_IN: lambda desk, news_id, revision, _, by: desk.hand_in(news_id, revision, by),
    Act.DISCARD: lambda desk, news_id, revision, _, by: desk.discard(news_id, revision, by),
    Act.RETURN: lambda desk, news_id, revision, note, by: desk.send_back(news_id, revision, note, by),
    Act.APPROVE: lambda desk, news_id, revision, _, by: desk.approve(news_id, revision, by),
    Act.STOP: lambda desk, news_id, _, note, by: desk.stop(news_id, note, by),
    Act.RESUME: lambda desk, news_id, revision, _, by: desk.resume(news_id, revision, by),
}


def _draft(request: Request, typed: Mapping[str, Any]) -> Draft:
    codes = [one.code for one in request.app.state.places.districts]
    return draft_of(typed, codes, zone_of(request), desk_of(request).clock())


def _form(
    request: Request, form: Mapping[str, Any], news_id: int = 0, revision: int = 0,
    refused: PlatformError | None = None,
) -> Response:  # fmt: skip
    problems = refused.problems if isinstance(refused, InvalidNews) else {}
    with request.app.state.database.read() as session:
        words = NewsWords(request, session)
    limits = {"title": TITLE_MAX, "text": TEXT_MAX, "link": LINK_MAX, "rate": FASTEST}
    return frame_of(request).render(
        request, "news/edit.html", refused.status if refused else 200, form=form, news_id=news_id,
        revision=revision, refused=refused, problems=problems, words=words, topics=TOPIC_NAMES,
        transports=CARRIED_BY, languages=LANGUAGES, limits=limits,
        usual=request.app.state.settings.news_per_minute,
    )  # fmt: skip
