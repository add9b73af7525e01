"""Sends what is due as soon as it is told to: `python -m tests.reports.sending_process URL NOW`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from gateway.database import Database
from tests.reports.conftest import Office
from tests.reports.test_saved import sending

if __name__ == "__main__":
    office = Office(Database(sys.argv[1]), Path("unused"))
    office.clock[0] = datetime.fromisoformat(sys.argv[2])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(f"{sending(office).mind()}\n")
