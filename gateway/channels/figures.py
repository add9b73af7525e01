"""Where Prometheus' figures are kept: in this process, or in a folder that several processes share."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest, multiprocess

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client itself is told of the shared folder."""


class Figures:
    """A registry of our own, and what it says."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._folder = os.environ.get(FOLDER)
        if self._folder is not None:
            _forget_the_dead(Path(self._folder))

    def text(self) -> bytes:
        """All figures in Prometheus' format; those of every process where a folder is shared."""
        if self._folder is None:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together, self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _forget_the_dead(folder: Path) -> None:
    """What a process that is gone had open is open no more; what it counted stays counted."""
    for path in folder.glob("gauge_live*.db"):
        pid = int(path.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except PermissionError:
            continue  # it lives, as somebody else's
