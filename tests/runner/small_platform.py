"""The runner over two small programs: `python -m tests.runner.small_platform FOLDER`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gateway.runner.keeper import Child
from gateway.runner.manager import Keepers

# A shell that waits for a grandchild, as a server with a worker does.
WITH_WORKER = "sleep 1000 & echo worker $!; wait"


def main() -> int:
    """Keep both running until told to stop."""
    folder = Path(sys.argv[1])
    keepers = Keepers(sys.stdout, lambda running: running.tell("watching"))
    for name in ("one", "two"):
        command = ["sh", "-c", WITH_WORKER]
        keepers.keep(Child(name, command, dict(os.environ), folder, folder / f"{name}.pid"))
    keepers.loop()
    return keepers.exit_code


if __name__ == "__main__":
    sys.exit(main())
