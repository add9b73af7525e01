"""Who was refused what: written down for whoever is known, but not over and over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.audit.models import AuditEntry
from gateway.identity.room import Room
from gateway.identity.views import ApiClient, Staff

REFUSED: Final = "access.refused"
QUIET: Final = timedelta(minutes=10)
"""For so long the same person at the same route is not written down again."""
_SUBJECT_MAX: Final = 120
_PATH_MAX: Final = 200


class Refusing(Room):
    """The part of the identity room that keeps refusals."""

    def note_refusal(self, who: Staff | ApiClient, permission: str, route: str, path: str) -> bool:
        """Keep that somebody known was refused; whether it was not kept before within QUIET.

        `route` is method and template, such as `GET /console/quality/{sheet_id}`; `path` what was asked for.
        Owns its transaction: the one that was refused has been rolled back.
        """
        if isinstance(who, Staff):
            actor, role = who.username, who.role_names
        else:
            actor, role = f"program:{who.name}", "program"
        subject = route[:_SUBJECT_MAX]
        with self.database.read() as session:
            if _told(session, actor, subject, self._clock() - QUIET):
                return False
        with self.database.write() as session:
            self._trail.extend(session, [])  # holds the end of the trail: of two at once one comes second
            if _told(session, actor, subject, self._clock() - QUIET):
                return False
            self._trail.append(
                session, act=REFUSED, actor=actor, role=role, subject=subject,
                detail={"permission": permission, "path": path[:_PATH_MAX]}, at=self._clock(),
            )  # fmt: skip
            return True


def _told(session: Session, actor: str, subject: str, since: datetime) -> bool:
    found = select(AuditEntry.seq).where(
        AuditEntry.subject == subject,
        AuditEntry.at >= since,
        AuditEntry.actor == actor,
        AuditEntry.act == REFUSED,
    )
    return session.scalars(found.limit(1)).first() is not None
