"""The catalogues a running process works with: the one in force, ready to guess, and those of old cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.cases.catalogue import Catalogue, Guesser
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.catalogue_store import CatalogueStore, UnknownCatalogueVersion, VersionNote
from gateway.cases.guessing import ItemIndexes
from gateway.database import Database
from gateway.errors import Unavailable
from gateway.settings import Settings
from knowledge_base.encoder import Encoder

log = structlog.get_logger()
AHEAD = timedelta(hours=1)
"""How long before it takes effect the index of a version is built."""


def _now() -> datetime:
    return datetime.now(UTC)


class Catalogues(Protocol):
    """Where a room finds the right catalogue."""

    def current(self) -> Catalogue:
        """The one in force, as far as this process has heard; for talking to citizens."""

    def in_force(self, session: Session) -> Catalogue:
        """The one in force, as the database has it now; for registering and routing."""

    def by_version(self, session: Session, version: str) -> Catalogue:
        """The one that a case was registered under."""

    def every_item(self) -> Mapping[str, ServiceItem]:
        """Every service item there ever was, as far as this process has heard: those in force first, the
        others as the last version that had them describes them."""


class SingleCatalogue:
    """One catalogue for every question: a terminal, a test."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def current(self) -> Catalogue:
        """The catalogue."""
        return self._catalogue

    def in_force(self, session: Session) -> Catalogue:
        """The catalogue."""
        return self._catalogue

    def by_version(self, session: Session, version: str) -> Catalogue:
        """The catalogue."""
        return self._catalogue

    def every_item(self) -> Mapping[str, ServiceItem]:
        """Those of the catalogue."""
        return self._catalogue.items


class CatalogueShelf:
    """Versions of the database, shared by every thread; `refresh()` takes up what other processes made."""

    def __init__(
        self,
        database: Database,
        store: CatalogueStore,
        index_of: Callable[[Catalogue], Guesser],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.store = store
        self._database, self._index_of, self._clock = database, index_of, clock
        self._refreshing = Lock()
        self._kept = False
        self._every_item: Mapping[str, ServiceItem] = {}
        """Of every version that was in force when last looked."""
        self._shelf: tuple[tuple[datetime, Catalogue], ...] = ()
        """From when each is in force, the latest first: that of now and those of the next hour."""

    @classmethod
    def open(cls, database: Database, settings: Settings, encoder: Encoder | None = None) -> CatalogueShelf:
        """A shelf with the catalogue in force ready; the first time, the shipped one is stored."""
        store = CatalogueStore(AuditTrail(settings.signing_key()))
        return cls(database, store, ItemIndexes(settings, encoder).of).begun()

    def begun(self) -> CatalogueShelf:
        """The shelf with what is in force; while the database cannot be reached, with the shipped catalogue,
        until a refresh succeeds."""
        try:
            self.refresh()
        except (OperationalError, InterfaceError, ProgrammingError):
            log.warning("the catalogue cannot be read from the database; the shipped one serves until it can")
            self._shelf = ((datetime.min.replace(tzinfo=UTC), self._able(Catalogue.load())),)
        return self

    def current(self) -> Catalogue:
        """The catalogue in force as of the last refresh, without asking the database.

        Until the index of a new version is built it guesses with the one before. Raises Unavailable
        before the first refresh.
        """
        now = self._clock()
        found = next((catalogue for begins, catalogue in self._shelf if begins <= now), None)
        if found is None:
            raise Unavailable("no catalogue is read")
        return found

    def in_force(self, session: Session) -> Catalogue:
        """The catalogue in force as the database has it now: one look into an index. Raises Unavailable."""
        return self._known(session, self.store.current_version(session, self._clock()))

    def by_version(self, session: Session, version: str) -> Catalogue:
        """The catalogue of a case; the oldest kept one for cases from before versions were kept."""
        try:
            return self._known(session, version)
        except UnknownCatalogueVersion:
            return self._known(session, self.store.versions(session)[-1].version)

    def every_item(self) -> Mapping[str, ServiceItem]:
        """Every service item there ever was, as of the last refresh, without asking the database. Raises
        Unavailable before the first."""
        in_force = self.current().items
        return {**in_force, **{code: item for code, item in self._every_item.items() if code not in in_force}}

    def refresh(self) -> bool:
        """Take up new versions and build what they need to guess; gives back whether there was one.

        Slow where there is one (an index is built), so call it aside; readers are never held up.
        """
        with self._refreshing:
            if not self._kept:
                with self._database.write() as session:
                    self.store.keep_shipped(session, self._clock())
                self._kept = True
            with self._database.read() as session:
                versions = self.store.versions(session)
                notes = self._soon(versions)
                shelf = tuple((note.effective_from, self._known(session, note.version)) for note in notes)
                self._every_item = self._ever(session, versions)
            before = {catalogue.version for _, catalogue in self._shelf}
            new = {catalogue.version for _, catalogue in shelf} - before
            self._shelf = shelf
            if new:
                self._shelf = tuple(
                    (begins, self._able(catalogue) if catalogue.version in new else catalogue)
                    for begins, catalogue in shelf
                )
            return bool(new)

    def _soon(self, notes: Sequence[VersionNote]) -> list[VersionNote]:
        """The version in force and those that will be within the hour, the latest first."""
        now = self._clock()
        coming = [note for note in notes if now < note.effective_from <= now + AHEAD]
        return coming + [note for note in notes if note.effective_from <= now][:1]

    def _ever(self, session: Session, versions: Sequence[VersionNote]) -> Mapping[str, ServiceItem]:
        now = self._clock()
        found: dict[str, ServiceItem] = {}
        for note in versions:
            if note.effective_from <= now:
                for code, item in self.store.by_version(session, note.version).items.items():
                    found.setdefault(code, item)
        return found

    def _able(self, catalogue: Catalogue) -> Catalogue:
        return catalogue.guessing_by(self._index_of(catalogue))

    def _known(self, session: Session, version: str) -> Catalogue:
        """A version from the shelf, or from the database with the index of whichever is there."""
        shelf = [catalogue for _, catalogue in self._shelf]
        found = next((catalogue for catalogue in shelf if catalogue.version == version), None)
        if found is not None:
            return found
        read = self.store.by_version(session, version)
        lender = next((catalogue.guesser for catalogue in reversed(shelf) if catalogue.guesser), None)
        return read if lender is None else read.guessing_by(lender)
