"""A process that queues or delivers news until somebody kills it.

python -m tests.news.crash_child URL queue TURN     kills itself before or after commit number TURN
python -m tests.news.crash_child URL deliver PORT   delivers to the recorder at that port until it is killed
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from itertools import count

from sqlalchemy import event
from sqlalchemy.orm import Session

from gateway.database import Database
from gateway.news import sending
from gateway.outbox.queue import Letter
from gateway.outbox.worker import OutboxWorker
from tests.news.conftest import Newsroom


class ToRecorder:
    """Hands letters to the recorder in the other process, which answers when it has them."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def deliver(self, letter: Letter) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"{letter.key}\n".encode())
            await writer.drain()
            await reader.readline()
        finally:
            writer.close()


def queue(newsroom: Newsroom, turn: int) -> None:
    """Queue in small steps and die in the middle: at even turns before a commit, at odd ones after it."""
    sending.BATCH = 10  # type: ignore[misc]
    turns = count(1)

    def die(_it: object) -> None:
        if next(turns) == turn // 2 + 1:
            os.kill(os.getpid(), signal.SIGKILL)

    if turn % 2:
        event.listen(Session, "after_commit", die)
    else:
        event.listen(newsroom.database.engine, "commit", die)
    newsroom.sending.mind()


def main() -> None:
    """Do what was asked for."""
    url, what, number = sys.argv[1:]
    newsroom = Newsroom(Database(url))
    if what == "queue":
        queue(newsroom, int(number))
    else:
        carriers = {"email": ToRecorder(int(number))}
        asyncio.run(OutboxWorker(newsroom.database, carriers, look_seconds=0.2).run())


if __name__ == "__main__":
    main()
