"""Every report there is, by name: pages, files, schedules and saved addresses ask here."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import NotFound
from gateway.reports.tables import Report


class ReportShelf:
    """The reports of this application, in the order of putting. Kept at `app.state.reports`."""

    def __init__(self, *reports: Report) -> None:
        self._reports = {report.name: report for report in reports}

    def named(self, name: str) -> Report:
        """The report of this name. Raises NotFound."""
        try:
            return self._reports[name]
        except KeyError:
            raise NotFound(name) from None

    def __iter__(self) -> Iterator[Report]:
        return iter(self._reports.values())
