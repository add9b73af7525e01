"""What every test may use; tests on the city's real data run where it is, and are counted elsewhere."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from gateway.settings import PROJECT_ROOT

pytest_plugins = [
    "tests.postgres",
    "tests.migrated",
    "tests.platform",
    "tests.in_process",
    "tests.redis_server",
    "tests.channels.line.plugin",
]

CITY_DATA = Path(os.environ.get("WST_CITY_DATA") or PROJECT_ROOT.parent / "shared" / "data")
ON_PLATFORM = ("tests/dialogues/", "tests/e2e/")
not_run = pytest.StashKey[int]()
ran_in: dict[str, str] = {}
"""Which process ran a file first, or what uses the platform."""


@pytest.fixture(scope="session")
def city_data() -> Path:
    """The folder of the city's real data; only for tests marked `city_data`."""
    return CITY_DATA


@pytest.fixture(scope="session", autouse=True)
def seldom_collected() -> None:
    """What was loaded is not looked through for garbage with every application that a test makes: a sixth of
    the time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


class Together(LoadScopeScheduling):
    """Keeps together what shares something that is dear to start: each file, and all that use the platform.

    Of our own since xdist 3.8 groups nothing under pytest 9.2: its `loadgroup` writes the group into a name
    that pytest does not read any more, and every process started what one of them should have.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _kept_with(nodeid)


def _kept_with(nodeid: str) -> str:
    file = nodeid.split("::", maxsplit=1)[0]
    return "platform" if file.startswith(ON_PLATFORM) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Who hands out tests to the processes, in the order in which they stand in the folders."""
    config.option.loadscopereorder = False
    return Together(config, log)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """That it is so: nobody would see it in the results."""
    worker = getattr(report, "worker_id", None)
    if worker is not None:
        first = ran_in.setdefault(_kept_with(report.nodeid), worker)
        assert worker == first, f"{report.nodeid} ran in {worker}, others of its file in {first}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what stands on the city's data where that is not here, and remember how many."""
    for item in items:
        if item.get_closest_marker("platform") is not None:
            assert item.nodeid.startswith(ON_PLATFORM), f"{item.nodeid}: who hands out tests must know"
    if CITY_DATA.is_dir():
        return
    left_out = [item for item in items if item.get_closest_marker("city_data")]
    config.stash[not_run] = len(left_out)
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What a process of several did not run is counted by the one that began them."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["not_run"] = session.config.stash.get(not_run, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear of it; each process has left out the same."""
    node.config.stash[not_run] = getattr(node, "workeroutput", {}).get("not_run", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out."""
    if count := config.stash.get(not_run, 0):
        terminalreporter.write_line(
            f"{count} tests on city data not run: {CITY_DATA} is not here (set WST_CITY_DATA)", yellow=True
        )
