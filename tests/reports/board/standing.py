"""Cases in every state, made at random from a seed, and the board recounted from them slowly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from gateway.cases.models import Case
from gateway.cases.rules import OPEN, Kind, Status
from gateway.reports.board.rules import Standing
from gateway.reports.cases.models import ReportEntry

TAIPEI = ZoneInfo("Asia/Taipei")
UNITS = ("養工處", "水利局", "環保局")
DISTRICTS = ("三民區", "鳳山區", "左營區", "那瑪夏區", None)
ITEMS = (
    "road_pothole", "gutter_cover_damage", "streetlight_out", "noise", "tree", "stray_dog", "illegal_parking",
)  # fmt: skip


def made(count: int, now: datetime, seed: int = 7) -> list[Case]:
    """So many cases, many of them at the edges: midnight, this instant, the end of the day."""
    random = Random(seed)  # noqa: S311 - a seed must give the same cases again
    midnight = now.astimezone(TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0)
    edges = [
        midnight, midnight - timedelta(seconds=1), now, now + timedelta(hours=4), now - timedelta(seconds=1),
        midnight + timedelta(days=1), midnight + timedelta(days=1) - timedelta(seconds=1),
        now + timedelta(hours=4) - timedelta(seconds=1),
    ]  # fmt: skip

    def instant(back: float, ahead: float) -> datetime:
        if random.random() < 0.3:
            return random.choice(edges)
        return now + timedelta(seconds=random.randint(int(-back * 3600), int(ahead * 3600)))

    return [_case(n, random, instant(60, 0), instant(60, 60), now) for n in range(count)]


def _case(n: int, random: Random, received: datetime, due: datetime, now: datetime) -> Case:
    status = random.choice(list(Status))
    received = min(received, now)
    paused = status is Status.AWAITING_CITIZEN and random.random() < 0.7
    closed = min(now, received + timedelta(minutes=random.randint(0, 3000)))
    return Case(
        number=f"D20261101-{n:06d}", origin_key=f"test:{n}", kind=Kind.DISPATCH.value,
        item_code=random.choice(ITEMS), catalogue_version="1", confidential=False, needs_review=False,
        status=status.value, version=1, owner_unit=random.choice(UNITS), district=random.choice(DISTRICTS),
        village=None, address="建工路100號", description="測試", language="zh-TW", channel="phone",
        received_at=received, next_due_at=None if random.random() < 0.2 else due,
        paused_since=now - timedelta(hours=random.randint(0, 50)) if paused else None,
        closed_at=None if status in OPEN else closed, reopenings=0,
    )  # fmt: skip


def counted(cases: Sequence[Case]) -> list[ReportEntry]:
    """What the ledger has of these cases, which are in the database: each came, and some were finished."""
    found = []
    for one in cases:
        found.append(_entry(one, "received", one.received_at))
        if one.closed_at is not None and one.status in {Status.RELEASED, Status.NOT_PROCESSED}:
            figure = "finished" if one.status == Status.RELEASED else "not_processed"
            found.append(_entry(one, figure, one.closed_at))
    return found


def _entry(one: Case, figure: str, at: datetime) -> ReportEntry:
    return ReportEntry(
        case_id=one.id, figure=figure, value=0, amount=1, at=at, day=int(f"{at.astimezone(TAIPEI):%Y%m%d}"),
        unit=one.owner_unit, item=one.item_code, district=one.district or "", village="", channel="phone",
        person="",
    )  # fmt: skip


def in_hours(times: Sequence[datetime], now: datetime) -> list[int]:
    """How many of these instants lie in each of the last 24 hours of the city's clock, up to now."""
    begin = now.astimezone(TAIPEI).replace(minute=0, second=0, microsecond=0)
    starts = [begin - timedelta(hours=back) for back in range(23, -1, -1)]
    hour = timedelta(hours=1)
    return [sum(start <= at < start + hour and at <= now for at in times) for start in starts]


def areas_recounted(
    cases: Sequence[Case], units: frozenset[str] | None, now: datetime
) -> dict[str, Standing]:
    """How open cases stand, one by one in plain Python."""
    areas: dict[str, Standing] = {}
    for one in cases:
        if (units is None or one.owner_unit in units) and Status(one.status) in OPEN:
            name = one.district or ""
            areas[name] = areas.get(name, Standing()) + _standing(one, now)
    return areas


def _standing(one: Case, now: datetime) -> Standing:
    due, paused = one.next_due_at, one.paused_since
    if due is None:
        return Standing(open=1)
    if due < now:
        return Standing(open=1, overdue=int(paused is None or due < paused))
    soon = due < now + timedelta(hours=4)
    today = due.astimezone(TAIPEI).date() == now.astimezone(TAIPEI).date()
    return Standing(1, int(soon), int(today), 0)
