"""The same matter reported again: cases offered to who reports it, joining one, and hints to agencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.cases import public
from gateway.cases.acting import locked
from gateway.cases.catalogue import Catalogue
from gateway.cases.errors import CannotJoin
from gateway.cases.matching import OPEN_VALUES, MergeSuggestion, Place, Row, merge_suggestions, nearest, rows
from gateway.cases.models import Case, CaseReporter
from gateway.cases.nearness import place_key, shown_place
from gateway.cases.notices import Addressee, write_notices
from gateway.cases.rules import OPEN, STATUS_TEXT, Kind, Role, Stage, Status
from gateway.cases.verification import co_reporter_code
from gateway.outbox.service import Outbox
from gateway.settings import Settings

OFFERED_MAX = 5
TOKEN_LIFE = timedelta(hours=1)
SHOWN_STEP_METRES = 10
JOIN = "join"
OUT_THERE = frozenset({Kind.DISPATCH.value, Kind.PUBLIC_WORKS_REPORT.value})
"""Kinds whose matter lies in the street for everybody; a petition is its sender's own."""
_ANSWERED = [Status.RELEASED.value, Status.NOT_PROCESSED.value]


@dataclass(frozen=True)
class Duplicate:
    """A case that may be the same matter, as a stranger may see it: nothing personal.

    `number` is for the program alone; `token` joins this case within an hour and opens nothing.
    `distance_m` is in steps of 10 metres, None where a place is known by its address only.
    """

    number: str = field(repr=False)
    token: str = field(repr=False)
    item_name_zh: str
    item_name_en: str
    district: str | None
    place: str | None
    """The road, without its door."""
    received_on: date
    status_zh: str
    status_en: str
    distance_m: int | None
    open: bool
    """Whether it can be joined; one that is closed is shown only."""


@dataclass(frozen=True)
class NewReporter:
    """Somebody who reports what another has reported; the same `origin_key` never joins twice."""

    origin_key: str
    channel: str
    language: str = "zh-TW"
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    conversation_id: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Joined:
    """What a co-reporter is told: the case's number, and a code that is theirs alone."""

    number: str
    verification_code: str


class DuplicateService:
    """Finding and joining. Each method works inside the session it is given and commits nothing."""

    def __init__(self, catalogue: Callable[[], Catalogue], settings: Settings) -> None:
        key = settings.signing_key()
        self._catalogue = catalogue
        self._key = key
        self._tokens = URLSafeSerializer(key, salt="case-duplicate")
        self._trail = AuditTrail(key)
        self._outbox = Outbox()
        self._metres = float(settings.duplicate_metres)
        self._days = timedelta(days=settings.duplicate_days)
        self._zone = ZoneInfo(settings.timezone)

    def find(
        self,
        session: Session,
        item_code: str,
        *,
        lat: float | None,
        lng: float | None,
        district: str | None,
        address: str | None,
        now: datetime,
    ) -> list[Duplicate]:
        """Open cases of the item at the same place or within the set distance, and those answered lately;
        nearest first, at most five. Confidential cases and petitions are never offered."""
        at = Place(lat, lng, place_key(district, address))
        where = at.near(self._metres)
        if where is None:
            return []
        alive = or_(
            Case.status.in_(OPEN_VALUES), and_(Case.status.in_(_ANSWERED), Case.closed_at >= now - self._days)
        )
        alike = rows(
            session,
            Case.item_code == item_code, alive, where, ~Case.confidential, Case.kind.in_(OUT_THERE),
        )  # fmt: skip
        found = [(at.distance(row.latitude, row.longitude), row) for row in alike]
        found = [
            (metres, row)
            for metres, row in found
            if (metres is not None and metres <= self._metres) or at.is_at(row.place_key)
        ]
        # A closed case is only told of; what can be joined comes first where both are equally near.
        found.sort(key=lambda one: (nearest(one[0]), one[1].status not in OPEN, one[1].id))
        return [self._shown(row, metres, now) for metres, row in found[:OFFERED_MAX]]

    def join(self, session: Session, token: str, reporter: NewReporter, at: datetime) -> Joined:
        """Make the reporter a co-reporter of the case that the token was given for, told what the first
        is told. The same origin key gives the same answer again. Raises CannotJoin when the token is not
        ours or too old, or the case is closed by now."""
        known = self._joined(session, reporter.origin_key)
        if known is not None:
            return known
        number = self._number_in(token, at)
        case = locked(session, number)
        if Status(case.status) not in OPEN or case.confidential:
            raise CannotJoin(case.status)
        row = CaseReporter(
            case_id=case.id,
            origin_key=reporter.origin_key,
            name=reporter.name,
            phone=reporter.phone,
            email=reporter.email,
            language=reporter.language,
            channel=reporter.channel,
            conversation_id=reporter.conversation_id,
            note=reporter.note,
            joined_at=at.astimezone(UTC),
        )
        try:
            with session.begin_nested():
                session.add(row)
                session.flush()
        except IntegrityError:
            # The same origin joined in another transaction in the meantime.
            known = self._joined(session, reporter.origin_key)
            if known is None:
                raise
            return known
        self._tell(session, case, row, at)
        self._trail.append(
            session, act=f"case.{JOIN}", actor=reporter.channel, role=Role.CITIZEN.value,
            subject=f"case:{number}", detail={"co_reporter": row.id}, at=at,
        )  # fmt: skip
        return Joined(number, co_reporter_code(self._key, number, row.id))

    def merge_suggestions(self, session: Session, case_id: int) -> list[MergeSuggestion]:
        """Open cases that may be the same matter, for the agency that has this one."""
        return merge_suggestions(session, case_id, self._metres)

    def _shown(self, row: Row, metres: float | None, now: datetime) -> Duplicate:
        item = self._catalogue().item(row.item_code)
        status = Status(row.status)
        shown = None if metres is None else round(metres / SHOWN_STEP_METRES) * SHOWN_STEP_METRES
        return Duplicate(
            number=row.number,
            token=self._tokens.dumps([row.number, int((now + TOKEN_LIFE).timestamp())]),
            item_name_zh=item.name_zh,
            item_name_en=item.name_en,
            district=row.district,
            place=shown_place(row.district, row.address),
            received_on=row.received_at.astimezone(self._zone).date(),
            status_zh=STATUS_TEXT[status][0],
            status_en=STATUS_TEXT[status][1],
            distance_m=shown,
            open=status in OPEN,
        )

    def _number_in(self, token: str, at: datetime) -> str:
        try:
            number, expires = self._tokens.loads(token)
        except (BadData, ValueError, TypeError):
            raise CannotJoin("forged token") from None
        if at.timestamp() >= expires:
            raise CannotJoin("expired token")
        return str(number)

    def _joined(self, session: Session, origin_key: str) -> Joined | None:
        found = session.execute(
            select(Case.number, CaseReporter.id)
            .join(CaseReporter, CaseReporter.case_id == Case.id)
            .where(CaseReporter.origin_key == origin_key)
        ).one_or_none()
        return found and Joined(found.number, co_reporter_code(self._key, found.number, found.id))

    def _tell(self, session: Session, case: Case, row: CaseReporter, at: datetime) -> None:
        """The receipt, by e-mail; a chat or a form tells number and code itself."""
        item = self._catalogue().item(case.item_code)
        dues = {due.stage: due.due_at for due in public.promised(session, case.id)}
        write_notices(
            session,
            self._outbox,
            event_key=f"case:{case.number}:joined:{row.id}",
            act=JOIN,
            addressees=[Addressee(row.email, None, row.language)],
            facts={
                "number": case.number,
                "item_zh": item.name_zh,
                "item_en": item.name_en,
                "due_at": dues.get(Stage.COMPLETION),
                "code": co_reporter_code(self._key, case.number, row.id),
            },
            now=at,
        )
