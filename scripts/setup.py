"""Do all the set-up that is missing or stale: `python3 scripts/setup.py [--only STEP]`.

Safe to run at any time and by several at once; with nothing to do it takes a moment.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bootstrap import artefacts, assets, environments
from bootstrap.console import SetupFailed, fail, say

ROOT = Path(__file__).resolve().parent.parent
STEPS = ("environments", "assets", "model", "index")


def data_folder() -> Path:
    """The data folder of this run, proved to be writable."""
    folder = Path(os.environ.get("WST_DATA_DIR") or ROOT / "var").resolve()
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise SetupFailed(
            f"the data folder {folder} cannot be written to ({problem.strerror}).\n"
            "  how to go on: make it writable, or name another one with WST_DATA_DIR"
        ) from problem
    return folder


@contextmanager
def alone() -> Iterator[None]:
    """One set-up at a time in this checkout; a second one waits for the first and then finds little to do."""
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is at work in this checkout; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_artefacts(wanted: Sequence[str], folder: Path) -> None:
    """The model and the index, side by side: neither needs the other and each keeps one core busy."""
    with ThreadPoolExecutor(2) as pool:
        made = []
        if "model" in wanted:
            made.append(pool.submit(artefacts.rasa_model, ROOT))
        if "index" in wanted:
            made.append(pool.submit(artefacts.faq_index, ROOT, folder))
    for one in made:
        one.result()


def main() -> int:
    """Run the steps in order; the exit code is 0 when everything is in place."""
    parser = argparse.ArgumentParser(description="Do all the set-up that is missing or stale.")
    parser.add_argument("--only", choices=STEPS, action="append", help="only this step (may be repeated)")
    wanted = parser.parse_args().only or STEPS
    started = time.monotonic()
    try:
        folder = data_folder()
        with alone():
            if "environments" in wanted:
                uv = environments.find_uv(ROOT)
                environments.gateway_environment(ROOT, uv)
                environments.rasa_environment(ROOT, uv)
            if "assets" in wanted:
                assets.browser_assets(ROOT, environments.find_uv(ROOT))
            make_artefacts(wanted, folder)
    except SetupFailed as problem:
        return fail(problem)
    except KeyboardInterrupt:
        return fail(SetupFailed("interrupted; run it again and it goes on where it stopped"))
    say(f"ready ({time.monotonic() - started:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
