"""A process that files cases and works on them until it is killed; it says what was promised, and only that.

    python -m tests.cases.crash_child DATABASE_URL PREFIX WHERE TURN

WHERE is `before_commit` or `after_commit`: in that moment of transaction TURN it kills itself with
SIGKILL. `outside`: it goes on until somebody else does.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from itertools import count
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.rules import Act
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.settings import Settings
from tests.cases.conftest import NOW
from tests.cases.life import Life


def main() -> None:
    """File a case, act on it, tell the number after each commit; again and again."""
    url, prefix, where, turn = sys.argv[1:]
    database = Database(url)
    settings = Settings(data_dir=Path(tempfile.gettempdir()), secret_key="a key for the tests")
    cases = CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings, clock=lambda: NOW)
    turns = count(1)

    def die(_it: object) -> None:
        if next(turns) == int(turn):
            os.kill(os.getpid(), signal.SIGKILL)

    if where == "before_commit":
        # The session's own event of that name speaks of savepoints too.
        event.listen(database.engine, "commit", die)
    elif where == "after_commit":
        event.listen(Session, "after_commit", die)
    for index in count():
        new = NewCase(
            kind="dispatch", item_code="road_pothole", description="巷口路面破一個大洞",
            origin_key=f"{prefix}-{index}", received_at=NOW, channel="web_chat", district="三民區",
            contact_email="a@example.org",
        )  # fmt: skip
        with database.write() as session:
            number = Life(cases, session).file(new)
        sys.stdout.write(f"told {number} 2\n")
        sys.stdout.flush()
        with database.write() as session:
            state = Life(cases, session).do(number, Act.ACCEPT)
        sys.stdout.write(f"told {number} {state.version}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
