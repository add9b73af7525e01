"""Start a program that cannot outlive whoever started it: `python tether.py PARENT_PID PROGRAM ARGS…`.

As a script it sets the tie and then becomes the program. Linux ends the program as soon as its parent is
gone, even after `kill -9`; elsewhere the runner's own shutdown has to do.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, number: signal.Signals) -> None:
    """Have the kernel send `number` when the parent dies; exit at once if that has happened already."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, number) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused to tie this process to its parent")
    if os.getppid() != parent:
        sys.exit(1)


def main() -> None:
    """Tie, give the program ordinary signals, become it."""
    end_with_parent(int(sys.argv[1]), signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main()
