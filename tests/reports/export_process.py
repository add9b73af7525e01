"""Makes files until it is killed: `python -m tests.reports.export_process URL FOLDER LEASE_SECONDS ROW`.

At row number ROW (0: never) it says so and waits to be killed.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.database import Database
from gateway.reports.exports import making
from tests.reports.conftest import Office


def main() -> None:
    """Do what was asked for."""
    url, folder, lease, stops_at = sys.argv[1:]
    making._TELL_SECONDS = 0  # type: ignore[misc]
    office = Office(Database(url), Path(folder), lease=timedelta(seconds=float(lease)))

    def pause(row: int) -> None:
        if row == int(stops_at):
            sys.stdout.write("in the middle\n")
            sys.stdout.flush()
            signal.pause()

    office.sample.pause = pause
    asyncio.run(office.worker(clock=lambda: datetime.now(UTC), look_seconds=0.1).run())


if __name__ == "__main__":
    main()
