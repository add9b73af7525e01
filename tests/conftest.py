"""What every test may use; tests on the city's real data run where it is, and are counted elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.settings import PROJECT_ROOT

pytest_plugins = ["tests.postgres", "tests.platform", "tests.in_process", "tests.redis_server"]

CITY_DATA = Path(os.environ.get("WST_CITY_DATA") or PROJECT_ROOT.parent / "shared" / "data")
not_run = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def city_data() -> Path:
    """The folder of the city's real data; only for tests marked `city_data`."""
    return CITY_DATA


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what stands on the city's data where that is not here, and remember how many."""
    if CITY_DATA.is_dir():
        return
    left_out = [item for item in items if item.get_closest_marker("city_data")]
    config.stash[not_run] = len(left_out)
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out."""
    if count := config.stash.get(not_run, 0):
        terminalreporter.write_line(
            f"{count} tests on city data not run: {CITY_DATA} is not here (set WST_CITY_DATA)", yellow=True
        )
