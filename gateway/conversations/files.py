"""Photos and documents that are sent in a conversation. Methods with a session work inside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.cases.attachments.errors import AttachmentNotFound
from gateway.cases.attachments.rules import Purpose
from gateway.cases.attachments.service import AttachmentService, Prepared
from gateway.cases.models import CaseAttachment
from gateway.conversations.rules import Kind, Reply, Sender

CITIZEN = "citizen"


@dataclass(frozen=True)
class SentFile:
    """A file as its message tells of it; `size` in bytes of the stored copy."""

    id: str
    name: str
    media_type: str
    size: int

    @classmethod
    def of(cls, prepared: Prepared) -> SentFile:
        """From a file that was looked through."""
        return cls(prepared.public_id, prepared.name, prepared.media_type, prepared.size)

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> SentFile:
        """From a stored message."""
        return cls(payload["attachment_id"], payload["name"], payload["media_type"], payload["size"])

    def payload(self) -> dict[str, Any]:
        """What a message of kind `file` carries."""
        return {
            "attachment_id": self.id, "name": self.name, "media_type": self.media_type, "size": self.size,
        }  # fmt: skip

    @property
    def words(self) -> str:
        """The message for whoever reads words only."""
        return f"📎 {self.name}"


class ConversationFiles:
    """The files of conversations, in the store of the cases' files."""

    def __init__(self, attachments: AttachmentService) -> None:
        self._attachments = attachments

    def keep(self, session: Session, conversation_id: str, prepared: Prepared, staff: str = "") -> Reply:
        """Give a prepared file to a conversation; the message that tells of it, from the citizen unless
        `staff` names who sent it. Raises AttachmentsTooLarge."""
        self._attachments.keep(
            session, prepared, purpose=Purpose.RESULT if staff else Purpose.REPORT, public=True,
            by=staff or CITIZEN, conversation_id=conversation_id,
        )  # fmt: skip
        sent = SentFile.of(prepared)
        return Reply(sent.words, Kind.FILE, sent.payload(), Sender.OPERATOR if staff else Sender.CITIZEN)

    def remove(self, session: Session, conversation_id: str, public_id: str) -> None:
        """Take a file out of a conversation; copies that have become a case's stay. The file itself goes
        with the next sweep."""
        mine = CaseAttachment.public_id == public_id, CaseAttachment.conversation_id == conversation_id
        session.execute(delete(CaseAttachment).where(*mine))

    def open(self, session: Session, conversation_id: str, public_id: str) -> tuple[CaseAttachment, Path]:
        """A file of this conversation and where it lies. Raises AttachmentNotFound."""
        row, path = self._attachments.open(session, public_id)
        if row.conversation_id != conversation_id:
            raise AttachmentNotFound
        return row, path

    def of_citizen(self, session: Session, conversation_id: str) -> Sequence[CaseAttachment]:
        """What the citizen has sent, in the order it came."""
        return session.scalars(
            select(CaseAttachment)
            .where(
                CaseAttachment.conversation_id == conversation_id, CaseAttachment.purpose == Purpose.REPORT
            )
            .order_by(CaseAttachment.id)
        ).all()

    def draft_of(
        self, session: Session, conversation_id: str, chosen: Collection[str], *, public: bool = True
    ) -> str | None:
        """Copies of the citizen's chosen files, waiting for the case that claims this key; None for none.

        `public` says whether whoever holds the case's code may see them.
        """
        rows = [row for row in self.of_citizen(session, conversation_id) if row.public_id in chosen]
        if not rows:
            return None
        key = self._attachments.new_draft()
        for row in rows:
            self._attachments.copy_to_draft(session, row, key, public=public)
        session.flush()
        return key
