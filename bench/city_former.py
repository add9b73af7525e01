"""Cases of the system before this one, in the rows that the import of its history leaves."""

from __future__ import annotations

import random
from typing import Any

from bench.city_case import NONE, Standing, as_json, case_line
from bench.city_clock import iso, stamp
from gateway.cases.history.rows import IMPORTER, SOURCE
from gateway.cases.rules import Stage

SAVED, ANSWERED = 0.55, 0.2
"""Of how many it was written down when they were assigned, and what was done."""
SAVED_AFTER = 900
DONE = "到場查看後已處理完成，現場恢復正常。"


def tell_former(case: Standing, rnd: random.Random, end: int) -> None:
    """Write a case down that was closed at `end`."""
    about = case.about
    saved = about.received + SAVED_AFTER if rnd.random() < SAVED else None
    facts: dict[str, Any] = {
        "status": "registered", "item_code": about.item,
        "catalogue_version": case.world.catalogue.version, "district": about.district,
        "village": about.village, "address": about.address, "latitude": about.latitude,
        "longitude": about.longitude, "owner_unit": about.unit, "channel": about.channel,
        "received_at": iso(about.received), "contact_given": False,
        SOURCE: {"status": "5", "status_name": "解除管制", "category": about.item},
    }  # fmt: skip
    case.event("register", IMPORTER, "system", "{}", as_json(facts), None)
    stands = "registered"
    for act, at, status, note in (
        ("assign", saved, "assigned", None),
        ("handle", end if rnd.random() < ANSWERED else None, "handled", DONE),
        ("release", end, "released", None),
    ):
        if at is not None and at <= end:
            case.at = at
            told = f'{{"status":"{status}"}}'
            case.event(act, IMPORTER, "system", f'{{"status":"{stands}"}}', told, note)
            stands = status
    case.status, case.since, case.closed = "released", end, end
    _write(case, saved or about.received)


def _write(life: Standing, started: int) -> None:
    world, lines, about = life.world, life.rows.lines, life.about
    version, end = world.catalogue.version, stamp(life.closed)
    lines["cases"].append(case_line(life, None, version))
    part = life.rows.new("case_assignments")
    lines["case_assignments"].append(
        f"{part}\t{life.id}\t{life.unit}\treleased\tt\tf\t{NONE}\t{NONE}\t{NONE}\t{stamp(started)}\t{end}\n"
    )
    for stage, limit in world.limits_for(about.item, about.channel):
        at, working = world.clocks.due(limit, about.received)
        judged = stage is Stage.COMPLETION
        lines["case_dues"].append(
            f"{life.rows.new('case_dues')}\t{life.id}\t{part}\t{stage}\t{stamp(about.received)}\t{stamp(at)}"
            f"\t{stamp(at)}\t{NONE}\t{end if judged else NONE}\t{judged}\t{world.clocks.rule(limit)}"
            f"\t{working}\t{world.clocks.version}\t{version}\n"
        )
