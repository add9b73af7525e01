"""Links for screens on walls: made and ended by supervisors, good for the figures of the board alone.

The token is in the part of the address that browsers keep to themselves (`#…`), so it stands in no log of any
server; here only its digest is kept. A link shows what its maker may see at that moment: with the maker's
account it ends too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.errors import NotFound
from gateway.identity.rules import Permission
from gateway.identity.sealing import new_token, token_digest
from gateway.identity.views import Staff
from gateway.reports.board.errors import BoardLinkEnded, InvalidBoardLink
from gateway.reports.board.models import BoardLink
from gateway.reports.readers import reader_of_staff, staff_named

PREFIX: Final = "wall_"
NAME_MAX: Final = 60
DAYS: Final = range(1, 401)
USUAL_DAYS: Final = 180
SEEN_EVERY: Final = timedelta(minutes=5)
"""So exactly it is written down when a screen last asked."""


@dataclass(frozen=True)
class LinkView:
    """A link as lists show it."""

    id: int
    name: str
    units: frozenset[str] | None
    made_by: str
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    seen_at: datetime | None
    alive: bool


def may_hang_up(staff: Staff) -> bool:
    """Whether this person may make links: who reads reports and oversees the line."""
    return staff.may(Permission.REPORTS_READ) and staff.may(Permission.CHAT_OVERSEE)


def units_of(staff: Staff) -> frozenset[str] | None:
    """The units whose cases somebody's board counts; None: all."""
    return reader_of_staff(staff, staff.language).units


def covers(reach: frozenset[str] | None, units: Collection[str] | None) -> bool:
    """Whether somebody with this reach may read what counts these units."""
    return reach is None or (units is not None and set(units) <= reach)


def make(
    session: Session, trail: AuditTrail, staff: Staff, name: str, days: int, now: datetime
) -> tuple[int, str]:
    """A new link with the reach of whoever makes it: its number, and the token that is shown this once.

    Raises InvalidBoardLink.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_MAX or not name.isprintable() or days not in DAYS:
        raise InvalidBoardLink
    units, token = units_of(staff), f"{PREFIX}{new_token()}"
    row = BoardLink(
        name=name, token_hash=token_digest(token), units=None if units is None else sorted(units),
        made_by=staff.username, made_at=now, expires_at=now + timedelta(days=days), ended_at=None,
        ended_by=None, seen_at=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, trail, staff, "board.link_made", row, now)
    return row.id, token


def end(session: Session, trail: AuditTrail, staff: Staff, link_id: int, now: datetime) -> str:
    """End a link at once; its name. Raises NotFound for one that is over, or not within reach."""
    row = session.get(BoardLink, link_id, with_for_update=True)
    if row is None or row.ended_at is not None or not covers(units_of(staff), row.units):
        raise NotFound(f"board link {link_id}")
    row.ended_at, row.ended_by = now, staff.username
    session.flush()
    _note(session, trail, staff, "board.link_ended", row, now)
    return row.name


def listed(session: Session, staff: Staff, now: datetime) -> list[LinkView]:
    """The links within somebody's reach, the newest first."""
    rows = session.scalars(select(BoardLink).order_by(BoardLink.id.desc())).all()
    makers = {name: staff_named(session, name) for name in sorted({row.made_by for row in rows})}
    reach = units_of(staff)
    return [
        LinkView(
            row.id, row.name, _units(row), row.made_by, row.made_at, row.expires_at, row.ended_at,
            row.seen_at, _alive(row, makers[row.made_by], now),
        )
        for row in rows
        if covers(reach, row.units)
    ]  # fmt: skip


class Screens:
    """Opens the board to whoever shows a link's token. Kept at `app.state.screens`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def units_shown(self, token: str, now: datetime) -> frozenset[str] | None:
        """Whose cases the screen with this token shows (None: all). Raises BoardLinkEnded."""
        if not token.startswith(PREFIX):
            raise BoardLinkEnded
        with self._database.read() as session:
            row = session.scalars(
                select(BoardLink).where(BoardLink.token_hash == token_digest(token))
            ).one_or_none()
            if row is None:
                raise BoardLinkEnded
            if not _alive(row, staff_named(session, row.made_by), now):
                raise BoardLinkEnded
        if row.seen_at is None or now - row.seen_at >= SEEN_EVERY:
            self._see(row.id, now)
        return _units(row)

    def _see(self, link_id: int, now: datetime) -> None:
        with self._database.write() as session:
            row = session.get(BoardLink, link_id, with_for_update=True)
            if row is not None:
                row.seen_at = now


def _alive(row: BoardLink, maker: Staff | None, now: datetime) -> bool:
    if row.ended_at is not None or row.expires_at <= now or maker is None:
        return False
    return may_hang_up(maker) and covers(units_of(maker), row.units)


def _units(row: BoardLink) -> frozenset[str] | None:
    return None if row.units is None else frozenset(row.units)


def _note(session: Session, trail: AuditTrail, staff: Staff, act: str, row: BoardLink, now: datetime) -> None:
    trail.append(
        session, act=act, actor=staff.username, role=staff.role_for(Permission.CHAT_OVERSEE),
        subject=f"board_link:{row.id}", detail={"name": row.name, "units": row.units}, at=now,
    )  # fmt: skip
