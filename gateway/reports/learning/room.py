"""What the city learns, put together: five reports over one store of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gateway.cases.service import CaseService
from gateway.database import Database
from gateway.places.service import Places
from gateway.reports.learning import (
    emerging,
    emerging_told,
    forecast,
    forecast_told,
    repeated,
    repeated_told,
    seasons,
    seasons_told,
    stormy,
    stormy_told,
)
from gateway.reports.learning.days import Calendar
from gateway.reports.learning.kept import Kept
from gateway.reports.learning.names import Names
from gateway.reports.learning.repeated import RepeatedPlace
from gateway.reports.learning.report import QUARTER, SIX_HOURS, LearnedReport
from gateway.reports.tables import Pair, Table

Entries = Callable[[], Mapping[str, str]]


class Learning:
    """The five reports. Kept at `app.state.learning`; close it when the application ends."""

    def __init__(
        self, database: Database, cases: CaseService, places: Places, entries: Entries, zone: ZoneInfo
    ) -> None:
        self._kept, self._zone = Kept(database, cases.clock), zone

        def names(language: str) -> Names:
            return Names(language.startswith("en"), cases.catalogues.every_item(), places, entries)

        def calendar(session: Session) -> Calendar:
            return cases.office(session).calendar

        def report(name: str, title: Pair, fresh: timedelta, *doing: Any) -> LearnedReport[Any, Any, Any]:
            return LearnedReport(name, title, fresh, self._kept, zone, names, *doing)

        self.emerging = report(
            "emerging", emerging_told.TITLE, QUARTER, emerging.read, _all_of_it,
            emerging.EmergingRoom(zone, calendar).reckon, emerging_told.tell,
        )  # fmt: skip
        self.repeated = report(
            "repeated-places", repeated_told.TITLE, QUARTER, repeated.read, _all_of_it,
            repeated.RepeatedRoom(zone).reckon, repeated_told.tell,
        )  # fmt: skip
        self.seasons = report(
            "seasons", seasons_told.TITLE, SIX_HOURS, seasons.read, _all_of_it,
            seasons.SeasonRoom(zone, calendar).reckon, seasons_told.tell,
        )  # fmt: skip
        self.storms = report(
            "storms", stormy_told.TITLE, SIX_HOURS, stormy.read, attrgetter("period"),
            stormy.StormRoom(calendar).reckon, stormy_told.tell,
        )  # fmt: skip
        self.forecast = report(
            "forecast", forecast_told.TITLE, SIX_HOURS, forecast.read, attrgetter("last"),
            forecast.ForecastRoom(calendar).reckon, forecast_told.tell,
        )  # fmt: skip

    @property
    def reports(self) -> tuple[LearnedReport[Any, Any, Any], ...]:
        """All of them, in the order of the pages."""
        return self.emerging, self.repeated, self.seasons, self.storms, self.forecast

    def place(self, number: str) -> LearnedReport[Any, Any, Any]:
        """The repeated place that holds the case of this number; telling it raises NotFound."""

        def tell(
            found: Sequence[RepeatedPlace], wanted: repeated.Wanted, names: Names, as_of: datetime
        ) -> Table:
            return repeated_told.tell_place(found, number, wanted, names, as_of)

        return replace(self.repeated, tell=tell)

    def today(self, now: datetime) -> date:
        """The day of the city."""
        return now.astimezone(self._zone).date()

    def close(self) -> None:
        """Reckon nothing more."""
        self._kept.close()


def _all_of_it(question: Any) -> Any:
    return question
