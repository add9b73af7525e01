"""Keeping and handing out the files of cases and conversations.

Looking through a file comes before the transaction.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session

from gateway.cases.attachments.errors import (
    AttachmentNotFound,
    AttachmentsTooLarge,
    DraftGone,
)
from gateway.cases.attachments.images import Position, clean_picture
from gateway.cases.attachments.inspection import recognise
from gateway.cases.attachments.rules import (
    DRAFT_LIFE,
    TOGETHER_MAX_BYTES,
    TOGETHER_MAX_FILES,
    TYPES,
    WRITING_TIME,
    Purpose,
    clean_name,
)
from gateway.cases.attachments.scanning import scanner_at
from gateway.cases.attachments.store import Store
from gateway.cases.models import Case, CaseAttachment
from gateway.cases.numbering import canonical_number
from gateway.cases.verification import opens
from gateway.database import Database
from gateway.settings import Settings

log = structlog.get_logger()
_LOCK_SPACE = 1999
"""Keeps our locks apart from others' in the same database."""
PICTURES_AT_ONCE = 2
"""A picture of the largest size takes half a gigabyte while it is cleaned."""
_CLEANING = ThreadPoolExecutor(PICTURES_AT_ONCE, thread_name_prefix="pictures")
# Threads of their own: the allocator keeps what a thread has used, and any of the server's may carry a file.


@dataclass(frozen=True)
class Prepared:
    """A file that was looked through and lies in the store, without a row yet."""

    public_id: str
    name: str
    media_type: str
    size: int
    sha256: str
    position: Position | None


@dataclass(frozen=True)
class StoredAttachment:
    """A file of a case or a draft; `position` is (lat, lng) where the photo itself said so."""

    public_id: str
    name: str
    media_type: str
    size: int
    position: Position | None


@dataclass(frozen=True)
class Swept:
    """What a sweep removed."""

    drafts: int
    files: int


def _now() -> datetime:
    return datetime.now(UTC)


class AttachmentService:
    """The files of cases. Methods with a session work inside it and commit nothing."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._store = Store(settings.attachments_dir or settings.data_dir / "attachments")
        self._scanner = scanner_at(settings.clamd)
        self._key = settings.signing_key()
        self._clock = clock

    def prepare(self, data: bytes, name: str) -> Prepared:
        """Look through a file and put its clean copy into the store. Takes time: call it outside a
        transaction, then `keep` the result.

        Raises AttachmentTooLarge, AttachmentType, AttachmentBroken, AttachmentBomb, AttachmentInfected or
        ScannerUnavailable; then nothing was stored.
        """
        content = recognise(data, name)
        self._scanner.check(data)
        position = None
        if TYPES[content].image:
            picture = _CLEANING.submit(clean_picture, data, content).result()
            data, content, position = picture.data, picture.content, picture.position
        kind = TYPES[content]
        return Prepared(
            public_id=self._store.write(data),
            name=clean_name(name, kind.extensions[0]),
            media_type=kind.media_type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            position=position,
        )

    def keep(
        self,
        session: Session,
        prepared: Prepared,
        *,
        purpose: Purpose,
        public: bool,
        by: str,
        case_id: int | None = None,
        draft_key: str | None = None,
        conversation_id: str | None = None,
    ) -> StoredAttachment:
        """Give a prepared file to a case, a draft or a conversation. What citizens send and what the staff
        adds have the limits each for itself: a citizen who fills them must not keep the unit from the
        picture that proves its work. Raises AttachmentsTooLarge; then the file is gone."""
        from_citizens = CaseAttachment.purpose == Purpose.REPORT.value
        owner = _owned_by(case_id, draft_key, conversation_id)
        owner &= from_citizens if purpose is Purpose.REPORT else ~from_citizens
        _one_after_the_other(session, draft_key or conversation_id or f"case:{case_id}")
        count, size = session.execute(
            select(func.count(), func.coalesce(func.sum(CaseAttachment.size), 0)).where(owner)
        ).one()
        if count >= TOGETHER_MAX_FILES or size + prepared.size > TOGETHER_MAX_BYTES:
            self._store.remove(prepared.public_id)
            raise AttachmentsTooLarge(count=count, size=size)
        lat, lng = prepared.position or (None, None)
        session.add(
            CaseAttachment(
                public_id=prepared.public_id,
                case_id=case_id,
                draft_key=draft_key,
                conversation_id=conversation_id,
                name=prepared.name,
                media_type=prepared.media_type,
                size=prepared.size,
                sha256=prepared.sha256,
                purpose=purpose.value,
                public=public,
                latitude=lat,
                longitude=lng,
                uploaded_by=by,
                uploaded_at=self._clock(),
            )
        )
        session.flush()
        return StoredAttachment(
            prepared.public_id, prepared.name, prepared.media_type, prepared.size, prepared.position
        )

    def discard(self, prepared: Prepared) -> None:
        """Throw away a prepared file that nobody keeps; one that was kept after all is left alone."""
        with self._database.read() as session:
            kept = select(CaseAttachment.id).where(CaseAttachment.public_id == prepared.public_id)
            if session.scalar(kept) is not None:
                return
        self._store.remove(prepared.public_id)

    def copy_to_draft(self, session: Session, row: CaseAttachment, draft_key: str, *, public: bool) -> None:
        """Give a draft a file of its own with the same content, whatever becomes of the first."""
        session.add(
            CaseAttachment(
                public_id=self._store.copy(row.public_id),
                draft_key=draft_key,
                name=row.name,
                media_type=row.media_type,
                size=row.size,
                sha256=row.sha256,
                purpose=row.purpose,
                public=public,
                latitude=row.latitude,
                longitude=row.longitude,
                uploaded_by=row.uploaded_by,
                uploaded_at=self._clock(),
            )
        )

    def new_draft(self) -> str:
        """A key for files that wait for their case; whoever holds it may add to them and claim them."""
        return secrets.token_hex(16)

    def of_draft(self, session: Session, draft_key: str) -> Sequence[CaseAttachment]:
        """The files of a draft that still waits, in the order they came. Raises DraftGone without any."""
        rows = session.scalars(_in_order(CaseAttachment.draft_key == draft_key)).all()
        if not rows or rows[0].case_id is not None or rows[0].uploaded_at < self._clock() - DRAFT_LIFE:
            raise DraftGone
        return rows

    def of_case(self, session: Session, case_id: int) -> Sequence[CaseAttachment]:
        """The files of a case in the order they came."""
        return session.scalars(_in_order(CaseAttachment.case_id == case_id)).all()

    def open(self, session: Session, public_id: str) -> tuple[CaseAttachment, Path]:
        """A file and where it lies; whether the reader may have it is the caller's to say.

        Raises AttachmentNotFound.
        """
        row = session.scalar(select(CaseAttachment).where(CaseAttachment.public_id == public_id))
        if row is None:
            raise AttachmentNotFound
        path = self._store.path(row.public_id)
        if not path.is_file():
            log.error("an attachment is not in the store", public_id=row.public_id)
            raise AttachmentNotFound
        return row, path

    def of_citizen(self, session: Session, number: str, code: str) -> list[CaseAttachment]:
        """The files that the holder of a case's code may see: the public ones. Who joined a case does
        not see what the first reporter sent. Raises AttachmentNotFound when the code opens nothing."""
        canonical = canonical_number(number)
        case = session.scalar(select(Case).where(Case.number == canonical))
        holder = opens(session, self._key, canonical, case, code)
        if case is None or holder is None:
            raise AttachmentNotFound
        return [
            row
            for row in self.of_case(session, case.id)
            if row.public and (holder == "reporter" or row.purpose != Purpose.REPORT)
        ]

    def remove_draft(self, session: Session, draft_key: str, public_id: str | None = None) -> int:
        """Take back one file of a draft, or all; how many. The files themselves go with the next sweep."""
        chosen = [CaseAttachment.draft_key == draft_key, CaseAttachment.case_id.is_(None)]
        if public_id is not None:
            chosen.append(CaseAttachment.public_id == public_id)
        gone = session.scalars(delete(CaseAttachment).where(*chosen).returning(CaseAttachment.id)).all()
        return len(gone)

    def sweep(self, now: datetime) -> Swept:
        """Remove drafts whose case never came, then every file without a row. Run it about once an hour.
        A conversation's files are kept as long as its messages.

        A file is removed only when it is older than any transaction that could still name it.
        """
        with self._database.write() as session:
            drafts = session.scalars(
                delete(CaseAttachment)
                .where(
                    CaseAttachment.case_id.is_(None),
                    CaseAttachment.conversation_id.is_(None),
                    CaseAttachment.uploaded_at < now - DRAFT_LIFE,
                )
                .returning(CaseAttachment.id)
            ).all()
        files = list(self._store.older_than(now - WRITING_TIME))
        with self._database.read() as session:
            known = set(session.scalars(select(CaseAttachment.public_id)))
        orphans = [path for path in files if path.name not in known]
        for path in orphans:
            path.unlink(missing_ok=True)
        if drafts or orphans:
            log.info("attachments swept", drafts=len(drafts), files=len(orphans))
        return Swept(len(drafts), len(orphans))


def claim(session: Session, draft_key: str, case_id: int) -> int:
    """Give the files of a draft to the case that was made of it; how many. A second claim finds none."""
    claimed = session.scalars(
        update(CaseAttachment)
        .where(CaseAttachment.draft_key == draft_key, CaseAttachment.case_id.is_(None))
        .values(case_id=case_id, draft_key=None)
        .returning(CaseAttachment.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(claimed)


def _owned_by(case_id: int | None, draft_key: str | None, conversation_id: str | None) -> ColumnElement[bool]:
    owners = [
        column == value
        for column, value in (
            (CaseAttachment.case_id, case_id),
            (CaseAttachment.draft_key, draft_key),
            (CaseAttachment.conversation_id, conversation_id),
        )
        if value is not None
    ]
    if len(owners) != 1:
        raise ValueError("a file belongs to a case, a draft or a conversation")
    return owners[0]


def _in_order(owner: ColumnElement[bool]) -> Select[CaseAttachment]:
    return select(CaseAttachment).where(owner).order_by(CaseAttachment.id)


def _one_after_the_other(session: Session, owner: str) -> None:
    """Two files that come at once must not both find room. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        lock = zlib.crc32(owner.encode()) - 2**31
        session.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, lock)))
