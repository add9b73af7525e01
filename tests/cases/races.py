"""Two people act on one case at the same moment, from the same version of it."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from gateway.cases.errors import StaleCase
from gateway.cases.lifecycle import LIFECYCLE, standing
from gateway.cases.models import Case, CaseEvent
from gateway.cases.rules import Act, Role, Scope, Status
from gateway.cases.service import CaseService
from gateway.cases.views import Deed, NewCase
from gateway.errors import PlatformError
from tests.cases.life import Life, case_of, parts_of

LEFT_OUT = {Act.REGISTER, Act.REFUSE_EXTENSION, Act.MOVE_DUE, Act.REOPEN}
"""Acts that need a preparation of their own, or that nobody does by hand."""


@dataclass
class Tally:
    """What came of the races."""

    races: int = 0
    won: int = 0
    refused: int = 0
    acts: set[tuple[str, str]] = field(default_factory=set)
    surprises: list[str] = field(default_factory=list)


def race(cases: CaseService, new: Iterable[NewCase], rounds: int, seed: int) -> Tally:
    """Run `rounds` races on cases from `new`, each case until it is closed; what came of them."""
    chance, tally, filed = random.Random(seed), Tally(), iter(new)  # noqa: S311 - a test's dice
    number = _file(cases, next(filed))
    while tally.races < rounds:
        with cases.database.write() as session:
            life = Life(cases, session)
            case = case_of(session, number)
            choices = _allowed(case, [part.status for part in parts_of(session, number) if part.active])
            if {act for act, _ in choices} <= {Act.COMMENT} or chance.random() < 0.1:
                number = life.file(next(filed))
                continue
            # Notes and papers from the citizen are possible nearly everywhere and end nothing: one in four.
            telling = [pair for pair in choices if pair[0] not in (Act.COMMENT, Act.ADD_INFO)]
            pair = [
                chance.choice(telling if telling and chance.random() < 0.75 else choices) for _ in range(2)
            ]
            deeds = [life.deed(number, act, role) for act, role in pair]
            version = case.version
            if not all(_possible(life, number, deed) for deed in deeds):
                continue
        outcomes = _at_once(cases, number, deeds)
        tally.races += 1
        tally.acts.add((pair[0][0], pair[1][0]))
        tally.won += outcomes.count("won")
        tally.refused += outcomes.count("stale")
        if sorted(outcomes) != ["stale", "won"]:
            tally.surprises.append(f"{number} v{version} {pair}: {outcomes}")
            number = _file(cases, next(filed))
    return tally


def history_is_exact(cases: CaseService) -> list[str]:
    """Every case whose history is not gapless, does not lead from state to state, or misses an act."""
    wrong = []
    with cases.database.read() as session:
        for case in session.scalars(select(Case)).all():
            events = session.scalars(
                select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.sequence)
            ).all()
            gapless = [event.sequence for event in events] == list(range(1, case.version + 1))
            states = [event.after["status"] for event in events]
            chained = all(
                event.before["status"] == before for event, before in zip(events[1:], states, strict=False)
            )
            if not (gapless and chained and states[-1] == case.status):
                wrong.append(case.number)
    return wrong


def _possible(life: Life, number: str, deed: Deed) -> bool:
    """Whether the act would be taken if nobody else acted: an extension asked for twice would not."""
    trial = life.session.begin_nested()
    try:
        life.cases.act(life.session, number, deed)
    except PlatformError:
        return False
    finally:
        trial.rollback()
        life.session.expire_all()
    return True


def _file(cases: CaseService, new: NewCase) -> str:
    with cases.database.write() as session:
        return Life(cases, session).file(new)


def _allowed(case: Case, parts: list[str]) -> list[tuple[Act, Role]]:
    part = Status(parts[0]) if parts else None
    found = []
    for act, step in LIFECYCLE.items():
        of_part = step.scope is Scope.ASSIGNMENT
        status = standing(Status(case.status), part if of_part else None)
        possible = status in step.sources and act not in LEFT_OUT and (part is not None or not of_part)
        # Two units are the most that these cases are split to; a case is given to the other unit once.
        if possible and not (act in (Act.SPLIT, Act.REASSIGN) and case.owner_unit == "水利局"):
            found += [
                (act, role) for role in step.roles if role is not Role.CITIZEN and act is not Act.REOPEN
            ]
    return [pair for pair in found if not (pair[0] is Act.SPLIT and len(parts) > 1)]


def _at_once(cases: CaseService, number: str, deeds: list[Deed]) -> list[str]:
    outcomes: list[str] = []
    start = threading.Barrier(len(deeds))

    def act(deed: Deed) -> None:
        start.wait()
        try:
            with cases.database.write() as session:
                cases.act(session, number, deed)
            outcomes.append("won")
        except StaleCase:
            outcomes.append("stale")
        except Exception as error:
            outcomes.append(repr(error))

    threads = [threading.Thread(target=act, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
