"""`wanshitong worker` with leases that end soon: `python -m tests.outbox.worker_process SECONDS`."""

from __future__ import annotations

import sys
from datetime import timedelta

from gateway.cli import root
from gateway.outbox import rules

if __name__ == "__main__":
    rules.LEASE = timedelta(seconds=float(sys.argv[1]))
    root(["worker"], standalone_mode=True)
