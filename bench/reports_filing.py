"""Cases that are filed while reports are read: a process of its own that registers so many a second.

    .venv/bin/python -m bench.reports_filing --postgres URL [--rate 20] [--seconds 60]

Through the platform's own door (`CaseService.register`), each in a transaction: number, assignment,
clocks, events, audit entry, notices. Prints one line of JSON at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.city import CASES, CITY, SEED  # noqa: E402
from bench.city_draw import CHANNELS, Sample  # noqa: E402
from bench.gateway_process import SECRET  # noqa: E402
from gateway.cases.calendar import OfficeCalendar  # noqa: E402
from gateway.cases.catalogue import Catalogue  # noqa: E402
from gateway.cases.rules import Role  # noqa: E402
from gateway.cases.service import CaseService  # noqa: E402
from gateway.cases.views import NewCase  # noqa: E402
from gateway.database import Database  # noqa: E402
from gateway.places.service import Places  # noqa: E402
from gateway.settings import Settings  # noqa: E402

DESKS = 4
"""So many file at the same time."""


def new_cases(catalogue: Catalogue, places: Places) -> Iterator[NewCase]:
    """Cases such as the city gets, received now."""
    sample = Sample(CITY / CASES, catalogue, places)
    month, rnd = sample.month(SEED, 2026, 10), random.Random(SEED)  # noqa: S311 - no secret
    channels = list(CHANNELS)
    while True:
        n = rnd.randrange(len(month.received))
        district, village = int(month.district[n]), int(month.village[n])
        lat, lng = sample.points[district][village]
        item = catalogue.item(sample.items[int(month.item[n])])
        yield NewCase(
            kind=item.kind, item_code=item.code, description="路面有坑洞，請派員處理",
            origin_key=f"bench:{uuid.uuid4()}", received_at=datetime.now(UTC),
            channel=channels[int(month.channel[n])], district=sample.districts[district],
            village=sample.villages[district][village], lat=lat, lng=lng,
            address=f"高雄市{sample.districts[district]}建國路{rnd.randrange(1, 900)}號",
            recorded_by=f"operator{rnd.randrange(40):02d}", recorded_role=Role.OPERATOR,
        )  # fmt: skip


def file_cases(
    service: CaseService, cases: Iterator[NewCase], rate: float, seconds: float
) -> dict[str, float]:
    """So many a second for so long; how long each took, and how far behind the last was, in milliseconds."""
    took, begun_late, began = list[float](), list[float](), time.perf_counter()

    def file(new: NewCase, due: float) -> None:
        start = time.perf_counter()
        begun_late.append(start - due)
        with service.database.write() as session:
            service.register(session, new)
        took.append(time.perf_counter() - start)

    with ThreadPoolExecutor(DESKS) as desks:
        for n in range(int(rate * seconds)):
            due = began + n / rate
            time.sleep(max(due - time.perf_counter(), 0))
            desks.submit(file, next(cases), due)
    cuts = statistics.quantiles(took, n=100)
    return {
        "filed": len(took), "seconds": time.perf_counter() - began, "p50": cuts[49] * 1000,
        "p95": cuts[94] * 1000, "max": max(took) * 1000, "behind": max(begun_late) * 1000,
    }  # fmt: skip


def main() -> None:
    """File, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgres", required=True)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    catalogue = Catalogue.load()
    settings = Settings(secret_key=SECRET, database_url=options.postgres)
    service = CaseService(Database(settings.database), catalogue, OfficeCalendar.load(), settings)
    cases = new_cases(catalogue, Places.load())
    with service.database.write() as session:
        service.register(session, next(cases))
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(file_cases(service, cases, options.rate, options.seconds)), flush=True)


if __name__ == "__main__":
    main()
