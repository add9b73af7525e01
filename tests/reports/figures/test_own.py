"""What the platform counts, against a slow, obvious recount, and at the edges of months in Taipei."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_shelf import SingleCatalogue
from gateway.cases.models import Case, CaseRating
from gateway.cases.rules import CLOSED, Kind, Status
from gateway.conversations.models import AskedQuestion, Conversation, ConversationEvent, Message
from gateway.database import Database
from gateway.handoff.models import Handling, ServiceRating
from gateway.quality.models import QualityDraw, QualitySheet
from gateway.quality.rules import grade_of
from gateway.quality.standard import standard
from gateway.reports.figures.months import Month
from gateway.reports.figures.own import GROUPS, WORKS_ITEMS, Number, PlatformFigures
from tests.reports.counting import count_all
from tests.reports.figures.books import TAIPEI

DECEMBER, JANUARY = Month(2018, 12), Month(2019, 1)
LAST_SECOND = datetime(2018, 12, 31, 15, 59, 59, tzinfo=UTC)
"""23:59:59 on 31 December in Taipei."""
MIDNIGHT = LAST_SECOND + timedelta(seconds=1)
OWN = PlatformFigures(TAIPEI, SingleCatalogue(Catalogue.load()))


def case(
    at: datetime,
    kind: str = "dispatch",
    channel: str = "phone",
    item: str = "road_pothole",
    status: str = "released",
) -> Case:
    number = uuid.uuid4().hex
    return Case(
        number=number, origin_key=number, kind=kind, item_code=item, catalogue_version="1",
        confidential=False, needs_review=False, status=status, version=1, owner_unit="養工處",
        description="", language="zh-TW", channel=channel, received_at=at, attributes={}, reopenings=0,
    )  # fmt: skip


def talk(session: Session, at: datetime, *, spoke: bool = True) -> str:
    """A conversation that begins at an instant."""
    name = str(uuid.uuid4())
    session.add(
        Conversation(
            id=name, channel="web", language="zh-TW", owner="bot", last_seq=1, state={}, created_at=at,
            updated_at=at, expires_at=at,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Message(
            id=str(uuid.uuid4()), conversation_id=name, seq=1, sender="citizen" if spoke else "bot",
            kind="text", text="路燈", payload={}, created_at=at,
        )
    )  # fmt: skip
    return name


def asked(session: Session, name: str, at: datetime, decision: str, ended: str | None = None) -> None:
    session.add(
        AskedQuestion(
            conversation_id=name, message_id=str(uuid.uuid4()), at=at, language="zh-TW", decision=decision,
            ended=ended,
        )
    )  # fmt: skip


def moved(session: Session, name: str, at: datetime, before: str, after: str) -> None:
    detail = {"from": before, "to": after}
    session.add(
        ConversationEvent(
            conversation_id=name, at=at, act="owner_changed", actor="x", reason="x", detail=detail
        )
    )


def value(database: Database, code: str, first: Month, last: Month | None = None) -> Number:
    with database.read() as session:
        return OWN.value(session, code, first, last or first)


@pytest.mark.parametrize(
    "code", ["dispatch", "bot_conversations", "case_ratings", "talk_ratings", "courtesy_tested"]
)
def test_the_last_second_of_the_year_and_the_first(both: Database, code: str) -> None:
    with both.write() as session:
        for at in (LAST_SECOND, MIDNIGHT, MIDNIGHT):
            _one_of_each(session, at)
    count_all(both)
    assert value(both, code, DECEMBER) == 1
    assert value(both, code, JANUARY) == 2
    assert value(both, code, DECEMBER, JANUARY) == 3
    assert value(both, code, Month(2018, 11)) == 0


def test_what_is_not_counted_here(database: Database) -> None:
    assert value(database, "calls", DECEMBER) is None
    assert value(database, "nonsense", DECEMBER) is None
    assert value(database, "case_satisfaction", DECEMBER) is None
    assert value(database, "case_ratings", DECEMBER) == 0


def test_a_conversation_counts_once_its_citizen_has_spoken(both: Database) -> None:
    with both.write() as session:
        silent = talk(session, LAST_SECOND, spoke=False)
        moved(session, silent, LAST_SECOND, "bot", "queue")
        answered = talk(session, LAST_SECOND)
        for _ in range(2):
            asked(session, answered, MIDNIGHT, "answer")
            moved(session, answered, MIDNIGHT, "bot", "queue")
        chosen = talk(session, LAST_SECOND)
        asked(session, chosen, LAST_SECOND, "clarify", "chosen")
        moved(session, chosen, LAST_SECOND, "operator", "queue")
        in_vain = talk(session, LAST_SECOND)
        asked(session, in_vain, LAST_SECOND, "none")
        asked(session, in_vain, LAST_SECOND, "clarify", "none_of_these")
    codes = ("bot_conversations", "bot_answered", "bot_handed_over")
    assert [value(both, code, DECEMBER) for code in codes] == [3, 2, 1]
    assert [value(both, code, JANUARY) for code in codes] == [0, 0, 0]


def test_random_cases_against_a_recount(both: Database) -> None:
    chance = random.Random(1999)  # noqa: S311 - not a secret
    cases = [_random_case(chance) for _ in range(400)]
    with both.write() as session:
        session.add_all(cases)
        told = [
            (one.received_at.astimezone(TAIPEI), one.kind, one.channel, one.item_code, one.status)
            for one in cases
        ]
    count_all(both)
    months = [Month(2018, 11), DECEMBER, JANUARY]
    codes = [code for code, group in GROUPS.items() if group in {GROUPS["dispatch"], GROUPS["works_reports"]}]
    for code in codes:
        for month in months:
            assert value(both, code, month) == _recount(told, code, [month]), (code, month)
        assert value(both, code, months[0], months[-1]) == _recount(told, code, months), code


def test_means_are_exact(both: Database) -> None:
    scores = [5, 4, 4]
    with both.write() as session:
        for score in scores:
            kept = case(LAST_SECOND)
            session.add(kept)
            session.flush()
            session.add(CaseRating(case_id=kept.id, closing=0, score=score, at=LAST_SECOND))
        for speed, result in ((5, 2), (4, 4)):
            name = talk(session, LAST_SECOND)
            session.add(ServiceRating(conversation_id=name, speed=speed, result=result, at=LAST_SECOND))
        for score in (9000, 8999, 6950):
            sheet(session, LAST_SECOND, score)
        sheet(session, LAST_SECOND, None, state="drafted")
    assert value(both, "case_satisfaction", DECEMBER) == Fraction(13, 3)
    assert value(both, "talk_satisfaction", DECEMBER) == Fraction(15, 4)
    assert value(both, "courtesy_score", DECEMBER) == Fraction(9000 + 8999 + 6950, 300)
    grades = [value(both, f"courtesy_{one.code}", DECEMBER) for one in standard().grades]
    assert (value(both, "courtesy_tested", DECEMBER), grades) == (3, [1, 1, 0, 0, 1])


def test_a_report_asks_a_month_once(database: Database) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    with database.read() as session:
        for code in [*GROUPS, *GROUPS]:
            OWN.value(session, code, DECEMBER, DECEMBER)
    assert len(statements) < 10 < len(GROUPS)


def sheet(session: Session, at: datetime, score: int | None, state: str = "final") -> None:
    """The quality sheet of a handling that ended at an instant."""
    handling = Handling(
        conversation_id=talk(session, at, spoke=False), operator="mei", taken_at=at, ended_at=at
    )
    draw = QualityDraw(
        operator="mei", first_day=at.date(), last_day=at.date(), round=uuid.uuid4().int % 10**9, size=1,
        seed="a", pool=[], drawn_by="boss", drawn_at=at,
    )  # fmt: skip
    session.add_all([handling, draw])
    session.flush()
    grade = None if score is None else grade_of(Fraction(score, 100), standard().grades).code
    session.add(
        QualitySheet(
            handling_id=handling.id, draw_id=draw.id, operator="mei", state=state, score=score, grade=grade
        )
    )


def _one_of_each(session: Session, at: datetime) -> None:
    kept = case(at)
    session.add(kept)
    session.flush()
    session.add(CaseRating(case_id=kept.id, closing=0, score=4, at=at))
    session.add(ServiceRating(conversation_id=talk(session, at), speed=4, result=4, at=at))
    sheet(session, at, 9000)


def _random_case(chance: random.Random) -> Case:
    near = chance.choice(
        [datetime(2018, 11, 30, 16, tzinfo=UTC), MIDNIGHT, datetime(2018, 11, 10, tzinfo=UTC)]
    )
    kind = chance.choice(list(Kind))
    items = [code for code, item in Catalogue.load().items.items() if item.kind is kind]
    items.append(f"retired_{kind.value}")
    return case(
        near + timedelta(seconds=chance.randint(-90_000, 90_000)), kind.value,
        chance.choice(["phone", "mayor_mailbox", "app", "web"]), chance.choice(items),
        chance.choice(list(Status)).value,
    )  # fmt: skip


def _recount(cases: Sequence[tuple[datetime, str, str, str, str]], code: str, months: Sequence[Month]) -> int:
    count = 0
    for at, kind, channel, item, status in cases:
        works = kind == "public_works_report"
        is_one = {
            "consultations": kind == "inquiry",
            "petitions": kind == "petition",
            "dispatch": kind == "dispatch",
            "mayor_mailbox": channel == "mayor_mailbox",
            "app_cases": channel == "app",
            "works_reports": works,
            "works_finished": works and Status(status) in CLOSED,
            "works_answered": works and status in {"released", "not_processed"},
        }.get(code, works and code in {item, WORKS_ITEMS.get(item)})
        count += is_one and Month.of(at.date()) in months
    return count
