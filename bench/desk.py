"""How quickly the desk answers with 20,000 open cases, beside itself with 500.

    python bench/desk.py [--cases N] [--postgres URL]

Fills an empty database with made-up open cases (spread over the catalogue's items, all districts and half a
year), signs a supervisor in, and asks for the pages the desk is used with, as a browser would. Every page is
taken whole: session, queries, template. Writes bench/results/desk.md.
"""

from __future__ import annotations

import argparse
import csv
import logging
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from fastapi.testclient import TestClient
from sqlalchemy import select

from gateway.app import create_app
from gateway.audit.service import AuditTrail
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_shelf import CatalogueShelf
from gateway.cases.catalogue_store import CatalogueStore
from gateway.cases.history.reading import CSV_COLUMNS, FORMATS, read
from gateway.cases.history.service import HistoryImport
from gateway.cases.models import Case
from gateway.cases.service import CaseService
from gateway.database import Database, migrate
from gateway.identity.rules import StaffRole
from gateway.identity.views import SYSTEM
from gateway.places.service import Places
from gateway.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.console.people import ORIGIN, PASSWORD, Browser  # noqa: E402

RESULT = ROOT / "bench" / "results" / "desk.md"
FEW = 500
TIMES = 15
UNIT = "養工處"
ROADS = ("建國路", "中正路", "民族路", "大昌路", "三多路", "光華路", "自由路", "博愛路")


def made_up(count: int, file: Path, catalogue: Catalogue, places: Places) -> None:
    """A file of open cases in the shape of the city's own history."""
    random.seed(1999)
    names = [name for item in catalogue.items.values() for name in item.city_names]
    owners = {name: item for item in catalogue.items.values() for name in item.city_names}
    with file.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.DictWriter(lines, list(CSV_COLUMNS.values()))
        rows.writeheader()
        for n in range(count):
            at = datetime.now(UTC) - timedelta(minutes=random.randint(1, 260_000))  # noqa: S311 - no secret
            name, district = random.choice(names), random.choice(places.districts)  # noqa: S311
            row = {
                "number": f"SYN{at:%y%m%d}{n:06d}", "status_code": "3", "status_name": "待處理",
                "created": f"{at + timedelta(hours=8):%Y-%m-%dT%H:%M:%S}", "closed": "", "unit_code": "",
                "unit": catalogue.owner(owners[name], district.zh), "zip": district.zip,
                "district": district.zh, "category": name, "lat": "", "lng": "",
            }  # fmt: skip
            rows.writerow({CSV_COLUMNS[key]: value for key, value in row.items()})


def page_times(settings: Settings, count: int) -> dict[str, float]:
    """Seconds of each page, the median of `TIMES`."""
    catalogue, places = Catalogue.load(), Places.load()
    database = Database(settings.database)
    migrate.upgrade(database)
    shelf = CatalogueShelf(
        database, CatalogueStore(AuditTrail(settings.signing_key())), lambda _: NoGuess()
    ).begun()
    CatalogueShelf.open = classmethod(lambda *_: shelf)  # type: ignore[method-assign,assignment]
    app = create_app(settings)
    cases: CaseService = app.state.cases
    file = settings.data_dir / "cases.csv"
    made_up(count, file, catalogue, places)
    HistoryImport(cases, places).take(read(file, FORMATS["open1999-csv"]), file.name)
    with database.read() as session:
        number = session.scalars(select(Case.number).order_by(Case.id).offset(count // 2)).first()
    with TestClient(app, ORIGIN) as client:
        sign_in(app, Browser(client))
        pages = {
            "all open cases by due time": "/console/cases",
            "overdue": "/console/cases?due=overdue",
            "due today": "/console/cases?due=today",
            f"{UNIT} alone": f"/console/cases?unit={UNIT}",
            "one district and one item": "/console/cases?district=三民區&item=road_pothole",
            "by words": "/console/cases?q=三民區",
            "more than three times the limit": "/console/cases?late=very",
            "the last page": f"/console/cases?page={count // 50}",
            "the newest first": "/console/cases?sort=-received",
            "one case": f"/console/cases/{number}",
        }
        return {name: median(lambda url=url: fetch(client, url)) for name, url in pages.items()}


class NoGuess:
    """Ranks nothing: the desk's pages do not guess."""

    def rank(self, text: str) -> list[tuple[str, float]]:
        """No item."""
        return []


def sign_in(app: object, browser: Browser) -> None:
    """A supervisor."""
    identity = app.state.identity  # type: ignore[attr-defined]
    with identity.database.write() as session:
        given = identity.create_account(session, "sup", roles={StaffRole.SUPERVISOR}, by=SYSTEM)[1]
    staff = identity.login("sup", given, None, "127.0.0.1").staff
    identity.change_password(staff, given, PASSWORD, "127.0.0.1")
    browser.sign_in("sup")


def fetch(client: TestClient, url: str) -> None:
    """One page; anything but a page stops the bench."""
    answer = client.get(url, follow_redirects=False)
    if answer.status_code != 200:
        raise SystemExit(f"{url}: {answer.status_code}")


def median(act: Callable[[], None]) -> float:
    """The median of several runs, the first one left out."""
    act()
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database, instead of SQLite")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        few = page_times(Settings(data_dir=Path(small), secret_key="bench"), FEW)
        url = options.postgres
        many = page_times(Settings(data_dir=Path(large), secret_key="bench", database_url=url), options.cases)
    lines = [
        f"# The desk with {options.cases:,} open cases\n",
        f"`python bench/desk.py{' --postgres URL' if url else ''}`: medians of {TIMES}, whole pages, "
        f"{'PostgreSQL' if url else 'SQLite'}; beside it the same pages with {FEW}.\n",
        f"| page | ms | with {FEW}: ms | times |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {many[name] * 1000:.0f} | {few[name] * 1000:.0f} | {many[name] / few[name]:.1f} |"
        for name in many
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    result = RESULT.with_stem("desk_postgres") if url else RESULT
    result.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
