"""Supervisors who read reports at once, each in a browser of its own, over HTTP against a running gateway."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape

import httpx

from bench.reports_asked import Question, asked_at_random
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.rules import StaffRole
from gateway.identity.service import IdentityService
from gateway.settings import Settings
from tests.console.people import PASSWORD, hire

THINK = (1.0, 2.0)
"""Seconds between seeing a report and asking for the next one, evenly spread."""
UNITS = ("養工處", "環保局", "交通局", "三民區公所")
"""Every third supervisor belongs to one of these and sees its cases alone; the others see all."""
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Seen:
    """What the crowd got: seconds by report, answers by status."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    slowest: dict[str, tuple[float, str]] = field(default_factory=dict)
    """For each report, the slowest answer and its address."""
    answers: Counter[str] = field(default_factory=Counter)

    def note(self, question: Question, seconds: float, status: int) -> None:
        """One answer."""
        self.answers[f"{question.report} {status}"] += 1
        self.seconds[question.label].append(seconds)
        if seconds > self.slowest.get(question.label, (0.0, ""))[0]:
            self.slowest[question.label] = seconds, question.path


def hired(database: Database, settings: Settings, count: int) -> list[str]:
    """Accounts for so many supervisors."""
    identity = IdentityService(database, settings, AuditTrail(settings.signing_key()))
    mark = f"{int(time.time()):x}"
    names = [f"sup{mark}{n:02d}" for n in range(count)]
    for n, name in enumerate(names):
        role = StaffRole.SUPERVISOR if n % 3 == 2 else StaffRole.RESEARCHER
        hire(identity, name, role, units=[UNITS[n // 3 % len(UNITS)]] if n % 3 == 2 else ())
    return names


async def signed_in(url: str, name: str) -> httpx.AsyncClient:
    """A browser in which somebody has signed in."""
    client = httpx.AsyncClient(base_url=url, timeout=120, trust_env=False)
    page = await client.get("/console/login")
    found = _TOKEN.search(page.text)
    assert found, page.status_code
    form = {"csrf": unescape(found[1]), "username": name, "password": PASSWORD}
    answer = await client.post("/console/login", data=form, headers={"origin": url})
    assert answer.status_code == 303, answer.status_code
    return client


async def ask(client: httpx.AsyncClient, question: Question, seen: Seen) -> int:
    """One report, whole."""
    began = time.perf_counter()
    answer = await client.get(question.path)
    seen.note(question, time.perf_counter() - began, answer.status_code)
    return answer.status_code


async def supervise(
    client: httpx.AsyncClient, questions: Sequence[Question], seed: int, seen: Seen, until: float
) -> None:
    """Ask, think, ask again."""
    rnd = random.Random(seed)  # noqa: S311 - no secret
    asking = asked_at_random(rnd, questions)
    await asyncio.sleep(rnd.uniform(0, THINK[1]))
    while time.perf_counter() < until:
        await ask(client, next(asking), seen)
        await asyncio.sleep(rnd.uniform(*THINK))


async def crowd(
    clients: Sequence[httpx.AsyncClient], questions: Sequence[Question], seconds: float, seed: int
) -> Seen:
    """All of them for so long."""
    seen, until = Seen(), time.perf_counter() + seconds
    await asyncio.gather(
        *(supervise(client, questions, seed + n, seen, until) for n, client in enumerate(clients))
    )
    return seen
