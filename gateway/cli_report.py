"""`wanshitong report …`: reports at a terminal."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.errors import InvalidInput
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.cases.service import CaseService


@click.group()
def report() -> None:
    """Reports on deadlines, and the city's half-year report."""


@report.command("halfyear")
@click.option("--from", "begins", required=True, help="First day or month, e.g. 2018-07-01 or 107-07.")
@click.option("--to", "ends", required=True, help="Last day or month, e.g. 2018-12-31 or 107-12.")
@click.option(
    "--format", "kind", type=click.Choice(["text", "json", "ods", "odt"]), default="text", show_default=True
)
@click.option(
    "--figure", "codes", multiple=True, help="Only this figure, by code or name; JSON; may be repeated."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.pass_obj
def halfyear(
    settings: Settings, begins: str, ends: str, kind: str, codes: tuple[str, ...], output: Path | None
) -> None:  # fmt: skip
    """The report to the city council over whole months, with the period before and every month. Counts first
    what waits to be counted."""
    from gateway.reports.cases.ledger import Ledger
    from gateway.reports.figures.catalogue import figures
    from gateway.reports.figures.months import Period
    from gateway.reports.half_year.data import only
    from gateway.reports.half_year.service import FileKind, HalfYear, written
    from gateway.reports.moment import one_moment

    file_kind = FileKind(kind)
    period = Period.read(begins, ends)
    wanted = [figures().named(code).code for code in codes]
    if wanted and file_kind is not FileKind.JSON:
        raise InvalidInput("--figure needs --format json")
    if output is None and file_kind in {FileKind.ODS, FileKind.ODT}:
        raise click.UsageError(f"--format {kind} needs --output FILE")
    with _cases(settings) as cases:
        Ledger(cases).gather_all()
        with one_moment(cases.database) as session:
            document = HalfYear.of(settings, cases.catalogues).draw_up(session, period, datetime.now(UTC))
    if wanted:
        made = (json.dumps(only(document, wanted), ensure_ascii=False, indent=1) + "\n").encode()
    else:
        made = written(document, file_kind)
    if output is None:
        click.echo(made.decode(), nl=False)
    else:
        output.write_bytes(made)
        click.echo(f"{output}: {document.title[0]}", err=True)


BYS = ("agency", "unit", "main", "item", "kind", "district", "village", "channel", "person", "day", "week",
       "month", "half_year", "year", "total")  # fmt: skip
FILTERS = ("agency", "unit", "main", "item", "kind", "district", "village", "channel", "person")


@report.command("deadlines")
@click.option("--from", "first", required=True, help="First day, e.g. 2018-07-01.")
@click.option("--to", "last", required=True, help="Last day, included.")
@click.option("--by", type=click.Choice(BYS), default="unit", show_default=True, help="What one row is.")
@click.option(
    "--report", "name", type=click.Choice(["deadlines", "flow", "clocks", "corrections"]),
    default="deadlines", show_default=True, help="Which figures.",
)  # fmt: skip
@click.option(
    "--only", "filters", multiple=True, metavar="NAME=VALUE",
    help=f"Only these: {', '.join(FILTERS)}; may be repeated.",
)  # fmt: skip
@click.option("--format", "kind", type=click.Choice(["json", "csv", "ods", "xlsx"]), default="json")
@click.option("--language", type=click.Choice(["zh-TW", "en"]), default="zh-TW", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.pass_obj
def deadlines(
    settings: Settings, first: str, last: str, by: str, name: str, filters: tuple[str, ...], kind: str,
    language: str, output: Path | None,
) -> None:  # fmt: skip
    """Received, finished, on time and overdue. Counts first what waits to be counted."""
    import io
    from zoneinfo import ZoneInfo

    from gateway.places.service import Places
    from gateway.reports.cases.deadlines import DeadlineReport
    from gateway.reports.cases.ledger import Ledger
    from gateway.reports.files.formats import Format, write_file
    from gateway.reports.files.lines import Making
    from gateway.reports.moment import one_moment
    from gateway.reports.tables import Reader

    if output is None and kind in {"ods", "xlsx"}:
        raise click.UsageError(f"--format {kind} needs --output FILE")
    asked = {"from": first, "to": last, "by": by, **_filters(filters)}
    reader = Reader(f"cli:{getpass.getuser()}", getpass.getuser(), None, language=language)
    with _cases(settings) as cases:
        Ledger(cases).gather_all()
        now = datetime.now(UTC)
        with one_moment(cases.database) as session:
            table = DeadlineReport(name, cases, Places.load()).table(session, asked, reader, now)
    made = io.BytesIO()
    write_file(table, Format(kind), Making(reader, now, ZoneInfo(settings.timezone)), made)
    if output is None:
        click.echo(made.getvalue(), nl=False)
    else:
        output.write_bytes(made.getvalue())
        click.echo(f"{output}: {table.title[0]}, {len(table.rows)} rows", err=True)


@report.command("recount")
@click.pass_obj
def recount(settings: Settings) -> None:
    """Work out every case anew and put right what the ledger has otherwise, beside a running gateway."""
    from gateway.reports.cases.ledger import Ledger

    with _cases(settings) as cases:
        counted, entries = Ledger(cases).count_anew()
    click.echo(f"{counted:,} cases counted, {entries:,} entries written")


def _filters(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        name, sign, value = one.partition("=")
        if name not in FILTERS or not sign or not value:
            raise click.UsageError(f"--only {one}: NAME=VALUE, NAME one of {', '.join(FILTERS)}")
        found[name] = value
    return found


@contextmanager
def _cases(settings: Settings) -> Iterator[CaseService]:
    """The case room under the newest catalogue of the database, else the shipped one."""
    from gateway.audit.service import AuditTrail
    from gateway.cases.calendar import OfficeCalendar
    from gateway.cases.catalogue import Catalogue
    from gateway.cases.catalogue_store import CatalogueStore
    from gateway.cases.service import CaseService
    from gateway.database import Database, migrate

    database = Database(settings.database)
    try:
        migrate.require_current(database)
        store = CatalogueStore(AuditTrail(settings.signing_key()))
        with database.read() as session:
            known = store.latest(session) if store.versions(session) else Catalogue.load()
        yield CaseService(database, known, OfficeCalendar.load(), settings)
    finally:
        database.close()
