"""A small identity provider: real HTTP, real keys; it lies in the ways a test asks for."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "wanshitong", "secret of the client"


@dataclass
class Issuer:
    """What the provider knows and how it behaves."""

    url: str
    now: int
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims of the next ID token that differ from the right ones; None leaves one out."""
    signed_by: RSAKey | None = None
    algorithm: str = "RS256"
    named: str | None = None
    """The issuer in the discovery document, if it is another."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def approve(self, url: str) -> dict[str, str]:
        """Somebody signs in at the page `url`; the parameters with which they are sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"state": asked["state"], "code": code}

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint."""
        self.asked.append(form)
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        right = asked is not None and authorization == basic and asked["code_challenge"] == challenge
        if asked is None or not right or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}

    def _id_token(self, nonce: str) -> str:
        claims = {
            "iss": self.url, "sub": "1", "aud": CLIENT, "iat": self.now, "exp": self.now + 300,
            "nonce": nonce, "preferred_username": "mary", **self.claims,
        }  # fmt: skip
        present = {name: value for name, value in claims.items() if value is not None}
        key = self.signed_by or self.key
        return jwt.encode({"alg": self.algorithm, "kid": "one"}, present, key, [self.algorithm])

    def documents(self) -> dict[str, Any]:
        """What is read by GET."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.named or self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            },
            "/keys": {"keys": [self.key.as_dict(private=False)]},
        }


@contextmanager
def running_issuer(now: int) -> Iterator[Issuer]:
    """An issuer on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = issuer.documents().get(self.path)
            self._answer(200 if document else 404, document or {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*issuer.exchange(form, self.headers.get("authorization", "")))

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", now)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
