"""The versions of the catalogue in the database: which was in force when, and how a new one comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.cases.catalogue import Catalogue, InvalidCatalogue
from gateway.cases.catalogue_difference import UnchangeableField, difference
from gateway.cases.catalogue_schema import Content
from gateway.cases.models import CatalogueVersion
from gateway.errors import Conflict, InvalidInput, NotFound, Unavailable

EVER_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
"""From when the first version is in force: cases taken over from before have their items too."""
SHIPPED_REASON = "隨系統提供 Shipped with the platform"
SYSTEM = "system"


class UnknownCatalogueVersion(NotFound):
    """No version of this name was ever in force."""

    code = "unknown_catalogue_version"
    zh = "沒有這個案件項目版本。"
    en = "There is no such version of the catalogue."


class NothingChanged(InvalidInput):
    """The new version would say what the last one says."""

    code = "catalogue_unchanged"
    zh = "內容與最新版本相同，沒有新增版本。"
    en = "This is what the latest version says already; no version was made."


class EffectiveTooEarly(InvalidInput):
    """The new version would rewrite the past, or come into force before one that is already planned."""

    code = "catalogue_effective_too_early"
    zh = "生效時間不得早於現在，也不得早於已排定版本的生效時間。"
    en = "A version may not take effect in the past, nor before one that is already planned."


class StaleCatalogue(Conflict):
    """Somebody else has made a version since the one that was edited."""

    code = "stale_catalogue"
    zh = "案件項目已有更新的版本，請重新整理後再修改。"
    en = "There is a newer version of the catalogue. Please refresh and edit that one."


class VersionInForce(Conflict):
    """Only a version that is not in force yet can be withdrawn."""

    code = "catalogue_in_force"
    zh = "這個版本已經生效，不能撤回。"
    en = "This version has taken effect and cannot be withdrawn."


@dataclass(frozen=True)
class VersionNote:
    """What is known of a version without its content."""

    version: str
    effective_from: datetime
    reason: str
    created_by: str
    created_at: datetime


class CatalogueStore:
    """Every version, each read and checked once per process; works in the session given, commits nothing."""

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail
        self._read: dict[str, Catalogue] = {}
        self._lock = Lock()

    def keep_shipped(self, session: Session, at: datetime) -> None:
        """Store the shipped catalogue as the first version, unless this or another process has one."""
        if session.scalar(select(CatalogueVersion.id).limit(1)) is not None:
            return
        shipped = Catalogue.load()
        try:
            with session.begin_nested():
                session.add(_row(shipped.content, shipped.version, EVER_SINCE, SHIPPED_REASON, SYSTEM, at))
        except IntegrityError:
            # Another process stored it in the meantime.
            if session.scalar(select(CatalogueVersion.id).limit(1)) is None:
                raise

    def current(self, session: Session, at: datetime) -> Catalogue:
        """The catalogue in force at an instant. Raises Unavailable where none was ever stored."""
        return self._of(session, self.current_version(session, at))

    def current_version(self, session: Session, at: datetime) -> str:
        """The name of the version in force at an instant: one look into an index. Raises Unavailable."""
        query = select(CatalogueVersion.version).where(CatalogueVersion.effective_from <= at)
        version = session.scalar(
            query.order_by(CatalogueVersion.effective_from.desc(), CatalogueVersion.id.desc()).limit(1)
        )
        if version is None:
            raise Unavailable("no catalogue is stored")
        return version

    def by_version(self, session: Session, version: str) -> Catalogue:
        """A version as it was. Raises UnknownCatalogueVersion."""
        return self._of(session, version)

    def versions(self, session: Session) -> list[VersionNote]:
        """Every version, the latest first; those that are still to come among them."""
        columns = (
            CatalogueVersion.version,
            CatalogueVersion.effective_from,
            CatalogueVersion.reason,
            CatalogueVersion.created_by,
            CatalogueVersion.created_at,
        )
        query = select(*columns).order_by(CatalogueVersion.effective_from.desc(), CatalogueVersion.id.desc())
        return [VersionNote(*row) for row in session.execute(query)]

    def latest(self, session: Session) -> Catalogue:
        """The version made last, in force or planned: what an edit starts from. Raises Unavailable."""
        notes = self.versions(session)
        if not notes:
            raise Unavailable("no catalogue is stored")
        return self._of(session, notes[0].version)

    def publish(
        self,
        session: Session,
        content: Content,
        *,
        reason: str,
        by: str,
        role: str,
        at: datetime,
        effective_from: datetime | None = None,
        based_on: str | None = None,
    ) -> str:
        """Make a version that is in force from `effective_from` on (default: `at`, now); gives its name.

        It leaves an entry in the audit trail. `based_on` names the version that was edited. Raises
        InvalidCatalogue, EffectiveTooEarly, NothingChanged, StaleCatalogue, UnchangeableField or
        InvalidInput (no reason); then nothing was written.
        """
        begins = at if effective_from is None else effective_from
        wanted = Catalogue(content).version
        if not reason.strip():
            raise InvalidInput("a version needs a reason")
        _one_at_a_time(session)
        notes = self.versions(session)
        if notes and based_on is not None and notes[0].version != based_on:
            raise StaleCatalogue(notes[0].version)
        if begins < at or (notes and begins < notes[0].effective_from):
            raise EffectiveTooEarly(begins.isoformat())
        self.check_kinds(session, content)
        changes = len(difference(self._of(session, notes[0].version).content, content)) if notes else 0
        if notes and not changes:
            raise NothingChanged(notes[0].version)
        version = _free_name(wanted, [note.version for note in notes])
        session.add(_row(content, version, begins, reason.strip(), by, at))
        session.flush()
        detail = {"effective_from": begins.isoformat(), "reason": reason.strip(), "changes": changes}
        self._note(session, "catalogue.publish", by, role, version, at, detail)
        return version

    def check_kinds(self, session: Session, content: Content) -> None:
        """Whether every code still means the kind that it meant in any version. Raises UnchangeableField."""
        kinds = {item.code: item.kind for item in content.items}
        for note in self.versions(session):
            before = self._of(session, note.version).items
            strange = [code for code, kind in kinds.items() if code in before and before[code].kind != kind]
            if strange:
                raise UnchangeableField(", ".join(strange))

    def withdraw(self, session: Session, version: str, *, by: str, role: str, at: datetime) -> None:
        """Take back a version before it takes effect. Raises UnknownCatalogueVersion or VersionInForce."""
        _one_at_a_time(session)
        row = session.scalar(select(CatalogueVersion).where(CatalogueVersion.version == version))
        if row is None:
            raise UnknownCatalogueVersion(version)
        if row.effective_from <= at:
            raise VersionInForce(version)
        session.delete(row)
        session.flush()
        self._note(session, "catalogue.withdraw", by, role, version, at, {})

    def _note(
        self,
        session: Session,
        act: str,
        by: str,
        role: str,
        version: str,
        at: datetime,
        detail: dict[str, object],
    ) -> None:
        self._trail.append(
            session, act=act, actor=by, role=role, subject=f"catalogue:{version}", detail=detail, at=at
        )

    def _of(self, session: Session, version: str) -> Catalogue:
        known = self._read.get(version)
        if known is not None:
            return known
        content = session.scalar(select(CatalogueVersion.content).where(CatalogueVersion.version == version))
        if content is None:
            raise UnknownCatalogueVersion(version)
        read = Catalogue(stored_content(version, content), version)
        with self._lock:
            return self._read.setdefault(version, read)


def stored_content(version: str, content: object) -> Content:
    """A content as the database or a file holds it. Raises InvalidCatalogue."""
    try:
        return Content.model_validate(content)
    except ValidationError as error:
        raise InvalidCatalogue(f"{version}: {error}") from error


def _row(
    content: Content, version: str, begins: datetime, reason: str, by: str, at: datetime
) -> CatalogueVersion:
    return CatalogueVersion(
        version=version,
        effective_from=begins,
        content=content.model_dump(mode="json", exclude_defaults=True),
        reason=reason,
        created_by=by,
        created_at=at,
    )


def _one_at_a_time(session: Session) -> None:
    """Whoever makes a version waits for whoever is making one; the first row stands for all."""
    session.scalar(select(CatalogueVersion.id).order_by(CatalogueVersion.id).limit(1).with_for_update())


def _free_name(wanted: str, taken: Sequence[str]) -> str:
    """An older content that comes back is a version of its own."""
    name, again = wanted, 1
    while name in taken:
        again += 1
        name = f"{wanted}-{again}"
    return name
