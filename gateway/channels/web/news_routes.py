"""City news for citizens: what has gone out, subscribing, and one's own subscription by a letter's link."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from gateway.channels.address import client_address
from gateway.channels.errors import ErrorOut, refusals
from gateway.channels.web.news_schemas import (
    AskedOut,
    ChangeIn,
    NewsOut,
    SubscribeIn,
    SubscriptionOut,
    TokenIn,
)
from gateway.news.errors import ConfirmationOver, SubscriptionNotFound
from gateway.news.links import PAGE, UNSUBSCRIBE
from gateway.news.reading import recent
from gateway.news.rules import Topic
from gateway.news.subscriptions import Subscriptions

API: Final = "/api/v1/news"
TEMPLATES: Final = Path(__file__).parent / "templates"
REFUSED: Final = refusals(400, 404, 413, 422, 429)
OVER: Final[dict[int | str, dict[str, Any]]] = {
    ConfirmationOver.status: {"model": ErrorOut, "description": ConfirmationOver.en}
}
_PRIVATE: Final = {"cache-control": "no-store"}
LinkToken = Annotated[str, Query(max_length=200)]
LinkNews = Annotated[int, Query(ge=1, le=2**31 - 1)]
router = APIRouter(tags=["news"])


@router.get(API, response_model=list[NewsOut], responses=refusals(422))
def news(
    request: Request, topic: Topic | None = None, language: Literal["zh-TW", "en"] = "zh-TW"
) -> list[NewsOut]:
    """The latest news that has gone out and still holds."""
    with request.app.state.database.read() as session:
        found = recent(session, _room(request).clock(), topic)
        return [NewsOut.of(one, language == "en") for one in found]


@router.post(f"{API}/subscriptions", status_code=202, response_model=AskedOut, responses=REFUSED)
def subscribe(request: Request, response: Response, wish: SubscribeIn) -> AskedOut:
    """Send the link that confirms a subscription; nothing begins before. Says nothing of what there was."""
    state = request.app.state
    state.limits.check("filing", client_address(request, state.settings))
    response.headers.update(_PRIVATE)
    base = state.settings.public_url or str(request.base_url)
    with state.database.write() as session:
        until = _room(request).ask(
            session, wish.email, wish.topics, wish.districts, wish.language, f"{base.rstrip('/')}{PAGE}"
        )
    return AskedOut(confirm_until=until.isoformat())


@router.post(f"{API}/subscriptions/confirm", response_model=SubscriptionOut, responses={**REFUSED, **OVER})
def confirm(request: Request, response: Response, given: TokenIn) -> SubscriptionOut:
    """Begin the subscription that a link confirms; a second time it stays as it is."""
    _count(request, response)
    with request.app.state.database.write() as session:
        return SubscriptionOut.of(_room(request).confirm(session, given.token))


@router.post(f"{API}/subscriptions/mine", response_model=SubscriptionOut, responses=REFUSED)
def mine(request: Request, response: Response, given: TokenIn) -> SubscriptionOut:
    """What the holder of a letter's link takes."""
    _count(request, response)
    with request.app.state.database.read() as session:
        return SubscriptionOut.of(_room(request).mine(session, given.token))


@router.put(f"{API}/subscriptions/mine", response_model=SubscriptionOut, responses=REFUSED)
def change(request: Request, response: Response, wish: ChangeIn) -> SubscriptionOut:
    """Take something else from now on."""
    _count(request, response)
    with request.app.state.database.write() as session:
        standing = _room(request).change(session, wish.token, wish.topics, wish.districts, wish.language)
    return SubscriptionOut.of(standing)


@router.post(f"{API}/subscriptions/end", status_code=204, responses=REFUSED)
def end(request: Request, response: Response, given: TokenIn) -> None:
    """Take nothing any more."""
    _count(request, response)
    with request.app.state.database.write() as session:
        _room(request).leave(session, given.token)


@router.get(PAGE, include_in_schema=False)
def page() -> Response:
    """The citizen's page; tokens stay in the fragment, which no server sees."""
    return _page("news.html")


@router.get(UNSUBSCRIBE, include_in_schema=False)
def ask_to_unsubscribe(request: Request, t: LinkToken = "") -> Response:
    """A button: programs that look through mail follow links, and must not unsubscribe anybody."""
    return _page("news_unsubscribe.html") if _room(request).is_link(t) else _broken()


@router.post(UNSUBSCRIBE, include_in_schema=False)
def unsubscribe(request: Request, t: LinkToken = "", n: LinkNews | None = None) -> Response:
    """End a subscription at once: the page's button, or the mail program's (RFC 8058). Needs no cookie."""
    request.app.state.limits.check("case_lookup", client_address(request, request.app.state.settings))
    try:
        with request.app.state.database.write() as session:
            _room(request).leave(session, t, n)
    except SubscriptionNotFound:
        return _broken()
    return _page("news_unsubscribed.html")


def _room(request: Request) -> Subscriptions:
    room: Subscriptions = request.app.state.subscriptions
    return room


def _count(request: Request, response: Response) -> None:
    state = request.app.state
    state.limits.check("case_lookup", client_address(request, state.settings))
    response.headers.update(_PRIVATE)


def _broken() -> Response:
    return _page("news_broken_link.html", SubscriptionNotFound.status)


def _page(name: str, status: int = 200) -> Response:
    return FileResponse(TEMPLATES / name, status, {"cache-control": "no-cache"})
