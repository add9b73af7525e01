"""City news over HTTP: reading, subscribing, one's own, one click to leave."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from gateway.identity.views import Actor
from gateway.news.subscriptions import subscribe, subscriptions_of
from gateway.outbox.models import OutboxMessage
from tests.in_process import Gateway
from tests.news.conftest import BOSS, DRAFT, MEI, SANMIN

MAIL = "ming@example.org"
API = "/api/v1/news"
WISH: dict[str, Any] = {"topics": ["traffic"], "districts": [SANMIN], "language": "zh-TW"}


@pytest.fixture
def town(start: Callable[..., Gateway]) -> Gateway:
    """A gateway that knows its own address."""
    return start(public_url="https://1999.example")


def take_in(gateway: Gateway, recipient: str = MAIL) -> str:
    """Somebody who subscribes to traffic of the whole city; their link's token."""
    room = gateway.app.state.subscriptions
    with gateway.database.write() as session:
        subscribe(session, "email", recipient, ["traffic"], [], "zh-TW", room.clock())
    token: str = room._links.token("email", recipient)
    return token


def send(gateway: Gateway, **changes: Any) -> int:
    """News that was written, approved and queued."""
    desk = gateway.app.state.news_desk
    news: int = desk.create(replace(DRAFT, **changes), MEI)
    desk.hand_in(news, 1, MEI)
    desk.approve(news, 2, Actor(BOSS.name, BOSS.role))
    gateway.app.state.news_sending.mind()
    return news


def taken(gateway: Gateway, recipient: str = MAIL) -> bool:
    with gateway.database.read() as session:
        return subscriptions_of(session, "email", recipient) is not None


def test_subscribing_by_a_letter(town: Gateway) -> None:
    asked = town.client.post(f"{API}/subscriptions", json={**WISH, "email": MAIL})
    assert asked.status_code == 202, asked.text
    assert set(asked.json()) == {"confirm_until"}
    assert not taken(town)
    with town.database.read() as session:
        letter = session.scalars(select(OutboxMessage)).one()
    found = re.search(r"https://1999\.example/news#confirm=(\S+)", letter.payload["text"])
    assert found
    confirmed = town.client.post(f"{API}/subscriptions/confirm", json={"token": found[1]})
    assert (confirmed.status_code, confirmed.json()) == (200, WISH)
    assert confirmed.headers["cache-control"] == "no-store"
    assert taken(town)


def test_known_and_unknown_addresses_look_the_same(town: Gateway) -> None:
    take_in(town)
    answers = [
        town.client.post(f"{API}/subscriptions", json={**WISH, "email": one}) for one in (MAIL, "new@a.tw")
    ]
    assert [(one.status_code, set(one.json())) for one in answers] == [(202, {"confirm_until"})] * 2


@pytest.mark.parametrize(
    "body",
    [
        {**WISH}, {**WISH, "email": "x"}, {**WISH, "email": MAIL, "topics": []},
        {**WISH, "email": MAIL, "districts": ["nowhere"]}, {**WISH, "email": MAIL, "language": "fr"},
        {**WISH, "email": MAIL, "more": 1}, [],
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_sent(town: Gateway, body: Any) -> None:
    assert town.client.post(f"{API}/subscriptions", json=body).status_code == 422
    with town.database.read() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_ones_own_by_the_link(town: Gateway) -> None:
    token = take_in(town)
    own = f"{API}/subscriptions/mine"
    assert town.client.post(own, json={"token": token}).json()["topics"] == ["traffic"]
    changed = town.client.put(own, json={"token": token, "topics": ["events"], "language": "en"})
    assert changed.json() == {"topics": ["events"], "districts": [], "language": "en"}
    assert town.client.post(f"{API}/subscriptions/end", json={"token": token}).status_code == 204
    for answer in (
        town.client.post(own, json={"token": token}),
        town.client.post(own, json={"token": token[:-2] + "xx"}),
        town.client.put(own, json={"token": token, "topics": ["events"]}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "subscription_not_found")


def test_one_click_ends_it_and_looking_does_not(town: Gateway) -> None:
    token = take_in(town)
    news = send(town)
    where = f"/news/unsubscribe?t={token}&n={news}"
    page = town.client.get(where)
    assert (page.status_code, 'method="post"' in page.text) == (200, True)
    assert taken(town), "programs that look through mail follow links"
    done = town.client.post(where, data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
    assert (done.status_code, "不會再收到" in done.text) == (200, True)
    assert not taken(town)
    assert town.client.post(where).status_code == 200, "a second click is no mistake"
    for bad in ("/news/unsubscribe", "/news/unsubscribe?t=a.b.c"):
        for answer in (town.client.get(bad), town.client.post(bad)):
            assert (answer.status_code, "連結不完整" in answer.text) == (404, True)


def test_what_has_gone_out_can_be_read_and_nothing_else(town: Gateway) -> None:
    take_in(town)
    markup = "<script>alert(1)</script>"
    sent = send(town, title_zh=markup, title_en="Closed", text_en="Closed on Saturday.", link="https://a.tw/")
    town.app.state.news_desk.create(DRAFT, MEI)
    stopped = send(town)
    town.app.state.news_desk.stop(stopped, "地點有誤", MEI)
    (news,) = town.client.get(API).json()
    assert (news["id"], news["title"], news["link"], news["districts"]) == (sent, markup, "https://a.tw/", [])
    assert town.client.get(f"{API}?language=en").json()[0]["title"] == "Closed"
    assert town.client.get(f"{API}?topic=events").json() == []
    assert town.client.get(f"{API}?topic=sports").status_code == 422


def test_the_pages_load_nothing_from_elsewhere(town: Gateway) -> None:
    token = take_in(town)
    for path in ("/news", f"/news/unsubscribe?t={token}", "/news/unsubscribe?t=x"):
        page = town.client.get(path)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
