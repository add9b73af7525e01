"""One made-up case as it stands: parts, clocks and events, as the case room itself would leave them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from bench.city_clock import Clocks, iso, stamp
from bench.city_copy import Rows
from gateway.cases.catalogue import Catalogue
from gateway.cases.clocks import limits_of
from gateway.cases.deadlines import Limit
from gateway.cases.rules import BOTH, Stage

NONE = r"\N"
ALL = (Stage.ROUTING, *BOTH)


class NotYet(Exception):
    """The act would lie in the future."""


@dataclass(slots=True)
class About:
    """What a case is about, and who reported it."""

    number: str
    origin_key: str
    kind: str
    item: str
    confidential: bool
    unit: str
    district: str
    village: str
    address: str | None
    latitude: float | None
    longitude: float | None
    description: str
    name: str | None
    phone: str | None
    channel: str
    received: int
    key: str | None


@dataclass(slots=True)
class Part:
    """One unit's part."""

    id: int
    unit: str
    status: str
    started: int
    lead: bool = True
    active: bool = True
    external: str | None = None
    handler: str | None = None
    ended: int | None = None


@dataclass(slots=True)
class Due:
    """One clock."""

    part: Part
    stage: Stage
    limit: Limit
    start: int
    due: int
    working: str
    first: int
    extended: int | None = None
    met: int | None = None
    current: bool = True


class World:
    """What all cases share."""

    def __init__(self, catalogue: Catalogue, clocks: Clocks, rows: Rows, until: int) -> None:
        self.catalogue, self.clocks, self.rows, self.until = catalogue, clocks, rows, until
        self.limits = {
            code: [
                limits_of(item, catalogue.channel_limit(channel)) for channel in ("phone", "mayor_mailbox")
            ]
            for code, item in catalogue.items.items()
        }

    def limits_for(self, item: str, channel: str) -> list[tuple[Stage, Limit]]:
        """The clocks that a citizen is told of."""
        return self.limits[item][channel == "mayor_mailbox"]


class Standing:
    """How a case stands: its parts, its clocks, what was written of it. `write` puts its rows down."""

    def __init__(self, world: World, about: About) -> None:
        self.world, self.rows, self.about = world, world.rows, about
        self.id = self.rows.new("cases")
        self.status, self.since, self.unit = "", about.received, about.unit
        self.version, self.at, self.reopenings = 0, about.received, 0
        self.closed: int | None = None
        self.paused: int | None = None
        self.resume: str | None = None
        self.pauses: list[tuple[int, int]] = []
        self.parts: list[Part] = []
        self.dues: list[Due] = []
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}

    @property
    def part(self) -> Part:
        """The part that leads."""
        return self.parts[-1]

    def begin(self, at: int) -> None:
        """An act begins. Raises NotYet."""
        if at > self.world.until:
            raise NotYet
        self.at = at
        self.before, self.after = {"status": self.status, "owner_unit": self.unit}, {}

    def done(
        self, act: str, actor: str, role: str, status: str | None = None, note: str | None = None,
        meets: tuple[Stage, ...] = (),
    ) -> None:  # fmt: skip
        """An act is over: clocks stop, the case moves, the event is written."""
        for due in self.dues:
            if due.met is None and due.current and due.stage in meets:
                due.met = self.at
                self.before[f"{due.stage}_met_at"], self.after[f"{due.stage}_met_at"] = None, iso(self.at)
        if status is not None and status != self.status:
            self.status, self.since = status, self.at
        self.after |= {"status": self.status, "owner_unit": self.unit}
        self.event(act, actor, role, as_json(self.before), as_json(self.after), note)

    def event(self, act: str, actor: str, role: str, before: str, after: str, note: str | None) -> None:
        """Write an event, and remember its digest for the trail. `before`, `after`: canonical JSON."""
        self.version += 1
        at, told = self.at, "null" if note is None else f'"{note}"'
        self.rows.lines["case_events"].append(
            f"{self.rows.new('case_events')}\t{self.id}\t{self.version}\t{act}\t{actor}\t{role}\t{stamp(at)}"
            f"\t{before}\t{after}\t{NONE if note is None else note}\n"
        )
        whole = f'[{self.version},"{act}","{actor}","{role}","{iso(at)}",{before},{after},{told}]'
        self.rows.digests.append(hashlib.sha256(whole.encode()).hexdigest())

    def give(self, unit: str) -> None:
        """A new part for a unit, with its short clock."""
        part = Part(self.rows.new("case_assignments"), unit, "assigned", self.at)
        self.parts.append(part)
        self.after["assignment"], self.unit = part.id, unit
        self.start(part, [(Stage.ROUTING, self.world.catalogue.routing_limit)], self.at)

    def hand_over(self, old: Part, unit: str) -> None:
        """The duties of a part go on with another unit."""
        self.give(unit)
        old.lead = False
        for due in self.dues:
            if due.part is old and due.current and due.stage in BOTH:
                due.part = self.part

    def start(self, part: Part, limits: list[tuple[Stage, Limit]], start: int) -> None:
        """Clocks of a part begin."""
        for stage, limit in limits:
            at, working = self.world.clocks.due(limit, start)
            self.dues.append(Due(part, stage, limit, start, at, working, at))

    def run_again(self) -> None:
        """The pause is over."""
        if self.paused is None:
            return
        self.pauses.append((self.paused, self.at))
        self.paused = None
        for due in self.dues:
            if due.current and due.met is None:
                at, working = self.world.clocks.paused(due.limit, due.start, self.pauses)
                if at != due.due:
                    self.before[f"{due.stage}_due_at"], self.after[f"{due.stage}_due_at"] = (
                        iso(due.due),
                        iso(at),
                    )
                due.due, due.working = at, working

    def close(self) -> None:
        """Nobody has to do anything any more."""
        self.run_again()
        for part in self.parts:
            if part.active:
                part.active, part.ended = False, self.at
        self.closed = self.at

    def write(self) -> None:
        """The rows of the case as it stands."""
        lines, version = self.rows.lines, self.world.catalogue.version
        nearest: dict[int, int] = {}
        for due in self.dues:
            if due.current and due.met is None and due.part.active:
                nearest[due.part.id] = min(due.due, nearest.get(due.part.id, due.due))
        lines["cases"].append(case_line(self, min(nearest.values(), default=None), version))
        for part in self.parts:
            lines["case_assignments"].append(
                f"{part.id}\t{self.id}\t{part.unit}\t{part.status}\t{part.lead}\t{part.active}"
                f"\t{part.external or NONE}\t{part.handler or NONE}\t{stamp(nearest.get(part.id))}"
                f"\t{stamp(part.started)}\t{stamp(part.ended)}\n"
            )
        clocks = self.world.clocks
        for due in self.dues:
            lines["case_dues"].append(
                f"{self.rows.new('case_dues')}\t{self.id}\t{due.part.id}\t{due.stage}\t{stamp(due.start)}"
                f"\t{stamp(due.due)}\t{stamp(due.first)}\t{stamp(due.extended)}\t{stamp(due.met)}\t{due.current}"
                f"\t{clocks.rule(due.limit)}\t{due.working}\t{clocks.version}\t{version}\n"
            )
        stood = [(begins, stamp(ends)) for begins, ends in self.pauses]
        for begins, ends in stood + ([(self.paused, NONE)] if self.paused is not None else []):
            number = self.rows.new("case_pauses")
            lines["case_pauses"].append(f"{number}\t{self.id}\t{stamp(begins)}\t{ends}\n")


def case_line(life: Standing, nearest: int | None, version: str) -> str:
    """The row of the case itself."""
    about = life.about
    resume = life.resume if life.status in {"awaiting_citizen", "merged"} else None
    return "\t".join(
        (
            str(life.id), about.number, about.origin_key, about.kind, about.item, version,
            str(about.confidential), "f", life.status, str(life.version), life.unit, about.district,
            about.village, about.address or NONE, _number(about.latitude), _number(about.longitude),
            about.description, about.name or NONE, about.phone or NONE, NONE, "zh-TW", about.channel,
            stamp(about.received), "{}", about.key or NONE, stamp(nearest), stamp(life.paused),
            resume or NONE, stamp(life.since), stamp(life.closed), f"{life.reopenings}\n",
        )
    )  # fmt: skip


def _number(value: float | None) -> str:
    return NONE if value is None else repr(value)


def as_json(value: dict[str, Any]) -> str:
    """JSON as the trail takes its digest of it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
