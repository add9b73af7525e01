"""An application of these tests behind a real server, in a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from gateway.channels.sockets import FRAME_MAX_BYTES
from tests.platform import free_port

START_SECONDS = 60
LOOK_EVERY = 0.02


@contextmanager
def served(app: FastAPI, port: int | None = None) -> Iterator[str]:
    """Serve it on this or a free port, with the limits of the real server; its address."""
    port = port or free_port()
    config = uvicorn.Config(
        app, "127.0.0.1", port, log_level="warning", lifespan="on", ws_max_size=FRAME_MAX_BYTES
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
    assert server.started, "the gateway did not start"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
