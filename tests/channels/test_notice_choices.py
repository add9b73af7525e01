"""The page and the one click behind the link of a notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.outbox.preferences import Preferences
from tests.in_process import Gateway

MAIL = "citizen@example.org"
PATH = "/api/v1/notices/preferences"


def token(gateway: Gateway, group: str = "progress", transport: str = "email") -> str:
    return str(gateway.app.state.choices.token(transport, MAIL, group))


def wanted(answer: dict[str, Any]) -> dict[str, bool]:
    return {one["group"]: one["wanted"] for one in answer["groups"]}


def refused(gateway: Gateway) -> list[str]:
    with gateway.database.read() as session:
        groups = ("answers", "progress", "rating", "news")
        return [group for group in groups if not Preferences.allows(session, "email", MAIL, group)]


def test_the_page_shows_and_changes_what_is_wanted(gateway: Gateway) -> None:
    opened = token(gateway)
    first = gateway.client.post(PATH, json={"token": opened})
    assert first.headers["cache-control"] == "no-store"
    assert wanted(first.json()) == dict.fromkeys(("answers", "progress", "rating", "news"), True)
    assert [one["group"] for one in first.json()["groups"] if one["required"]] == ["answers"]
    choice = {"progress": False, "rating": False, "answers": True}
    changed = gateway.client.post(PATH, json={"token": opened, "wanted": choice})
    assert wanted(changed.json()) == {"answers": True, "progress": False, "rating": False, "news": True}
    assert refused(gateway) == ["progress", "rating"]
    gateway.client.post(PATH, json={"token": opened, "wanted": {"rating": True}})
    assert refused(gateway) == ["progress"]


def test_nothing_is_said_about_whose_address_it_is(gateway: Gateway) -> None:
    answer = gateway.client.post(PATH, json={"token": token(gateway)})
    assert MAIL not in answer.text
    assert "citizen" not in answer.text


def test_one_click_stops_the_group_of_the_notice_and_looking_changes_nothing(gateway: Gateway) -> None:
    address = f"/api/v1/notices/unsubscribe/{token(gateway)}"
    looked = gateway.client.get(address, follow_redirects=False)
    assert (looked.status_code, refused(gateway)) == (303, [])
    assert looked.headers["location"] == f"/notices#{token(gateway)}"
    for _ in range(2):
        clicked = gateway.client.post(address, data={"List-Unsubscribe": "One-Click"})
        assert (clicked.status_code, refused(gateway)) == (200, ["progress"])
    assert gateway.client.get("/notices").status_code == 200


def test_a_link_that_is_not_ours_opens_nothing(gateway: Gateway) -> None:
    for wrong in ("x", token(gateway)[:-1], "é"):
        assert gateway.client.post(PATH, json={"token": wrong}).status_code == 404
        assert gateway.client.post(f"/api/v1/notices/unsubscribe/{wrong}").status_code == 404
    assert (
        gateway.client.post(PATH, json={"token": token(gateway), "wanted": {"spam": True}}).status_code == 422
    )


def test_looking_is_limited(start: Callable[..., Gateway]) -> None:
    gateway = start(rate_case_lookup="2/minute")
    codes = [gateway.client.post(PATH, json={"token": "x"}).status_code for _ in range(3)]
    assert codes == [404, 404, 429]
