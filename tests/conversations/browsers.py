"""A browser that has subscribed to web push, with the keys by which only it can read."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.conversations.push import Browser


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class RealBrowser:
    """Its private half stays here."""

    endpoint: str = "https://fcm.googleapis.com/fcm/send/abc"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def told(self) -> Browser:
        """What it tells the platform."""
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return Browser(self.endpoint, base64url(point), base64url(self.secret))

    @property
    def body(self) -> dict[str, Any]:
        """The same as the interface takes it."""
        told = self.told
        return {"endpoint": told.endpoint, "keys": {"p256dh": told.p256dh, "auth": told.auth}}

    def read(self, sealed: bytes) -> dict[str, Any]:
        """What a push service handed over."""
        opened = http_ece.decrypt(sealed, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        told: dict[str, Any] = json.loads(opened)
        return told
