"""What every answer carries: security headers, an id, and leave for the origins in the settings."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.in_process import Gateway

FRIEND, STRANGER = "https://district.example", "https://evil.example"


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/", 200),
        ("GET", "/embed-example", 200),
        ("GET", "/widget.js", 200),
        ("GET", "/static/home.css", 200),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/nothing", 404),
        ("PUT", "/healthz", 405),
        ("POST", "/api/v1/conversations", 422),
        ("GET", "/api/v1/conversations/x/messages", 401),
        ("GET", "/api/v1/cases/x", 404),
        ("POST", "/rasa/actions", 404),
    ],
)
def test_every_answer_is_guarded(gateway: Gateway, method: str, path: str, status: int) -> None:
    answer = gateway.client.request(method, path)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "object-src 'none'" in policy
    assert "unsafe-eval" not in policy and "*" not in policy
    assert "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
    assert "server" not in answer.headers


def test_a_page_elsewhere_may_talk_only_if_it_is_named(start: Callable[..., Gateway]) -> None:
    gateway = start(allowed_origins=[FRIEND])
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    allowed = gateway.client.options("/api/v1/conversations", headers={"origin": FRIEND, **asked})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, FRIEND)
    refused = gateway.client.options("/api/v1/conversations", headers={"origin": STRANGER, **asked})
    assert refused.status_code == 400 and "access-control-allow-origin" not in refused.headers
    opened = gateway.client.post("/api/v1/conversations", json={}, headers={"origin": FRIEND})
    assert opened.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in opened.headers
    seen = gateway.client.post("/api/v1/conversations", json={}, headers={"origin": STRANGER})
    assert "access-control-allow-origin" not in seen.headers


def test_a_page_elsewhere_can_read_what_went_wrong(
    start: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = start(allowed_origins=[FRIEND])
    refused = gateway.client.post("/api/v1/conversations", content="x" * 100_000, headers={"origin": FRIEND})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (413, FRIEND)

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(gateway.app.state.conversations, "create", fail)
    broken = gateway.client.post("/api/v1/conversations", json={}, headers={"origin": FRIEND})
    assert (broken.status_code, broken.headers["access-control-allow-origin"]) == (500, FRIEND)


def test_without_named_origins_no_other_page_may_talk(gateway: Gateway) -> None:
    opened = gateway.client.post("/api/v1/conversations", json={}, headers={"origin": FRIEND})
    assert "access-control-allow-origin" not in opened.headers


def test_any_page_may_load_the_widget(gateway: Gateway) -> None:
    for path in ("/widget.js", "/static/widget/api.js"):
        assert gateway.client.get(path).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/", "/embed-example", "/docs"])
def test_no_page_names_another_host(gateway: Gateway, path: str) -> None:
    page = gateway.client.get(path)
    loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*?(?:src|href)=\"([^\"]+)\"", page.text)
    assert loaded
    for address in loaded:
        assert "://" not in address and not address.startswith("//"), address
        assert gateway.client.get(f"/{address.lstrip('/')}").status_code == 200, address


def test_no_page_runs_a_script_of_its_own(gateway: Gateway) -> None:
    for path in ("/", "/embed-example", "/docs"):
        page = gateway.client.get(path).text
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), path
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", page), path


def test_cases_are_not_kept_by_browsers(gateway: Gateway) -> None:
    answer = gateway.client.get("/api/v1/cases/x")
    assert answer.headers.get("cache-control", "no-store") == "no-store"
