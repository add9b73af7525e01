"""Asking ClamAV's daemon about a file, where the city runs one. Protocol: clamd(8), INSTREAM."""

from __future__ import annotations

import socket
import struct
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from gateway.cases.attachments.errors import AttachmentInfected, ScannerUnavailable

log = structlog.get_logger()
DEFAULT_PORT = 3310
_PIECE = 65_536
_ANSWER_MAX = 4096
_CLEAN = b"stream: OK"
_FOUND = b" FOUND"


class Scanner(Protocol):
    """Says nothing of a clean file."""

    def check(self, data: bytes) -> None:
        """Raises AttachmentInfected, or ScannerUnavailable when nobody can tell."""


class NoScanner:
    """No scanner is configured: everything passes."""

    def check(self, data: bytes) -> None:
        """Nothing to ask."""


class Clamd:
    """The daemon at `tcp://host[:port]` or `unix:/path`; nothing passes while it does not answer."""

    def __init__(self, address: str, timeout: float = 30.0) -> None:
        self._address = address
        self._timeout = timeout

    def check(self, data: bytes) -> None:
        """Raises AttachmentInfected, or ScannerUnavailable."""
        try:
            answer = self._ask(data)
        except OSError as error:
            log.error("the virus scanner does not answer", error=type(error).__name__)
            raise ScannerUnavailable from error
        if answer.endswith(_FOUND):
            log.warning("a virus was refused", found=answer.decode("ascii", "replace"))
            raise AttachmentInfected
        if answer != _CLEAN:
            log.error("the virus scanner refuses", answer=answer[:100].decode("ascii", "replace"))
            raise ScannerUnavailable

    def _ask(self, data: bytes) -> bytes:
        with self._connected() as connection:
            connection.sendall(b"zINSTREAM\0")
            for at in range(0, len(data), _PIECE):
                piece = data[at : at + _PIECE]
                connection.sendall(struct.pack(">I", len(piece)) + piece)
            connection.sendall(struct.pack(">I", 0))
            answer = b""
            while len(answer) < _ANSWER_MAX and (piece := connection.recv(_ANSWER_MAX)):
                answer += piece
        return answer.strip(b"\0\n ")

    def _connected(self) -> socket.socket:
        parts = urlsplit(self._address)
        if parts.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self._timeout)
            connection.connect(parts.path)
            return connection
        return socket.create_connection((parts.hostname, parts.port or DEFAULT_PORT), self._timeout)


def scanner_at(address: str | None) -> Scanner:
    """The scanner of the settings."""
    return Clamd(address) if address else NoScanner()
