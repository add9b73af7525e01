"""Random lives of cases: every act of the lifecycle, over the edges of days, years and make-up Saturdays."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from gateway.cases.lifecycle import LIFECYCLE, allowed_acts
from gateway.cases.rules import Act, Role, Scope, Status
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.errors import PlatformError
from tests.cases.life import Life, case_of, parts_of

ITEMS = (
    ("dispatch", "road_pothole"), ("dispatch", "road_subsidence"), ("dispatch", "scenic_mess"),
    ("petition", "petition_roads"), ("petition", "petition_roads"),
)  # fmt: skip
UNITS = ("養工處", "水利局", "環保局", "三民區公所")
DISTRICTS = ("三民區", "鳳山區", "旗山區", None)
CHANNELS = ("web_chat", "phone", "line", "app")
EDGES = (
    datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC),  # 23:59:59 in Taipei
    datetime(2025, 12, 31, 16, 0, 0, tzinfo=UTC),  # midnight, ROC 115 begins
    datetime(2025, 12, 31, 16, 0, 1, tzinfo=UTC),
    datetime(2025, 2, 8, 1, 0, tzinfo=UTC),  # a make-up Saturday
    datetime(2025, 1, 27, 9, 29, 59, tzinfo=UTC),  # before Lunar New Year
    datetime(2026, 2, 27, 16, 0, 0, tzinfo=UTC),
)


def live(cases: CaseService, now: list[datetime], seed: int, histories: int) -> list[str]:
    """File `histories` cases and let things happen to them; their numbers, of further cases too."""
    dice = random.Random(seed)  # noqa: S311 - lives, not secrets
    numbers: list[str] = []
    for n in range(histories):
        begin = dice.choice(EDGES) + timedelta(seconds=dice.choice((0, 0, 1, dice.randrange(86_400 * 30))))
        now[0] = begin
        with cases.database.write() as session:
            numbers += _one_life(cases, session, now, dice, f"life{seed}-{n}")
    now[0] = max(now[0], datetime(2026, 6, 1, 4, 0, tzinfo=UTC))
    return numbers


def _one_life(
    cases: CaseService, session: Session, now: list[datetime], dice: random.Random, key: str
) -> list[str]:
    together = [_file(cases, session, now, dice, f"{key}-{n}") for n in range(dice.choice((1, 1, 2)))]
    for _ in range(dice.randrange(14)):
        now[0] += timedelta(minutes=dice.randrange(1, dice.choice((5, 600, 60 * 24 * 9))))
        made = _act(cases, session, dice, dice.choice(together), together)
        if made is not None:
            together.append(made)
    return together


def _file(cases: CaseService, session: Session, now: list[datetime], dice: random.Random, key: str) -> str:
    kind, item = dice.choice(ITEMS)
    new = NewCase(
        kind=kind, item_code=item, description="路面破洞", origin_key=key, received_at=now[0],
        channel=dice.choice(CHANNELS), district=dice.choice(DISTRICTS), contact_phone="0912345678",
    )  # fmt: skip
    return cases.register(session, new).number


def _act(
    cases: CaseService, session: Session, dice: random.Random, number: str, numbers: list[str]
) -> str | None:
    try:
        with session.begin_nested():
            if dice.random() < 0.1:
                cases.rate(session, number, cases.verification_code(number), dice.randrange(1, 6), None)
                return None
            life, case = Life(cases, session), case_of(session, number)
            parts = [part for part in parts_of(session, number) if part.active]
            part = dice.choice(parts) if parts else None
            standing = Status(part.status) if part else None
            acts = [
                act for act in allowed_acts(Status(case.status), standing, frozenset(Role))
                if act is not Act.MOVE_DUE
            ]  # fmt: skip
            act = dice.choice(acts)
            more: dict[str, object] = {"asked": True} if act is Act.REFUSE_EXTENSION else {}
            if act is Act.MERGE:
                more["other_case"] = dice.choice(numbers)
            if part is not None and LIFECYCLE[act].scope is Scope.ASSIGNMENT:
                more["assignment_id"] = part.id
            if act in (Act.ASSIGN, Act.REASSIGN, Act.SPLIT):
                more["unit"] = dice.choice(UNITS)
            return life.do(number, act, **more).made
    except PlatformError:
        return None
